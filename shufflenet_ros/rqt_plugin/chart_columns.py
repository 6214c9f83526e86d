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

"""What a strip chart draws: the stages of frames on top of each other, thinned to what is seen."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, isnan, log10
import time
from typing import NamedTuple

import numpy as np
from shufflenet_ros.observer.stage_series import StageSeries

MOST_COLUMNS = 300
"""More than these are not told apart on a chart of half a screen."""
EPOCH_S = 1e9
"""Stamps above are seconds since 1970; below they are those of a simulator or since a start."""
OUTLIERS = 4.0
"""The chart is no higher than so many times the 99th percentile: one frame must not flatten it."""

STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class Columns(NamedTuple):
    """The frames of a chart from left to right."""

    seconds: np.ndarray
    """float64 (n,): stamps in s."""
    tops: np.ndarray
    """float64 (n, stages): upper edge of each stage in ms, the first on the ground."""
    p50_ms: float
    p99_ms: float
    """Of the total of all frames of the span, also of those that are not drawn; NaN for none."""
    height_ms: float
    """Upper end of the axis."""


def columns(series: StageSeries, span_s: float, most: int = MOST_COLUMNS) -> Columns:
    """
    Give the frames of the last ``span_s`` seconds of a camera.

    Where there are more than ``most``, each slice of time is drawn as its slowest frame. A stage
    that is unknown or below zero takes no room; where no frame came for a while all are zero.
    """
    stamps, table = series.frames(span_s)
    order = np.argsort(stamps, kind='stable')
    stamps, table = stamps[order], table[order]
    stages = np.clip(np.nan_to_num(table[:, :-1]), 0.0, None)
    if len(stamps) > most:
        kept = _slowest(stamps, stages.sum(axis=1), round(span_s * 1e9 / most))
        stamps, stages = stamps[kept], stages[kept]
    seconds, tops = _with_gaps(stamps / 1e9, np.cumsum(stages, axis=1))
    p50_ms, p99_ms = percentiles(table[:, -1])
    highest = float(tops[:, -1].max()) if len(tops) else 0.0
    return Columns(seconds, tops, p50_ms, p99_ms, _height(highest, p99_ms))


def percentiles(milliseconds: np.ndarray) -> tuple[float, float]:
    """Give the 50th and the 99th percentile of the values that are known; NaN for none."""
    known = milliseconds[~np.isnan(milliseconds)]
    if not len(known):
        return float('nan'), float('nan')
    p50_ms, p99_ms = np.percentile(known, (50, 99))
    return float(p50_ms), float(p99_ms)


def right_edge(own_s: float, others_s: Iterable[float], span_s: float) -> float:
    """
    Give the stamp at the right edge of a chart: the latest of all cameras.

    So the chart of a camera that fell silent runs empty. Cameras whose clocks are far apart have
    an edge of their own each.
    """
    return max((other for other in others_s if own_s < other < own_s + span_s), default=own_s)


def stamp_text(seconds: float) -> str:
    """Give a stamp as it stands below a chart: time of day, or seconds of a simulator."""
    if seconds < EPOCH_S:
        return f'{seconds:g} s'
    return time.strftime('%H:%M:%S', time.localtime(seconds))


def _slowest(stamps: np.ndarray, totals: np.ndarray, width_ns: int) -> np.ndarray:
    """Find the slowest frame of each slice; slices stay where they are while time goes on."""
    slices = stamps // width_ns
    order = np.lexsort((totals, slices))
    is_last = np.append(np.diff(slices[order]) > 0, True)
    return np.asarray(order[is_last])


def _with_gaps(seconds: np.ndarray, tops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Let the areas fall to zero where no frame came for three usual periods and half a second."""
    if len(seconds) < 3:
        return seconds, tops
    steps = np.diff(seconds)
    gaps = np.flatnonzero(steps > max(0.5, 3 * float(np.median(steps))))
    edges = np.stack([seconds[gaps] + 1e-3, seconds[gaps + 1] - 1e-3], axis=1).ravel()
    places = np.repeat(gaps + 1, 2)
    return np.insert(seconds, places, edges), np.insert(tops, places, 0.0, axis=0)


def _height(highest: float, p99_ms: float) -> float:
    """Choose a round number, so that the axis stays as it is most of the time."""
    wanted = 1.05 * (highest if isnan(p99_ms) else min(highest, OUTLIERS * p99_ms))
    if wanted <= 1.0:
        return 1.0
    power = 10.0 ** floor(log10(wanted))
    return next(step * power for step in STEPS if wanted <= step * power)
