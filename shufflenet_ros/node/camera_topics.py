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
TOPIC = re.compile(r'(~?/)?[A-Za-z_{][\w{}]*(/[A-Za-z_{][\w{}]*)*', re.ASCII)
"""A topic name of ROS, with its substitutions such as {ns}."""
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


def image_of_each(images: Sequence[str], cameras: Sequence[str]) -> tuple[str, ...]:
    """
    Give each camera the topic of its raw images, from one relative name or one topic for each.

    A relative name alone lies below the name of each camera; anything else stays as it is. Raises
    ConfigurationError for what is no topic, or where another number of them is needed.
    """
    for image in images:
        check_image_topic(image)
    if len(images) == 1 and not images[0].startswith(('/', '~')):
        return tuple(image_topic(camera, images[0]) for camera in cameras)
    if len(images) == len(cameras):
        return tuple(images)
    if len(images) == 1:
        raise ConfigurationError(
            f'image: {images[0]!r}, expected with {len(cameras)} cameras one topic for each, or a '
            f'relative name, since it follows the name of each, as in {cameras[0]}/image_raw')
    raise ConfigurationError(
        f'image: {list(images)}, expected '
        + (f'one relative name, or {len(cameras)} topics: one for each camera'
           if list(cameras) != [''] else 'one topic, or cameras with a name for each'))


def check_image_topic(image: str) -> None:
    """Raise ConfigurationError for what can be no topic of raw images."""
    if not TOPIC.fullmatch(image):
        raise ConfigurationError(
            f'image: {image!r}, expected the name of a topic, such as /camera/image_raw')
    if image.endswith(TRANSPORTS['compressed']):
        raise ConfigurationError(
            f'image: {image!r}, expected the name without {TRANSPORTS["compressed"]}, which '
            'image_transport:=compressed appends')


def image_topic(camera: str, image: str = 'image_raw', transport: str = 'raw') -> str:
    """Topic of a camera's images, relative to the namespace of the node."""
    prefix = f'{camera}/' if camera else ''
    return f'{prefix}{image}{TRANSPORTS[transport]}'


def rois_name(camera: str) -> str:
    """Name under which workers take turns for the boxes of a camera; no camera has it."""
    return image_topic(camera, '~rois')


def result_prefix(camera: str) -> str:
    """Prefix of the topics with a camera's results."""
    return f'~/{camera}/' if camera else '~/'
