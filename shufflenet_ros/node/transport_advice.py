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

"""What to set where images are published, but under another transport than the node asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shufflenet_ros.node.camera_topics import TRANSPORTS

TYPES = {'raw': 'sensor_msgs/msg/Image', 'compressed': 'sensor_msgs/msg/CompressedImage'}
"""Transport to the type of its messages."""
SUFFIX = TRANSPORTS['compressed']


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
