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

"""The times of the latest frames of a camera by their stamp, for charts and percentiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from shufflenet_ros.node.public_names import LATENCY_KEYS

SPAN_S = 60.0
CAPACITY = 16384
"""Frames that are kept at most: a minute of 240 Hz and more."""
BACK_NS = 1_000_000_000
"""Stamps that go back by more begin a new series: a bag that started anew, a clock set back."""


class StageSeries:
    """
    Rows of one frame each: its stamp (ns) and the times of its stages and their total (ms).

    Rows are in the order of arrival, which for a classifier is that of the stamps.
    """

    def __init__(self, span_s: float = SPAN_S, capacity: int = CAPACITY) -> None:
        """Keep the frames of the last ``span_s`` seconds of stamps, and at most ``capacity``."""
        self._span_ns = int(span_s * 1e9)
        self._capacity = capacity
        # Twice the room: rows are moved back to the start only when the end is reached.
        self._stamps = np.zeros(2 * capacity, np.int64)
        self._table = np.zeros((2 * capacity, len(LATENCY_KEYS)), np.float64)
        self._start = self._stop = 0

    def __len__(self) -> int:
        return self._stop - self._start

    def add(self, stamp_ns: int, milliseconds: Sequence[float]) -> None:
        """Append a frame, with its times in the order of ``LATENCY_KEYS``; NaN for unknown."""
        if len(self) and stamp_ns < self._stamps[self._stop - 1] - BACK_NS:
            self.clear()
        if self._stop == len(self._stamps):
            self._move_back()
        self._stamps[self._stop] = stamp_ns
        self._table[self._stop] = milliseconds
        self._stop += 1
        while len(self) > self._capacity or (
                self._stamps[self._start] < stamp_ns - self._span_ns):
            self._start += 1

    def clear(self) -> None:
        """Begin anew."""
        self._start = self._stop = 0

    def frames(self, span_s: float = SPAN_S) -> tuple[np.ndarray, np.ndarray]:
        """
        Give the frames of the last seconds: int64 (n,) stamps in ns, float64 (n, stages + 1) ms.

        Both are copies; columns are in the order of ``LATENCY_KEYS``.
        """
        stamps = self._stamps[self._start:self._stop]
        first = 0 if not len(stamps) else int(np.searchsorted(
            stamps, stamps[-1] - int(span_s * 1e9)))
        return stamps[first:].copy(), self._table[self._start + first:self._stop].copy()

    def percentiles(self, percents: Sequence[float] = (50, 99),
                    span_s: float = SPAN_S) -> np.ndarray:
        """Give float64 (percents, stages + 1) in ms; NaN where no frame has the value."""
        table = self.frames(span_s)[1]
        found = np.full((len(percents), table.shape[1]), np.nan)
        for column, values in enumerate(table.T):
            known = values[~np.isnan(values)]
            if len(known):
                found[:, column] = np.percentile(known, percents)
        return found

    def _move_back(self) -> None:
        kept = len(self)
        self._stamps[:kept] = self._stamps[self._start:self._stop].copy()
        self._table[:kept] = self._table[self._start:self._stop].copy()
        self._start, self._stop = 0, kept
