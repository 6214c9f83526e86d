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
Windows of recent values: their percentiles, their rate and the jitter of their times.

Integer ns go in; milliseconds come out, for printing. Tails are never trimmed. This file prints
nothing and reads no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import nan

import numpy as np

PERCENTILES = (50, 95, 99)
SUMMARY = (*(f'p{q}' for q in PERCENTILES), 'max')
"""Keys of a summary."""
ENDED_AFTER_GAPS = 2.5
MIN_COUNT = 5
"""So many pairs a window keeps however old they are, so that a slow camera has figures too."""


def summarize(values_ms: Iterable[float]) -> dict[str, float]:
    """``p50``, ``p95``, ``p99`` and ``max`` of milliseconds; an empty dict without values."""
    values = np.fromiter(values_ms, np.float64)
    if not values.size:
        return {}
    percentiles = np.percentile(values, PERCENTILES)
    summary = {f'p{q}': float(value) for q, value in zip(PERCENTILES, percentiles)}
    return {**summary, 'max': float(values.max())}


class Window:
    """The last ``size`` pairs of (time, value), or those of the last ``span_ns``."""

    def __init__(self, size: int = 300, span_ns: int | None = None) -> None:
        self._times_ns: deque[int] = deque(maxlen=size)
        self._values_ns: deque[int] = deque(maxlen=size)
        self._span_ns = span_ns

    def __len__(self) -> int:
        return len(self._times_ns)

    def add(self, time_ns: int, value_ns: int = 0) -> None:
        """Add one value; where the clock jumped back, the window restarts with it."""
        if self._times_ns and time_ns < self._times_ns[-1]:
            self.clear()
        self._times_ns.append(time_ns)
        self._values_ns.append(value_ns)
        while (self._span_ns is not None and len(self._times_ns) > MIN_COUNT
               and time_ns - self._times_ns[0] > self._span_ns):
            self._times_ns.popleft()
            self._values_ns.popleft()

    def add_even(self, time_ns: int, count: int) -> None:
        """Add so many times, the last one this and the others evenly since the one before."""
        last_ns = self.last_ns
        if last_ns is not None and time_ns > last_ns and count > 1:
            step_ns = (time_ns - last_ns) / count
            for left in range(min(count, self._times_ns.maxlen or count) - 1, 0, -1):
                self.add(round(time_ns - left * step_ns))
        self.add(time_ns)

    @property
    def last_ns(self) -> int | None:
        """Time of the newest value; None without one."""
        return self._times_ns[-1] if self._times_ns else None

    @property
    def covered_ns(self) -> int:
        """Time between the oldest value and the newest; 0 without two."""
        return self._times_ns[-1] - self._times_ns[0] if self._times_ns else 0

    def clear(self) -> None:
        """Drop all values."""
        self._times_ns.clear()
        self._values_ns.clear()

    def summary_ms(self) -> dict[str, float]:
        """Percentiles and maximum in milliseconds; see :func:`summarize`."""
        return summarize(value / 1e6 for value in self._values_ns)

    def has_ended(self, now_ns: int) -> bool:
        """Whether no value came for the span, nor for 2.5 of its usual gaps."""
        if self.last_ns is None:
            return True
        gap_ns = self.covered_ns / (len(self._times_ns) - 1) if len(self._times_ns) > 1 else 0
        return now_ns - self.last_ns > max(self._span_ns or 0, ENDED_AFTER_GAPS * gap_ns)

    def rate_hz(self, now_ns: int | None = None) -> float:
        """
        Mean rate over the window; 0.0 while it spans no time.

        With ``now_ns``, on the clock of the times, a pause that still lasts lowers the rate.
        """
        if len(self._times_ns) < 2:
            return 0.0
        gaps = len(self._times_ns) - 1
        span_ns = self.covered_ns
        if now_ns is not None and (now_ns - self._times_ns[-1]) * gaps > span_ns:
            gaps, span_ns = gaps + 1, now_ns - self._times_ns[0]
        return gaps * 1e9 / span_ns if span_ns > 0 else 0.0

    def jitter_ms(self) -> tuple[float, float]:
        """Mean and largest distance of the gaps between times from the mean gap; else NaN."""
        if len(self._times_ns) < 3:
            return nan, nan
        gaps_ns = np.diff(np.fromiter(self._times_ns, np.int64))
        distances_ms = np.abs(gaps_ns - gaps_ns.mean()) / 1e6
        return float(distances_ms.mean()), float(distances_ms.max())
