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
The time of the recording: it runs at a rate, stands still in a pause, and jumps.

Times of the recording are in ns on its own clock. One thread waits for the moments of its
messages; any other one may pause, step and change the rate meanwhile.
"""

from __future__ import annotations

import threading
import time

LONGEST_WAIT_S = 3600.0


class Pace:
    """When each message is due."""

    def __init__(self, rate: float = 1.0, is_paused: bool = False) -> None:
        """``rate`` are seconds of the recording in a second, above 0."""
        self._changed = threading.Condition()
        self._rate = rate
        self._is_paused = is_paused
        self._is_held = True
        self._is_stopped = False
        self._steps = 0
        self._time_ns = 0
        self._since_ns = 0
        """Monotonic clock (ns) when ``_time_ns`` was the time of the recording."""

    @property
    def rate(self) -> float:
        """Seconds of the recording in a second."""
        return self._rate

    @property
    def is_paused(self) -> bool:
        """Whether messages come only by :meth:`step`."""
        return self._is_paused

    def now_ns(self) -> int:
        """Give the time of the recording."""
        with self._changed:
            return self._now_ns()

    def jump(self, time_ns: int) -> None:
        """Go on from another time; before :meth:`start` time stands still there."""
        with self._changed:
            self._go_on_from(time_ns)

    def start(self) -> None:
        """Let time run, unless it is paused."""
        with self._changed:
            self._go_on_from(self._time_ns)
            self._is_held = False

    def pause(self) -> None:
        """Let time stand still."""
        with self._changed:
            self._go_on_from(self._now_ns())
            self._is_paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Let time go on from where it stands."""
        with self._changed:
            self._go_on_from(self._now_ns())
            self._is_paused = False
            self._steps = 0
            self._changed.notify_all()

    def step(self) -> bool:
        """Let one more message be due now; False, and nothing happens, where time runs."""
        with self._changed:
            if self._is_paused:
                self._steps += 1
                self._changed.notify_all()
            return self._is_paused

    def set_rate(self, rate: float) -> None:
        """Run faster or slower from now on."""
        with self._changed:
            self._go_on_from(self._now_ns())
            self._rate = rate
            self._changed.notify_all()

    def stop(self) -> None:
        """End :meth:`wait_until`, now and from now on."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def wait_until(self, time_ns: int) -> int | None:
        """Wait for that time or a step; ns since it was due, or None after :meth:`stop`."""
        with self._changed:
            while not self._is_stopped:
                if self._is_paused:
                    if self._steps:
                        self._steps -= 1
                        self._go_on_from(time_ns)
                        return 0
                    self._changed.wait()
                    continue
                left_ns = (time_ns - self._now_ns()) / self._rate
                if left_ns <= 0:
                    return round(-left_ns)
                self._changed.wait(min(left_ns / 1e9, LONGEST_WAIT_S))
            return None

    def _go_on_from(self, time_ns: int) -> None:
        self._time_ns = time_ns
        self._since_ns = time.monotonic_ns()

    def _now_ns(self) -> int:
        if self._is_paused or self._is_held:
            return self._time_ns
        return self._time_ns + round((time.monotonic_ns() - self._since_ns) * self._rate)
