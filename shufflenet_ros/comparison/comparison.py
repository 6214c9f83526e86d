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

"""One or two results with all that is known of them: what report, metrics and conditions need."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from shufflenet_ros.comparison.agreement import Agreement, agreement_of
from shufflenet_ros.comparison.join import join
from shufflenet_ros.comparison.results import Results, Stream, streams_of
from shufflenet_ros.comparison.truth import Accuracy, accuracy_of, Truth


class Side(NamedTuple):
    """One of the results under the name that it has in the report."""

    letter: str
    results: Results


@dataclass(frozen=True, eq=False)
class Comparison:
    """Results A, and B where there are two; their agreement; the truth where it is known."""

    a: Results
    b: Results | None = None
    truth: Truth | None = None
    truths: dict[str, np.ndarray] = field(default_factory=dict)
    """Letter to what each frame shows, as :meth:`.Truth.of` gives it."""

    @property
    def sides(self) -> list[Side]:
        """Give what there is of A and B."""
        return [Side('A', self.a)] + ([Side('B', self.b)] if self.b is not None else [])

    @cached_property
    def agreement(self) -> Agreement | None:
        """How far both agree, where there are two."""
        return None if self.b is None else agreement_of(self.a, self.b, join(self.a, self.b))

    @cached_property
    def agreed_frames(self) -> np.ndarray:
        """For each frame of A 1 where B agrees, 0 where not, nan where it does not count."""
        agreed = np.zeros(len(self.a))
        if self.agreement is not None:
            joined = self.agreement.joined
            agreed[joined.a] = self.agreement.same
            agreed[joined.a[~self.agreement.counts]] = np.nan
        return agreed

    @cached_property
    def accuracies(self) -> dict[str, Accuracy]:
        """Letter to how right it is, where the truth is known."""
        return {side.letter: accuracy_of(side.results, self.truths[side.letter])
                for side in self.sides if side.letter in self.truths}

    @cached_property
    def streams(self) -> dict[str, list[Stream]]:
        """Letter to its streams."""
        return {side.letter: streams_of(side.results) for side in self.sides}

    @cached_property
    def remarks(self) -> list[str]:
        """What is odd, in words."""
        said = [f'{side.letter}: {remark}' for side in self.sides
                for remark in side.results.remarks]
        if self.agreement is not None:
            said += self.agreement.joined.remarks
            if self.agreement.by == 'label':
                said.append('one of the results knows no class below the threshold, so labels '
                            'are compared instead of best classes')
        return said


def compared(a: Results, b: Results | None, truth: Truth | None) -> Comparison:
    """Bring results and truth together. Raises ConfigurationError where they do not fit."""
    truths = {} if truth is None else {
        letter: truth.of(results) for letter, results in (('A', a), ('B', b))
        if results is not None}
    return Comparison(a, b, truth, truths)
