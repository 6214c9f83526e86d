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
The values of the classifier's parameters as one checked record.

What the type and the range of a value cannot say is checked here as well, so that a record is
always one that the node can run with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import ceil, isfinite
from typing import Any

from rclpy.node import Node
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.rois import RoiSettings
from shufflenet_ros.core.smoothing import Smoothing
from shufflenet_ros.inference.precision import PRECISION_CHOICES
from shufflenet_ros.inference.sessions import SessionSettings
from shufflenet_ros.monitoring.thresholds import Thresholds
from shufflenet_ros.node.camera_topics import check_camera_names, transport_of_each
from shufflenet_ros.node.parameters.declaration import declare_all
from shufflenet_ros.node.parameters.rois import roi_cameras_from, roi_settings_from
from shufflenet_ros.node.parameters.table import definitions, of_cameras, PARAMETERS
from shufflenet_ros.node.parameters.thresholds import thresholds_from
from shufflenet_ros.node.parameters.views import views_from

STRING_LISTS = ('execution_providers', 'image_transport')


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters as the node runs with them."""

    model: str
    precision: str
    execution_providers: tuple[str, ...]
    intra_op_num_threads: int
    allow_spinning: bool
    cameras: tuple[str, ...]
    image_transport: tuple[str, ...]
    """As long as ``cameras``."""
    workers: int
    top_k: int
    threshold: float
    max_rate_hz: float
    max_age_ms: float
    grid_max_ms: float
    smoothing: Smoothing
    annotate: bool
    autostart: bool
    tune_malloc: bool
    thresholds: Mapping[str, Thresholds]
    """Those of all cameras under '', and of each named one under its name."""
    views: Mapping[str, View]
    """What is looked at of each camera, by its name."""
    roi_cameras: frozenset[str]
    """Those whose images get boxes of a detector, by name."""
    roi_settings: RoiSettings

    @property
    def max_age_ns(self) -> int:
        """``max_age_ms`` in ns, rounded up: 0 is no limit, which no other value becomes."""
        return ceil(self.max_age_ms * 1e6)

    @property
    def grid_max_ns(self) -> int | None:
        """``grid_max_ms`` in ns, rounded up; None for no limit."""
        return ceil(self.grid_max_ms * 1e6) or None

    def thresholds_of(self, camera: str) -> Thresholds:
        """Give those that a camera is judged by."""
        return self.thresholds.get(camera, self.thresholds[''])

    def session_settings(self) -> SessionSettings:
        """Give those that an engine is made with."""
        return SessionSettings(
            intra_op_num_threads=self.intra_op_num_threads, allow_spinning=self.allow_spinning,
            execution_providers=self.execution_providers)


def declare_parameters(node: Node) -> Parameters:
    """Declare all parameters on the node; ConfigurationError for a value that cannot be."""
    values = declare_all(node, PARAMETERS)
    cameras = _cameras(values)
    return _checked({**values, **declare_all(node, of_cameras(cameras))})


def read_parameters(node: Node, changes: Mapping[str, Any] = {}) -> Parameters:
    """Read them as they are now, or would be after ``changes``; raises ConfigurationError."""
    cameras = _cameras({'cameras': node.get_parameter('cameras').value})
    values = {name: node.get_parameter(name).value for name in definitions(cameras)}
    return _checked({**values, **changes})


def _checked(values: Mapping[str, Any]) -> Parameters:
    """Make the record of name to value; raises ConfigurationError for one that cannot be."""
    for name, value in values.items():
        if isinstance(value, float) and not isfinite(value):
            raise _wrong(name, value, 'a finite number')
    found = {field.name: values[field.name] for field in fields(Parameters)
             if field.name in values}
    if found['precision'] not in PRECISION_CHOICES:
        raise _wrong('precision', found['precision'], f'one of {", ".join(PRECISION_CHOICES)}')
    found['cameras'] = _cameras(values)
    for name in STRING_LISTS:
        found[name] = _strings(name, values[name])
    try:
        found['image_transport'] = transport_of_each(
            found['image_transport'], len(found['cameras']))
    except ConfigurationError as error:
        raise ConfigurationError(f'parameter {error}') from error
    roi_cameras = roi_cameras_from(values, found['cameras'])
    return Parameters(
        **found, thresholds=thresholds_from(values, found['cameras']),
        views=views_from(values, found['cameras'], roi_cameras),
        roi_cameras=roi_cameras, roi_settings=roi_settings_from(values),
        smoothing=Smoothing(values['smoothing_s'], values['smoothing_margin']))


def _cameras(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Check the names of the cameras."""
    cameras = _strings('cameras', values['cameras'])
    try:
        check_camera_names(cameras)
    except ConfigurationError as error:
        raise ConfigurationError(f'parameter {error}') from error
    return cameras


def _strings(name: str, value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not found or not all(
            isinstance(word, str) for word in found):
        raise _wrong(name, value, 'a string or a list of strings')
    return tuple(found)


def _wrong(name: str, value: Any, expected: str) -> ConfigurationError:
    return ConfigurationError(f'parameter {name}: {value!r}, expected {expected}')
