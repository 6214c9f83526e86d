# Copyright 2026 shufflenet_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""What to set where images are published under another transport or name than is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher

from shufflenet_ros.node.camera_topics import TRANSPORTS

TYPES = {'raw': 'sensor_msgs/msg/Image', 'compressed': 'sensor_msgs/msg/CompressedImage'}
"""Transport to the type of its messages."""
SUFFIX = TRANSPORTS['compressed']
MAX_NAMED = 3
"""So many similar topics are named."""


def transport_advice(topic: str, transport: str, name: str,
                     types_on: Callable[[str], set[str]]) -> str:
    """
    Say how to get the images that are published next to a topic, or on it under another type.

    ``topic`` is the full name that is subscribed to, ``name`` the camera's topic before it is
    remapped, and ``types_on`` gives the types that are published on a full name. Empty where there
    is nothing to say.
    """
    for offered_on in _neighbours(topic):
        types = types_on(offered_on)
        if offered_on == topic and TYPES[transport] in types:
            return ''
        for offered, type_name in TYPES.items():
            if type_name in types:
                changes = _changes(topic, transport, name, offered_on, offered)
                return f'{offered_on} has {type_name}: {" and ".join(changes)}'
    return ''


def similar_topics(topic: str, transport: str, name: str, image_topics: Mapping[str, str]) -> str:
    """
    Say which topics have images, the most similar one first, and how to get those of the first.

    ``image_topics`` maps the full names of topics to their types; the rest is as in
    :func:`transport_advice`. Empty where there are none.
    """
    wanted = topic.removesuffix(TRANSPORTS[transport])
    found = sorted(
        (offered_on for offered_on in image_topics if not _is_twice(offered_on, image_topics)),
        key=lambda offered_on: -_similarity(wanted, offered_on))
    if not found:
        return ''
    offered = next(key for key, kind in TYPES.items() if kind == image_topics[found[0]])
    rest = f' (others: {", ".join(found[1:MAX_NAMED])})' if found[1:] else ''
    changes = ' and '.join(_changes(topic, transport, name, found[0], offered))
    return f'there are images on {found[0]}{rest}: {changes}'


def _is_twice(topic: str, image_topics: Mapping[str, str]) -> bool:
    """Whether a topic has the compressed images of another one that is there."""
    return topic.endswith(SUFFIX) and topic.removesuffix(SUFFIX) in image_topics


def _similarity(wanted: str, offered_on: str) -> float:
    """Of two names without transports, 0 to 1; the last word counts most."""
    offered = offered_on.removesuffix(SUFFIX)
    has_same_end = wanted.rpartition('/')[2] == offered.rpartition('/')[2]
    return has_same_end + SequenceMatcher(None, wanted, offered).ratio()


def _neighbours(topic: str) -> Iterator[str]:
    """Names where the same images may be: the topic, its compressed ones, those it comes from."""
    yield topic
    yield topic + SUFFIX
    while topic.endswith(SUFFIX) and topic != SUFFIX:
        topic = topic.removesuffix(SUFFIX)
        yield topic


def _changes(topic: str, transport: str, name: str, offered_on: str,
             offered: str) -> Iterator[str]:
    if offered != transport:
        yield f'set image_transport:={offered}'
    image = offered_on.removesuffix(TRANSPORTS[offered])
    has_suffixes = (topic.endswith(TRANSPORTS[transport])
                    and offered_on.endswith(TRANSPORTS[offered]))
    if not has_suffixes:  # a name that no image_transport gives
        yield f'remap {name}{TRANSPORTS[offered]}:={offered_on}'
    elif image != topic.removesuffix(TRANSPORTS[transport]):
        yield f'remap {name}:={image} (image:={image} of the launch file)'
