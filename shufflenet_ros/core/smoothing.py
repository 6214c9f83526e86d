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
Scores averaged over time, and a class that changes only when another one leads clearly.

It follows stamps alone: the same frames give the same results, live and from a recording. A part
that is not in each frame has an average over those that it is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.frame import Classification, Hypothesis, PartResult
from shufflenet_ros.core.postprocess import ranked

WHOLE = ''
"""Id of the region as a whole among those of its parts."""
GAP = 5.0
"""A gap of more than so many times ``smoothing_s`` begins anew: what was seen before is over."""
SHORTEST_GAP_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How scores are averaged over time; off with 0 seconds."""

    seconds: float = 0.0
    """Time constant: a change has reached 63 % of its height after so long."""
    margin: float = 0.1
    """How far another class must lead (score, 0 to 1) before it is taken for the new one."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.seconds <= 60.0:
            raise ConfigurationError(
                f'smoothing_s: {self.seconds!r}, expected 0 (off) to 60 seconds')
        if not 0.0 <= self.margin < 1.0:
            raise ConfigurationError(
                f'smoothing_margin: {self.margin!r}, expected 0 to less than 1')

    @property
    def is_on(self) -> bool:
        """Whether anything is averaged."""
        return self.seconds > 0.0


class Smoother:
    """The averages of one camera: of its region as a whole, and of each of its parts."""

    def __init__(self, smoothing: Smoothing, top_k: int, threshold: float) -> None:
        """Choose hypotheses of the averages as :func:`core.postprocess.classify` does."""
        self._smoothing = smoothing
        self._top_k = top_k
        self._threshold = threshold
        self._averages: dict[str, list[float]] = {}
        self._held: dict[str, int] = {}
        self._stamps_ns: dict[str, int] = {}
        self._last_ns = 0
        self._longest_ns = max(SHORTEST_GAP_NS, int(GAP * smoothing.seconds * 1e9))
        self._must_restart = False

    def restart(self) -> None:
        """Begin anew with the next frame: the clock has jumped. From any thread."""
        self._must_restart = True

    def smooth(self, result: Classification, stamp_ns: int) -> Classification:
        """
        Give the result of the averages up to this frame, whose scores must have been kept.

        A frame without a stamp (0) stands for itself. Stamps that go back begin anew, and so does
        a gap between two results of the same part.
        """
        if not stamp_ns:
            self.restart()
            return result
        self._restart_where_due(stamp_ns)
        whole = self._smooth(WHOLE, result, stamp_ns) if result.scores else result
        return replace(whole, left_out=result.left_out, parts=tuple(
            PartResult(one.part, self._smooth(one.part.id, one.classification, stamp_ns))
            for one in result.parts))

    def _restart_where_due(self, stamp_ns: int) -> None:
        must_restart, self._must_restart = self._must_restart, False
        if must_restart or stamp_ns < self._last_ns:
            self._averages.clear()
            self._held.clear()
        self._last_ns = stamp_ns

    def _smooth(self, part: str, result: Classification, stamp_ns: int) -> Classification:
        average = self._averages.get(part)
        passed_ns = stamp_ns - self._stamps_ns.get(part, stamp_ns)
        if average is None or len(average) != len(result.scores) or passed_ns > self._longest_ns:
            average = list(result.scores)
            self._held.pop(part, None)
        else:
            kept = exp(-passed_ns / 1e9 / self._smoothing.seconds)
            average = [kept * before + (1.0 - kept) * score
                       for before, score in zip(average, result.scores)]
        self._averages[part] = average
        self._stamps_ns[part] = stamp_ns
        found = ranked(average, self._top_k, self._threshold, average)
        return self._held_first(part, average, found)

    def _held_first(self, part: str, average: Sequence[float],
                    found: Classification) -> Classification:
        """Put the class that is held first, unless another one leads by the margin."""
        best = found.best
        assert best is not None  # of ranked scores
        held = self._held.get(part, best.index)
        if best.index == held or best.score >= average[held] + self._smoothing.margin:
            self._held[part] = best.index
            return found
        self._held[part] = held
        first = Hypothesis(held, average[held])
        others = tuple(one for one in found.hypotheses if one.index != held)
        mine = (first,) if first.score >= self._threshold else ()
        return replace(found, hypotheses=(*mine, *others)[:self._top_k], best=first)
