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

"""What a layout shows: the topics of each camera of a node, by the names of ``public_names``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import re

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.node.camera_topics import check_camera_names, image_topic, result_prefix
from shufflenet_ros.node.public_names import (
    ANNOTATED_COMPRESSED,
    CLASSIFICATION,
    FRAME_LATENCY,
    FRAME_STATUS,
    NAMELESS,
    status_name,
)

NODE = re.compile('(/[A-Za-z_][A-Za-z0-9_]*)+', re.ASCII)
"""Names of ROS 2, see https://design.ros2.org/articles/topic_and_service_names.html."""


@dataclass(frozen=True, slots=True)
class ShownCamera:
    """The topics of one camera."""

    title: str
    """What stands above its panels."""
    image: str
    """Images (raw or compressed) that are shown."""
    classification: str
    frame_latency: str = ''
    """Empty for a replay, whose times stand in tables."""
    status: str = ''
    """Name of the status in ``/diagnostics``; empty for a replay."""
    frame_status: str = ''
    """Name of the status in ``frame_latency``."""
    hardware_id: str = ''
    """That of both statuses: the topic of the images; empty where it is not known."""
    default_hardware_id: str = ''
    """What it is where the images are raw and not remapped."""
    annotations: str = ''
    """What is drawn over the images; empty where the images hold it themselves."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that one layout shows."""

    cameras: tuple[ShownCamera, ...]
    labels: tuple[str, ...]
    """Names of the classes in index order: ``class_id`` is the index as a string."""

    @property
    def is_live(self) -> bool:
        """Whether a node publishes times, diagnostics and parameters; a replay has none."""
        return all(camera.frame_latency for camera in self.cameras)


def node_shown(node: str, cameras: Sequence[str], labels: Sequence[str],
               hardware_ids: Mapping[str, str] | None = None) -> Shown:
    """
    Give what a running node publishes.

    ``node`` is its fully qualified name such as ``/robot1/classifier``, ``cameras`` are the names
    as in its parameter ``cameras``: ``['']`` for the one without a name. ``hardware_ids`` are
    those of statuses in ``/diagnostics`` by the name of the status, as far as they are known.
    Raises ConfigurationError for what can be no such name.
    """
    check_node(node)
    check_camera_names(cameras)
    return Shown(tuple(_camera(node, camera, hardware_ids or {}) for camera in cameras),
                 tuple(labels))


def check_node(node: str) -> None:
    """Raise ConfigurationError for what can be no full name of a node."""
    if not NODE.fullmatch(node):
        raise ConfigurationError(f'--node {node!r}: expected the full name of a node, such as '
                                 '/robot1/classifier')


def _camera(node: str, camera: str, hardware_ids: Mapping[str, str]) -> ShownCamera:
    prefix = result_prefix(camera).replace('~', node)
    status = status_name(node, camera or NAMELESS)
    return ShownCamera(
        camera or node.rpartition('/')[2], f'{prefix}{ANNOTATED_COMPRESSED}',
        f'{prefix}{CLASSIFICATION}', f'{prefix}{FRAME_LATENCY}', status,
        status_name(node, FRAME_STATUS), hardware_ids.get(status, ''),
        f'{node.rpartition("/")[0]}/{image_topic(camera)}')
