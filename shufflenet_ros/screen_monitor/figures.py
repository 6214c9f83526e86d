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

"""The figures of a camera, made once a second: digits that change more often cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from shufflenet_ros.core.frame import COUNTERS
from shufflenet_ros.node.public_names import DROPS, LATENCY_KEYS
from shufflenet_ros.observer.observed import ObservedCamera
from shufflenet_ros.observer.stage_series import StageSeries

PERCENTILES_S = 10.0
"""Percentiles are those of the frames of so many seconds."""
SECONDS = 60
"""Length of the sparkline: a value for each second."""
SECOND_NS = 1_000_000_000
NONE = (float('nan'),) * len(LATENCY_KEYS)


@dataclass(frozen=True)
class Figures:
    """What the screen shows of a camera in numbers; times in ms, NaN for what is unknown."""

    p50: tuple[float, ...] = NONE
    p99: tuple[float, ...] = NONE
    """In the order of ``LATENCY_KEYS``: the stages, then the total."""
    totals: tuple[float, ...] = ()
    """The largest total of each of the last seconds, the latest one last."""
    arriving_hz: float = float('nan')
    result_hz: float = float('nan')
    drops: dict[str, float] = field(default_factory=dict)
    """Images a second, by kind."""
    counters: dict[str, int] = field(default_factory=dict)


def figures_of(camera: ObservedCamera) -> Figures:
    """Make the figures of a camera as it is now."""
    stamps, table = camera.series.frames(PERCENTILES_S)
    p50, p99 = _percentiles(table)
    counters = camera.counters
    return Figures(p50, p99, _totals(camera.series), camera.rate_hz, camera.result_hz,
                   {kind: camera.per_second(kind) for kind in DROPS},
                   {name: getattr(counters, name) for name in COUNTERS})


def _percentiles(table: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """
    Give p50 and p99 of each column: the value of a frame, never one between two.

    Sorted once: np.percentile would take ten times as long for the few columns.
    """
    if not len(table):
        return NONE, NONE
    ordered = np.sort(table, axis=0)  # NaN last
    known = np.count_nonzero(~np.isnan(table), axis=0)
    columns = np.arange(table.shape[1])
    found = [ordered[np.maximum(np.ceil(known * share).astype(int) - 1, 0), columns]
             for share in (0.5, 0.99)]
    return tuple(found[0].tolist()), tuple(found[1].tolist())


def _totals(series: StageSeries) -> tuple[float, ...]:
    stamps, table = series.frames(float(SECONDS))
    if not len(stamps):
        return ()
    seconds = stamps // SECOND_NS
    places = SECONDS - 1 - (seconds[-1] - seconds)
    totals = np.full(SECONDS, np.nan)
    is_shown = (places >= 0) & (places < SECONDS)
    np.fmax.at(totals, places[is_shown], table[is_shown, -1])
    return tuple(totals.tolist())
