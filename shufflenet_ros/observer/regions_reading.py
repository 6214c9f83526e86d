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
Read the cells of a message of ``regions`` from its bytes: of each the best hypothesis alone.

A grid of 16x16 with five hypotheses is half a megabyte, most of it covariances that say nothing.
"""

from __future__ import annotations

from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.node.detection_bytes import DetectionBytes
from shufflenet_ros.observer.grid_cells import CellsReading


def cells_reading_of(data: bytes) -> CellsReading | None:
    """Read a ``vision_msgs/Detection2DArray``; None for bytes that are none."""
    try:
        found = DetectionBytes(data)
    except FrameError:
        return None
    return CellsReading(found.stamp_ns, tuple(
        (id_, found.first_of(number)) for number, id_ in enumerate(found.ids)))
