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

"""The stamp of a message as one number; nothing of ROS is imported."""

from __future__ import annotations

from typing import Any


def stamp_ns_of(header: Any) -> int:
    """Stamp of a ``std_msgs/Header`` in ns since the epoch of its clock; 0 where there is none."""
    return int(header.stamp.sec * 1_000_000_000 + header.stamp.nanosec)
