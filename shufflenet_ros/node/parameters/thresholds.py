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

"""The thresholds of the diagnostics as parameters: for all cameras, and for each named one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from shufflenet_ros.monitoring.thresholds import Thresholds
from shufflenet_ros.node.parameters.declaration import Definition
from shufflenet_ros.node.parameters.ranges import floating_range

PREFIX = 'diagnostics.'
AS_ALL = -1.0
"""Value of a camera's own threshold that leaves it to the one of all cameras."""
MS, SECONDS, SHARE = floating_range(0.0, 3.6e6), floating_range(0.0, 3600.0), floating_range(0, 1)
DESCRIPTIONS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    'expected_hz': (
        floating_range(0.0, 1000.0),
        'Rate that each camera should have; 0: no more than its own usual one.',
        floating_range(0.0, 60.0)),
    'rate_share': (
        SHARE, 'WARN below this share of the expected rate, or of the usual one of the last '
        'minute.', {}),
    'age_warn_ms': (
        MS, 'WARN where results are older when they are sent (p95 of the last seconds).',
        floating_range(0.0, 1000.0)),
    'age_error_ms': (MS, 'ERROR where results are older than this.', floating_range(0.0, 5000.0)),
    'dropped_warn': (
        SHARE, 'WARN where this node drops a larger share of the images, unasked.', {}),
    'dropped_error': (SHARE, 'ERROR where it drops a larger share than this.', {}),
    'lost_warn': (
        SHARE, 'WARN where a larger share of the images is lost on its way to this node.', {}),
    'stuck_s': (
        SECONDS, 'ERROR where an image has been at work for so long.', floating_range(0.0, 60.0)),
    'silence_s': (
        SECONDS, 'STALE after so long without an image, or after 2.5 periods of a slower camera.',
        floating_range(0.0, 60.0)),
    'ahead_ms': (
        MS, "WARN where stamps lie further in the future of this node's clock.",
        floating_range(0.0, 100.0)),
}
"""Threshold to the range that can work, what it does, and the range that is usual."""
THRESHOLDS = {
    PREFIX + name: Definition(getattr(Thresholds(), name), limits, description, '', usual)
    for name, (limits, description, usual) in DESCRIPTIONS.items()}
OF_EACH_CAMERA = ('expected_hz', 'age_warn_ms', 'age_error_ms', 'silence_s')
"""Cameras of one robot differ in these; in the others the robot is what differs."""


def thresholds_of_cameras(cameras: Sequence[str]) -> dict[str, Definition]:
    """Parameters that each of these cameras has for itself; none for one without a name."""
    return {f'{PREFIX}{camera}.{name}': _of_one_camera(name)
            for camera in cameras if camera for name in OF_EACH_CAMERA}


def thresholds_from(values: Mapping[str, Any], cameras: Sequence[str]) -> dict[str, Thresholds]:
    """Camera to its thresholds, from values of all parameters by name; those of all under ''."""
    common = {field.name: values[PREFIX + field.name] for field in fields(Thresholds)}
    found = {'': Thresholds(**common)}
    for camera in filter(None, cameras):
        # Those of a camera that the node does not have yet are not declared.
        own = {name: values.get(f'{PREFIX}{camera}.{name}', AS_ALL) for name in OF_EACH_CAMERA}
        found[camera] = Thresholds(
            **common | {name: value for name, value in own.items() if value >= 0})
    return found


def _of_one_camera(name: str) -> Definition:
    whole = THRESHOLDS[PREFIX + name]
    ranges = [_from_below_0(limits) for limits in (whole.limits, whole.usual)]
    return Definition(AS_ALL, ranges[0], f'As {PREFIX}{name}, for this camera alone; below 0: as '
                      'that.', '', ranges[1])


def _from_below_0(limits: dict[str, Any]) -> dict[str, Any]:
    return floating_range(AS_ALL, limits['floating_point_range'][0].to_value)
