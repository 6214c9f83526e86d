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

A source keeps the newest frame of a camera alone. The sequence number of one that is taken tells
how many before it were not; when it arrived, and since when the camera was known to have none
waiting, tell which of them were there and replaced by a newer one.
"""

from __future__ import annotations

from typing import NamedTuple

from shufflenet_ros.core.frame import Delivery
from shufflenet_ros.core.turns import Turn

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
        self._last_taken_ns = 0

    def restart(self) -> None:
        """Forget the last frame: what was published before the next one does not count."""
        self._last = None

    def before(self, delivery: Delivery, turn: Turn) -> Missed:
        """
        Tell apart what was missed between the last delivery and this one.

        While the camera was held back by a highest rate, what came was limited. While no worker
        was free, what came was replaced: all of it where none was free since the last delivery,
        else no more than fits at the mean period of the camera into the time since the camera was
        known to have nothing. The rest was lost, though a worker was free for it.
        """
        last, self._last = self._last, delivery
        last_taken_ns, self._last_taken_ns = self._last_taken_ns, turn.taken_ns
        missed = delivery.missed
        if not missed or last is None:
            return Missed(replaced=delivery.skipped)
        period_ns = _period_ns(last, delivery)
        limited = replaced = 0
        held_ns = turn.due_ns - last.received_ns
        if held_ns > 0:
            is_held = delivery.received_ns <= turn.due_ns
            limited = missed if is_held else _fitting(held_ns, period_ns, missed)
        waiting_ns = delivery.received_ns - max(turn.empty_ns, turn.due_ns)
        if turn.empty_ns <= last_taken_ns and not turn.due_ns:
            replaced = missed
        elif waiting_ns > 0:
            replaced = _fitting(waiting_ns, period_ns, missed - limited)
        return Missed(limited, replaced + delivery.skipped, missed - limited - replaced)


def _period_ns(last: Delivery, delivery: Delivery) -> float:
    """Mean period of the camera since the last delivery, by when the frames were published."""
    passed_ns = delivery.published_ns - last.published_ns
    if passed_ns <= 0 or not last.published_ns:  # its clock was set back, or has no such times
        passed_ns = delivery.received_ns - last.received_ns
    return max(1.0, passed_ns / (delivery.missed + 1))


def _fitting(time_ns: int, period_ns: float, most: int) -> int:
    return min(most, int(time_ns / period_ns + JITTER))
