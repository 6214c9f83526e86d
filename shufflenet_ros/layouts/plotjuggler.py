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
Names of the series that PlotJuggler 3 makes of a node's topics.

The rule is that of its parser of ``diagnostic_msgs/DiagnosticArray``:
``<topic>/<hardware_id>/<name of the status>/<key>``, without the second part where it is empty. A
value that is no number becomes a series of strings, and each status has ``level`` and ``message``
too.
"""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.layouts.shown import Shown, ShownCamera
from shufflenet_ros.node.public_names import CAMERA_KEYS, DIAGNOSTICS, FRAME_KEYS

OF_STATUS = ('level', 'message')


def series_name(topic: str, hardware_id: str, status: str, key: str) -> str:
    """Name one series; ``key`` is that of a value, or one of :data:`OF_STATUS`."""
    return '/'.join((topic, *([hardware_id] if hardware_id else []), status, key))


def series_names(shown: Shown) -> Iterator[str]:
    """Name the series of all cameras: of each frame first, then of the diagnostics."""
    for camera in shown.cameras:
        yield from _of_camera(camera, camera.frame_latency, camera.frame_status, FRAME_KEYS)
    for camera in shown.cameras:
        yield from _of_camera(camera, DIAGNOSTICS, camera.status, CAMERA_KEYS)


def _of_camera(camera: ShownCamera, topic: str, status: str,
               keys: tuple[str, ...]) -> Iterator[str]:
    for key in (*keys, *OF_STATUS):
        yield series_name(topic, camera.hardware_id or camera.default_hardware_id, status, key)
