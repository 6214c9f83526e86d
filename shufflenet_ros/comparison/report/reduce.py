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

"""Long recordings made short enough to draw: a bounded number of runs and points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from shufflenet_ros.comparison.timeline import Run

MOST_RUNS = 1200
"""Of a timeline; beyond, each step shows the class that most of it has."""
STEPS = 600
"""Of a line, and of a timeline with more runs."""


class Line(NamedTuple):
    """A line over time: a mean, and what lies around it; float64 (points,) each."""

    seconds: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_reduced: bool


def reduced_runs(runs: list[Run]) -> tuple[list[Run], bool]:
    """Give runs as they are, or steps with the class that lasts longest in each."""
    if len(runs) <= MOST_RUNS:
        return runs, False
    start, end = runs[0].start_s, max(run.end_s for run in runs)
    width = (end - start) / STEPS
    held: list[dict[str, float]] = [{} for _ in range(STEPS)]
    for run in runs:
        first = min(STEPS - 1, int((run.start_s - start) / width))
        last = min(STEPS - 1, int((run.end_s - start) / width))
        for step in range(first, last + 1):
            begin = start + step * width
            inside = min(run.end_s, begin + width) - max(run.start_s, begin)
            if inside > 0:
                held[step][run.name] = held[step].get(run.name, 0.0) + inside
    steps: list[Run] = []
    for step, names in enumerate(held):
        if not names:
            continue
        name = max(sorted(names), key=lambda one: names[one])
        begin = start + step * width
        if steps and steps[-1].name == name and abs(steps[-1].end_s - begin) < width / 2:
            steps[-1] = steps[-1]._replace(end_s=begin + width)
        else:
            steps.append(Run(name, begin, begin + width, 0, 0, float('nan')))
    return steps, True


def reduced_line(seconds: np.ndarray, values: np.ndarray, steps: int = STEPS) -> Line:
    """Give a line as it is, or mean, least and most in each of so many steps of time."""
    known = np.isfinite(values)
    seconds, values = seconds[known], values[known]
    if len(seconds) <= 2 * steps:
        return Line(seconds, values, values, values, False)
    span = max(float(seconds[-1] - seconds[0]), 1e-9)
    bins = np.minimum(((seconds - seconds[0]) / span * steps).astype(np.int64), steps - 1)
    order = np.argsort(bins, kind='stable')
    bins, seconds, values = bins[order], seconds[order], values[order]
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    counts = np.diff(np.append(starts, len(bins)))
    return Line(np.add.reduceat(seconds, starts) / counts,
                np.add.reduceat(values, starts) / counts,
                np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts), True)
