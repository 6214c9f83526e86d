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

"""On which topic each topic of the recordings is published."""

from __future__ import annotations

from collections.abc import Mapping

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.player.request import PlayRequest
from shufflenet_ros.recordings.storage import COMPRESSED

BELOW = '/compressed'
"""Where image_transport has the compressed images of a camera."""


def published_names(request: PlayRequest, kinds: Mapping[str, str]) -> dict[str, str]:
    """
    Give the topic as recorded with the topic to publish on.

    ``kinds`` are the types of the topics that are played. Raises ConfigurationError where a
    renaming fits none of them, or brings two types onto one topic.
    """
    renamed = {_absolute(old): _absolute(new) for old, new in request.renamed.items()}
    played = [_absolute(topic) for topic in kinds]
    for old in renamed:
        if old not in played:
            raise ConfigurationError(f'--remap {plain(old)}: not among the topics that are '
                                     f'played: {_listed(kinds)}')
    names = {topic: renamed.get(name, name) for topic, name in zip(kinds, played)}
    if request.to:
        names = {_only(kinds): _of_camera(request.to, kinds[_only(kinds)])}
    _check_types(names, kinds)
    return names


def _only(kinds: Mapping[str, str]) -> str:
    if len(kinds) > 1:
        raise ConfigurationError(f'--to: expected one topic, but there are {_listed(kinds)}; '
                                 'choose one of them with --topic')
    return next(iter(kinds))


def _of_camera(name: str, kind: str) -> str:
    name = _absolute(name)
    return name + BELOW if kind == COMPRESSED and not name.endswith(BELOW) else name


def _check_types(names: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    found: dict[str, str] = {}
    for topic, name in names.items():
        if found.setdefault(name, kinds[topic]) != kinds[topic]:
            raise ConfigurationError(f'--remap: {plain(name)} would have messages of two types, '
                                     f'{plain(found[name])} and {plain(kinds[topic])}; give one '
                                     'of them another name')


def _absolute(name: str) -> str:
    return f'/{name.lstrip("/")}'


def _listed(kinds: Mapping[str, str]) -> str:
    return ', '.join(map(plain, kinds))
