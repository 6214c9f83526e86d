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

"""Percentiles of the times of each stage, and how they are spread."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.results import Results, STAGES

STATISTICS = ('mean', 'p50', 'p90', 'p99', 'max')
BINS = 60
"""Of a histogram."""


class Spread(NamedTuple):
    """A histogram; the last bin holds all that lies above."""

    edges: np.ndarray
    """ms, float64 (bins + 1,)."""
    counts: np.ndarray
    """Frames, int64 (bins,)."""


def statistics_of(values: np.ndarray) -> dict[str, float]:
    """Give mean, p50, p90, p99 and max of times (ms) without those that are unknown."""
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    p50, p90, p99 = np.percentile(known, (50, 90, 99))
    return dict(zip(STATISTICS, map(float, (known.mean(), p50, p90, p99, known.max()))))


def latency_of(results: Results, rows: np.ndarray | None = None) -> dict[str, dict[str, float]]:
    """Stage to its figures in ms, in order; stages that nobody measured are left out."""
    found = {stage: statistics_of(results.times[stage] if rows is None
                                  else results.times[stage][rows])
             for stage in STAGES if stage in results.times}
    return {stage: figures for stage, figures in found.items() if figures}


def spread_of(values: np.ndarray, top: float) -> Spread:
    """Make a histogram from 0 to ``top`` (ms)."""
    known = values[np.isfinite(values)]
    edges = np.linspace(0.0, top or 1.0, BINS + 1)
    return Spread(edges, np.histogram(np.minimum(known, edges[-1]), edges)[0])


def rounded(value: Any, digits: int = 6) -> Any:
    """Round all numbers in a structure of JSON, so that it is the same on every machine."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one, digits) for one in value]
    return value
