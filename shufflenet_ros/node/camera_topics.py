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

"""
Cameras of the node by name: which names and transports there may be, and the topics that follow.

The node and the launch file share these rules; nothing of ROS is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
import re

from shufflenet_ros.core.errors import ConfigurationError

CAMERA_NAME = re.compile(r'[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*')
"""One token of a topic name; stricter than ROS, which allows several underscores in a row."""
TRANSPORTS = {'raw': '', 'compressed': '/compressed'}
"""Transport to what it appends to the name of the raw topic, as image_transport does."""


def check_camera_names(names: Sequence[str]) -> None:
    """Raise ConfigurationError where one cannot be a name; one empty name alone is allowed."""
    if list(names) == ['']:
        return
    for name in names:
        if not CAMERA_NAME.fullmatch(name):
            raise ConfigurationError(
                f'cameras: {name!r}, expected letters, digits and single underscores, a letter '
                "first, such as front; or '' alone for a single camera without a name")
        if names.count(name) > 1:
            raise ConfigurationError(f'cameras: {name!r}, expected each name once')


def transport_of_each(transports: Sequence[str], cameras: int) -> tuple[str, ...]:
    """
    Give each of so many cameras its transport, from one for all of them or one for each.

    Raises ConfigurationError for an unknown transport or another number of them.
    """
    for transport in transports:
        if transport not in TRANSPORTS:
            raise ConfigurationError(
                f'image_transport: {transport!r}, expected one of {", ".join(TRANSPORTS)}')
    if len(transports) not in (1, cameras):
        raise ConfigurationError(
            f'image_transport: {list(transports)}, expected one for all cameras'
            + (f', or {cameras}: one for each' if cameras > 1 else ''))
    return tuple(transports) if len(transports) == cameras else tuple(transports) * cameras


def image_topic(camera: str, image: str = 'image_raw', transport: str = 'raw') -> str:
    """Topic of a camera's images, relative to the namespace of the node."""
    prefix = f'{camera}/' if camera else ''
    return f'{prefix}{image}{TRANSPORTS[transport]}'


def result_prefix(camera: str) -> str:
    """Prefix of the topics with a camera's results."""
    return f'~/{camera}/' if camera else '~/'
