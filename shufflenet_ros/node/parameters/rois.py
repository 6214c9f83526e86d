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

"""Boxes of a detector as parameters: for which cameras, and how they are joined and chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.rois import HYPOTHESES, REPLACE, RoiSettings
from shufflenet_ros.node.parameters.declaration import Definition, one_of
from shufflenet_ros.node.parameters.ranges import floating_range, integer_range

TOPICS = 'the topics of the node follow from it; restart the node'
DEFAULT = RoiSettings()
ROIS = {
    'rois': Definition(
        False, {}, "Whether a detector's boxes on ~/rois (vision_msgs/Detection2DArray) are "
        'classified, each in the image of the same stamp. Results: ~/detections.', TOPICS),
    'rois_tolerance_ms': Definition(
        DEFAULT.tolerance_ms, floating_range(0.0, 10000.0),
        'How far the stamps of an image and its boxes may differ; 0: they are equal.', '',
        floating_range(0.0, 100.0)),
    'rois_wait_s': Definition(
        DEFAULT.wait_s, floating_range(0.001, 60.0),
        'How long an image waits for its boxes, boxes for their image, and both for a worker.', '',
        floating_range(0.05, 5.0)),
    'rois_memory_mb': Definition(
        DEFAULT.memory_mb, floating_range(1.0, 65536.0),
        'Memory for the images of a camera that wait for boxes (MB): beyond it the oldest are let '
        'go.', '', floating_range(16.0, 1024.0)),
    'rois_margin': Definition(
        DEFAULT.margin, floating_range(0.0, 10.0),
        'Added to each box at each of its sides, as a share of its width or height.', '',
        floating_range(0.0, 1.0)),
    'rois_min_px': Definition(
        DEFAULT.min_px, integer_range(1, 10000),
        'Boxes with less width or height than this inside the image are refused (pixels).', '',
        integer_range(1, 64)),
    'rois_max': Definition(
        DEFAULT.most, integer_range(1, 100000),
        'Boxes of one image that are classified: the largest ones.', '', integer_range(1, 500)),
    'rois_max_ms': Definition(
        DEFAULT.max_ms, floating_range(1.0, 60000.0),
        'How long a worker may be at the boxes of one image: then no further one is begun, but '
        'the largest box always is.', '', floating_range(1.0, 200.0)),
    'rois_hypotheses': Definition(
        DEFAULT.hypotheses, one_of(*HYPOTHESES),
        f"Whether hypotheses come in place of the detector's own ({REPLACE}) or after them."),
}


def rois_of_cameras(cameras: Sequence[str]) -> dict[str, Definition]:
    """Parameters that each of these cameras has for itself; none for one without a name."""
    own = Definition('', {'dynamic_typing': True,
                          'additional_constraints': "true, false or ''."},
                     "As rois, for this camera alone; '': as that.", TOPICS)
    return {f'{camera}.rois': own for camera in cameras if camera}


def roi_cameras_from(values: Mapping[str, Any], cameras: Sequence[str]) -> frozenset[str]:
    """Give the cameras that have boxes of a detector; raises ConfigurationError."""
    found = {camera: values.get(f'{camera}.rois', '') for camera in cameras}
    for camera, value in found.items():
        if value != '' and not isinstance(value, bool):
            raise ConfigurationError(f'parameter {camera}.rois: {value!r}, expected true, false, '
                                     "or '' for what rois says")
    return frozenset(camera for camera, value in found.items()
                     if (values['rois'] if value == '' else value))


def roi_settings_from(values: Mapping[str, Any]) -> RoiSettings:
    """Make the settings of values of all parameters; raises ConfigurationError."""
    try:
        return RoiSettings(
            values['rois_tolerance_ms'], values['rois_wait_s'], values['rois_memory_mb'],
            values['rois_margin'], values['rois_min_px'], values['rois_max'],
            values['rois_max_ms'], values['rois_hypotheses'])
    except ConfigurationError as error:
        raise ConfigurationError(f'parameter {error}') from error
