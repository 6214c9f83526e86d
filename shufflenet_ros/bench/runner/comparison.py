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

"""What a suite compares: entries that are timed in turns on the same inputs, and the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from shufflenet_ros.bench.runner.timing import interleave, summary_ms, why_unstable
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db


def _as_is(tensor: np.ndarray) -> Any:
    return tensor


@dataclass(frozen=True, slots=True)
class Candidate:
    """One engine with one network, ready to be timed."""

    run: Callable[[Any], np.ndarray]
    """Native input to logits, float32 (classes,): this is what is timed."""
    prepare: Callable[[Any], Any] = _as_is
    """
    Uint8 tensor (1, height, width, 3) RGB to the engine's native input.

    It is not timed: an engine that wants floats does not pay for the conversion.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate under its names in the results."""

    engine: str
    model: str
    candidate: Candidate
    facts: dict[str, Any] = field(default_factory=dict)
    """More columns of its row, such as ``multiply_adds``."""


@dataclass(slots=True)
class Comparison:
    """Entries that are timed side by side on the same inputs."""

    suite: str
    height: int
    width: int
    entries: list[Entry]
    inputs: Sequence[Any]
    reference: str = 'ort_fp32'
    """
    Engine whose logits those of the others on the same model are compared with; '' where there is
    nothing to compare.
    """
    absent: dict[str, str] = field(default_factory=dict)
    """Engine to the reason why it could not take part."""


@dataclass(slots=True)
class Results:
    """Rows of figures, with what belongs to them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    raw_ns: dict[str, list[int]] = field(default_factory=dict)
    """``suite/engine/model/WxH`` to the time of every call."""
    absent: dict[str, str] = field(default_factory=dict)
    unstable: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """What belongs to the suite as a whole."""

    def add(self, other: Results) -> None:
        """Append all of other results."""
        self.rows += other.rows
        for name in ('raw_ns', 'absent', 'unstable', 'extra'):
            getattr(self, name).update(getattr(other, name))


def run_all(comparisons: Iterable[Comparison], rounds: int, warm_up: int) -> Results:
    """Run one comparison after the other; each is made just before it runs."""
    results = Results()
    for comparison in comparisons:
        results.add(run(comparison, rounds, warm_up))
    return results


def run(comparison: Comparison, rounds: int, warm_up: int) -> Results:
    """Compare the outputs of all entries, then time them in turns."""
    prepared = [[entry.candidate.prepare(tensor) for tensor in comparison.inputs]
                for entry in comparison.entries]
    fidelity = _compare_outputs(comparison, prepared)
    times_ns = interleave({index: (entry.candidate.run, prepared[index])
                           for index, entry in enumerate(comparison.entries)}, rounds, warm_up)
    results = Results(absent={f'{comparison.suite}/{name}': reason
                              for name, reason in comparison.absent.items()})
    for index, entry in enumerate(comparison.entries):
        _add_row(results, comparison, entry, times_ns[index], fidelity[index])
    return results


def _compare_outputs(comparison: Comparison,
                     prepared: list[list[Any]]) -> list[dict[str, float | None]]:
    """Agreement and SQNR of each entry with the reference on the same model."""
    entries = comparison.entries
    if not comparison.reference:
        return [{'agreement': None, 'sqnr_db': None}] * len(entries)
    logits = [np.stack([entry.candidate.run(native) for native in inputs])
              for entry, inputs in zip(entries, prepared)]
    references = {entry.model: logits[index] for index, entry in enumerate(entries)
                  if entry.engine == comparison.reference}
    return [{'agreement': agreement(logits[index], references[entry.model]),
             'sqnr_db': _finite(sqnr_db(logits[index], references[entry.model]))}
            for index, entry in enumerate(entries)]


def _finite(value: float) -> float | None:
    """JSON knows no infinity: the reference itself has no error."""
    return value if np.isfinite(value) else None


def _add_row(results: Results, comparison: Comparison, entry: Entry, times_ns: list[int],
             fidelity: dict[str, float | None]) -> None:
    height, width = comparison.height, comparison.width
    key = f'{comparison.suite}/{entry.engine}/{entry.model}/{width}x{height}'
    results.rows.append({
        'suite': comparison.suite, 'engine': entry.engine, 'model': entry.model,
        'height': height, 'width': width, **summary_ms(times_ns), **fidelity, **entry.facts})
    results.raw_ns[key] = times_ns
    if reason := why_unstable(times_ns):
        results.unstable[key] = reason
