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
Names of the topics, statuses and keys that a running classifier publishes: its public interface.

Recordings, layouts, dashboards and scripts of users hold these names, so that none of them is ever
renamed or taken away; new ones may be added. Nothing of ROS is imported here.

Topics of a camera lie below ``~/`` (the camera without a name) or ``~/<camera>/``, those of the
node below ``~/``. The values of a status are strings, as ``diagnostic_msgs/KeyValue`` has them.
"""

from __future__ import annotations

from shufflenet_ros.core.frame import COUNTERS, ROI_COUNTERS, STAGES

CLASSIFICATION, FRAME_LATENCY, LABEL = 'classification', 'frame_latency', 'label'
CLASSIFICATION_RAW = 'classification_raw'
REGIONS, REGIONS_RAW = 'regions', 'regions_raw'
ROIS, DETECTIONS, DETECTIONS_LATENCY = 'rois', 'detections', 'detections_latency'
"""Boxes of a detector, what each was taken for, and how long that took."""
ANNOTATED, ANNOTATED_COMPRESSED = 'annotated', 'annotated/compressed'
LABEL_INFO, VISION_INFO = 'label_info', 'vision_info'
DIAGNOSTICS = '/diagnostics'

LATENCY_KEYS = tuple(f'{stage}_ms' for stage in (*STAGES, 'total'))
"""Times of one frame (ms) in ``frame_latency``, and names of the topics below ``latency/``."""
DATABASE_VERSION, REGION_COUNT = 'database_version', 'regions'
REGIONS_LEFT_OUT = 'regions_left_out'
"""Cells for which there was no time: of one frame, or of all of them in ``/diagnostics``."""
FRAME_KEYS = (*LATENCY_KEYS, *COUNTERS, DATABASE_VERSION, REGION_COUNT, REGIONS_LEFT_OUT)
"""Keys of the one status in ``frame_latency``, in this order."""
FRAME_STATUS = 'frame latency'
"""Title of the one status in ``frame_latency``."""
ROI_KEYS = tuple(f'rois_{name}' for name in ROI_COUNTERS)
"""Counters of the boxes of a detector in ``detections_latency``, and of a camera with ``rois``."""
ROI_WAIT = 'rois_wait_ms'
"""How long an image waited for its boxes: a part of its queue."""
DETECTIONS_KEYS = (*LATENCY_KEYS, ROI_WAIT, 'boxes', 'boxes_classified', 'boxes_left_out',
                   'boxes_refused', DATABASE_VERSION, *ROI_KEYS)
"""Keys of the one status in ``detections_latency``, in this order."""
DETECTIONS_STATUS = 'detections latency'
"""Title of the one status in ``detections_latency``."""

DROPS = ('replaced', 'lost', 'limited', 'expired', 'out_of_order', 'failed')
"""Counters of images without a result: each such image is in one of them."""

MODEL, LIFECYCLE = 'model', 'lifecycle'
"""Titles of the statuses of the node itself in ``/diagnostics``."""
NAMELESS = 'image_raw'
"""Title of the camera without a name."""
RATE_KEYS = ('frame_rate_node', 'frame_rate_msg', 'current_delay_from_realtime_ms',
             'total_dropped_frames', 'mean_abs_jitter_ms', 'max_abs_jitter_ms')
EXPECTED_FREQUENCY, TOLERANCE = 'expected_frequency', 'tolerance'
"""Rate (Hz) that is expected, and how far from it is well (%); 0 and 0 where none is expected."""
CAMERA_KEYS = (
    *RATE_KEYS, *COUNTERS,
    *(f'{stage}_{name}_ms' for stage in (*STAGES, 'total') for name in ('p50', 'p95', 'max')),
    'publishers', 'topic', EXPECTED_FREQUENCY, TOLERANCE, REGIONS_LEFT_OUT)
"""Keys of the status of a camera in ``/diagnostics``."""
TOPIC_KEYS = (*RATE_KEYS[:3], EXPECTED_FREQUENCY, TOLERANCE)
"""Keys of the status of a camera's topic, whose name is the resolved name of that topic."""
MODEL_KEYS = ('model', 'execution_providers', 'requested_providers', 'folder', 'precision', 'form',
              'form_from', 'classes', 'input', 'threshold', 'threshold_from',
              *(f'inference_{name}_ms' for name in ('p50', 'p95', 'p99', 'max')))
"""Keys of the status of a loaded model; ``not_native`` is there where there is a reason."""
NOT_NATIVE = 'not_native'
LIFECYCLE_KEYS = ('state',)


def status_name(node: str, title: str) -> str:
    """
    Name a status of a node: ``robot1/classifier: front``.

    ``node`` is the fully qualified name (``/robot1/classifier``), ``title`` the name of a camera,
    :data:`NAMELESS`, :data:`MODEL` or :data:`LIFECYCLE`, or :data:`FRAME_STATUS`.
    """
    return f'{node.removeprefix("/")}: {title}'


def latency_topic(key: str) -> str:
    """Name the topic of one of :data:`LATENCY_KEYS` below the prefix of its camera."""
    return f'latency/{key}'
