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
Statistics of a demo run: images published, results received, how long each stage took.

Frames are joined by their stamp (ns), the key that every message about a frame carries.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import isnan
from typing import Any, NamedTuple

from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.core.parts import Part
from shufflenet_ros.monitoring.windows import summarize

COUNTERS = ('received', 'classified', 'failed', 'replaced', 'lost')


@dataclass(slots=True)
class Result:
    """The best hypothesis of one frame; an empty name where nothing reached the threshold."""

    name: str
    score: float
    total_ms: float | None = None


class Cell(NamedTuple):
    """The best hypothesis of one cell; an empty name where nothing reached the threshold."""

    part: Part
    """In pixels of the image."""
    name: str
    score: float


@dataclass(slots=True)
class RunStatistics:
    """All that is known about a run so far."""

    truths: dict[int, str] = field(default_factory=dict)
    """Stamp to class in view, one for each published frame."""
    results: dict[int, Result] = field(default_factory=dict)
    cell_truths: dict[int, dict[str, str]] = field(default_factory=dict)
    """Stamp to the surface of each cell by its id, for cells that lie on one surface."""
    cells: dict[int, list[Cell]] = field(default_factory=dict)
    """Stamp to the results of cells, row by row."""
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    stages_ms: dict[str, list[float]] = field(
        default_factory=lambda: {stage: [] for stage in (*STAGES, 'total')})
    last_ms: dict[str, float] = field(default_factory=dict)
    arrivals_s: deque[float] = field(default_factory=lambda: deque(maxlen=60))
    """When the last results came in, for their rate."""
    labels: tuple[str, ...] = ()
    model: str = ''

    def add_result(self, stamp_ns: int, name: str, score: float, now_s: float) -> None:
        """Add a classification."""
        self.results[stamp_ns] = Result(name, score)
        self.arrivals_s.append(now_s)

    def add_latency(self, stamp_ns: int, values: dict[str, float]) -> None:
        """Add the stages (ms) and counters of one frame."""
        self.counters = {name: int(values[name]) for name in COUNTERS}
        self.last_ms = {stage: values[f'{stage}_ms'] for stage in self.stages_ms}
        for stage, ms in self.last_ms.items():
            if not isnan(ms):
                self.stages_ms[stage].append(ms)
        if stamp_ns in self.results:
            self.results[stamp_ns].total_ms = self.last_ms['total']

    def rate_hz(self) -> float:
        """Results a second, over the last ones."""
        span = self.arrivals_s[-1] - self.arrivals_s[0] if len(self.arrivals_s) > 1 else 0.0
        return (len(self.arrivals_s) - 1) / span if span else 0.0

    def accuracy(self) -> float | None:
        """Share of results that name the surface in view; None where no truth is known."""
        judged = [result.name == self.truths[stamp] for stamp, result in self.results.items()
                  if self.truths.get(stamp) in self.labels and self.truths.get(stamp)]
        return sum(judged) / len(judged) if judged else None

    def judged_cells(self, stamp_ns: int) -> list[bool]:
        """Say of each cell of a frame that lies on one surface whether its result names that."""
        truths = self.cell_truths.get(stamp_ns, {})
        return [cell.name == truths[cell.part.id] for cell in self.cells.get(stamp_ns, ())
                if truths.get(cell.part.id) in self.labels]

    def cell_accuracy(self) -> tuple[float | None, int]:
        """Share of right cells among those that lie on one surface, and how many those are."""
        judged = [is_right for stamp_ns in self.cells for is_right in self.judged_cells(stamp_ns)]
        return (sum(judged) / len(judged) if judged else None), len(judged)

    def summary(self) -> dict[str, Any]:
        """
        Sum up the run in figures.

        ``published``, the counters of ``COUNTERS``, ``accuracy``, ``cell_accuracy`` among
        ``judged_cells``, and
        ``latency_ms``: stage to p50, p95, p99 and max; ``total`` is the age of the image when its
        result had been published, the sum of the stages before it.
        """
        cell_accuracy, judged_cells = self.cell_accuracy()
        return {
            'published': len(self.truths), **self.counters, 'accuracy': self.accuracy(),
            'cell_accuracy': cell_accuracy, 'judged_cells': judged_cells, 'model': self.model,
            'latency_ms': {stage: summarize(values) for stage, values in self.stages_ms.items()}}
