"""What a suite hands over to be timed in turns, and the rows of figures that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shufflenet_ros.bench.runner.candidate import Candidate
from shufflenet_ros.bench.runner.timing import interleave, summary_ms, why_unstable
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db


@dataclass(frozen=True, slots=True)
class Contender:
    """A candidate under its names in the results."""

    engine: str
    model: str
    candidate: Candidate
    facts: dict[str, Any] = field(default_factory=dict)
    """More columns of its row, such as ``multiply_adds``."""


@dataclass(slots=True)
class Contest:
    """Contenders that are timed against one another on the same inputs."""

    suite: str
    height: int
    width: int
    contenders: list[Contender]
    inputs: Sequence[Any]
    reference: str = 'ort_fp32'
    """
    Engine whose logits those of the others on the same model are compared with; '' where there is
    nothing to compare.
    """
    absent: dict[str, str] = field(default_factory=dict)
    """Engine to the reason why it could not take part."""


@dataclass(slots=True)
class Outcome:
    """Rows of results, with what belongs to them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    raw_ns: dict[str, list[int]] = field(default_factory=dict)
    """``suite/engine/model/WxH`` to the time of every call."""
    absent: dict[str, str] = field(default_factory=dict)
    unstable: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """What belongs to the suite as a whole."""

    def add(self, other: Outcome) -> None:
        """Take over all of another outcome."""
        self.rows += other.rows
        for name in ('raw_ns', 'absent', 'unstable', 'extra'):
            getattr(self, name).update(getattr(other, name))


def hold_all(contests: Iterable[Contest], rounds: int, warm_up: int) -> Outcome:
    """Hold one contest after the other; each is made when its turn comes."""
    outcome = Outcome()
    for contest in contests:
        outcome.add(hold(contest, rounds, warm_up))
    return outcome


def hold(contest: Contest, rounds: int, warm_up: int) -> Outcome:
    """Compare the outputs of all contenders, then time them in turns."""
    prepared = {index: [one.candidate.prepare(tensor) for tensor in contest.inputs]
                for index, one in enumerate(contest.contenders)}
    fidelity = _compare(contest, prepared)
    times_ns = interleave({index: (one.candidate.run, prepared[index])
                           for index, one in enumerate(contest.contenders)}, rounds, warm_up)
    outcome = Outcome(absent={
        f'{contest.suite}/{name}': reason for name, reason in contest.absent.items()})
    for index, one in enumerate(contest.contenders):
        key = f'{contest.suite}/{one.engine}/{one.model}/{contest.width}x{contest.height}'
        outcome.rows.append({
            'suite': contest.suite, 'engine': one.engine, 'model': one.model,
            'height': contest.height, 'width': contest.width, **summary_ms(times_ns[index]),
            **fidelity[index], **one.facts})
        outcome.raw_ns[key] = times_ns[index]
        if reason := why_unstable(times_ns[index]):
            outcome.unstable[key] = reason
    return outcome


def _compare(contest: Contest, prepared: dict[int, list]) -> list[dict[str, float | None]]:
    """Agreement and SQNR of each contender with the reference on the same model."""
    if not contest.reference:
        return [{'agreement': None, 'sqnr_db': None}] * len(contest.contenders)
    logits = [np.stack([one.candidate.run(native) for native in prepared[index]])
              for index, one in enumerate(contest.contenders)]
    references = {one.model: logits[index] for index, one in enumerate(contest.contenders)
                  if one.engine == contest.reference}
    return [{'agreement': agreement(logits[index], references[one.model]),
             'sqnr_db': _finite(sqnr_db(logits[index], references[one.model]))}
            for index, one in enumerate(contest.contenders)]


def _finite(value: float) -> float | None:
    """JSON knows no infinity: the reference itself has no error."""
    return value if np.isfinite(value) else None
