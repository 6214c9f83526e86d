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
Whether a figure differs from that of a reference by more than the reference differs from itself.

The rule: both were measured in several turns of the same run. The noise is the distance between
the smallest and the largest figure among the turns of the reference, divided by their median. A
subject is within noise where the ratio of the medians (over the turns) is no further from 1 than
that, on either side. With fewer than three turns, or where the noise is above a half, nothing is
decided. Subjects that are alike (normally distributed turns) are called different 17 times in 100
with three turns, 3 times with five.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEWEST_TURNS = 3
MOST_NOISE = 0.5
"""Where the turns of the reference differ by more, anything would be within noise."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure divided by that of the reference, and how far from 1 noise alone may take it."""

    times: float | None
    """None where one of them has a turn without that figure."""
    noise: float | None
    turns: int

    @property
    def verdict(self) -> str:
        """``within noise``, ``above noise``, ``below noise``, or why nothing is decided."""
        if self.times is None or self.noise is None:
            return 'a turn has none'
        if self.turns < FEWEST_TURNS:
            return f'fewer than {FEWEST_TURNS} turns'
        if self.noise > MOST_NOISE:
            return 'too noisy to tell'
        if abs(self.times - 1) <= self.noise:
            return 'within noise'
        return 'above noise' if self.times > 1 else 'below noise'


def ratio_of(turns: Sequence[float | None], reference: Sequence[float | None]) -> Ratio:
    """Compare the figures of the turns of a subject with those of the reference, all above 0."""
    ours = [value for value in turns if value is not None]
    theirs = [value for value in reference if value is not None]
    fewest = min(len(turns), len(reference))
    if len(ours) < len(turns) or len(theirs) < len(reference) or not fewest:
        return Ratio(None, None, fewest)
    middle = median(theirs)
    return Ratio(median(ours) / middle, (max(theirs) - min(theirs)) / middle, fewest)
