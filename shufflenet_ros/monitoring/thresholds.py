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

"""Where a camera stops being well; every threshold of the rules has its place here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a camera stops being well."""

    expected_hz: float = 0.0
    """Rate that the camera should have; 0: no more than its own usual one."""
    rate_share: float = 0.5
    """WARN below this share of the expected rate, or of the camera's own usual one."""
    age_warn_ms: float = 200.0
    """WARN where the p95 of the age of images, when their result was sent, is above it."""
    age_error_ms: float = 1000.0
    dropped_warn: float = 0.1
    """WARN where the node dropped a larger share of the images unasked, for any reason."""
    dropped_error: float = 0.9
    lost_warn: float = 0.05
    """WARN where a larger share of the images was lost on its way to the node."""
    stuck_s: float = 5.0
    """ERROR where an image has been at work for so long."""
    silence_s: float = 3.0
    """STALE after so long without an image, or after 2.5 periods of a slower camera."""
    ahead_ms: float = 1.0
    """WARN where a stamp lies further in the future of the node's clock."""
