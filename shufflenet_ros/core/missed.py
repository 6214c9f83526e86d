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
What became of frames that were published and never taken: limited, replaced or lost.

A source keeps the newest frame of a camera alone, and says how many were missed before one that
is taken, and how many of those got lost on their way. The others had come: they were limited
while the camera was held back by a highest rate, and else replaced, since no worker was free.
"""

from __future__ import annotations

from typing import NamedTuple

from shufflenet_ros.core.frame import Delivery

JITTER = 0.4
"""In periods of the camera: frames may come so much closer to one another than on average."""


class Missed(NamedTuple):
    """How many frames before one that was taken have each of these fates."""

    limited: int = 0
    replaced: int = 0
    lost: int = 0


class MissedFrames:
    """The frames of one camera that were never taken."""

    def __init__(self) -> None:
        self._last: Delivery | None = None

    def restart(self) -> None:
        """Forget the last frame: what was published before the next one does not count."""
        self._last = None

    def before(self, delivery: Delivery, due_ns: int = 0) -> Missed:
        """
        Tell apart what was missed between the last delivery and this one.

        ``due_ns`` is until when the camera was held back (monotonic clock); 0 for not at all.
        """
        last, self._last = self._last, delivery
        if last is None:
            return Missed(replaced=delivery.skipped)
        came, limited = delivery.missed - delivery.lost + delivery.skipped, 0
        if came and due_ns > last.received_ns:
            held_ns = min(due_ns, delivery.received_ns) - last.received_ns
            limited = min(came, int(held_ns / _period_ns(last, delivery) + JITTER))
        return Missed(limited, came - limited, delivery.lost)


def _period_ns(last: Delivery, delivery: Delivery) -> float:
    """Mean period of the camera since the last delivery, by when the frames were published."""
    passed_ns = delivery.published_ns - last.published_ns
    if passed_ns <= 0 or not last.published_ns:  # its clock was set back, or has no such times
        passed_ns = delivery.received_ns - last.received_ns
    return max(1.0, passed_ns / (delivery.missed + delivery.skipped + 1))
