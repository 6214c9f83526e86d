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

"""Why images have no result, each kind once; all counts of a recording have this rule."""

from __future__ import annotations

from collections import Counter
import re

REMEMBERED = 100
"""Reasons kept apart: damaged bytes may give any number of them."""
OTHERS = 'other reasons'
NUMBER = re.compile(r'\d+')


class Reasons:
    """Reasons with how often each was given; those that differ in numbers are one."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """As the first of each kind said it; what is beyond ``REMEMBERED`` is ``OTHERS``."""
        self._kinds: dict[str, str] = {}

    def add(self, reason: str) -> None:
        """Count one."""
        kind = NUMBER.sub('#', reason)
        if kind in self._kinds or len(self._kinds) < REMEMBERED:
            self.counts[self._kinds.setdefault(kind, reason)] += 1
        else:
            self.counts[OTHERS] += 1

    def shown(self, most: int) -> list[tuple[str, int]]:
        """Give the most frequent ones."""
        return self.counts.most_common(most)
