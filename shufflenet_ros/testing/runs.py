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

"""Results as runs: images of a topic that follow one another and have the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from shufflenet_ros.core.text import plain
from shufflenet_ros.replay.results import FrameResult

SHOWN = 5
"""Runs that an account lists; pytest shows eight lines of an explanation."""
REASON_LENGTH = 80
"""Characters of why an image is damaged that an account shows."""


class Run(NamedTuple):
    """Images of one topic in order, all with the same class, or all without for one reason."""

    topic: str
    from_s: float
    to_s: float
    """Times of the first and the last image, in seconds of the recording."""
    frames: int
    label: str
    """Class of them; '' where none reached the threshold, and for damaged images."""
    score: float
    """Mean score of the best class, 0 to 1."""
    lowest: float
    highest: float
    """Scores of the best class; 0 for damaged images."""
    best: str
    """Best class of the first image, whether it reached the threshold or not."""
    problem: str
    """Why there is no classification."""

    def __str__(self) -> str:
        images = images_of(self.frames)
        when = f'{self.from_s:7.2f} to {self.to_s:.2f} s: '
        if self.problem:
            return f'{when}{images} damaged ({plain(self.problem, REASON_LENGTH)})'
        scores = f'score {self.score:.2f} ({self.lowest:.2f} to {self.highest:.2f})'
        name = plain(self.label) or f'no class, best {plain(self.best)}'
        return f'{when}{name}, {scores}, {images}'


class Change(NamedTuple):
    """From one image to the next of its topic the class is another one."""

    topic: str
    at_s: float
    """Of the first image with the new class, in seconds of the recording."""
    before: str
    after: str
    """Classes; '' for none."""


def runs_of(rows: Iterable[FrameResult], start_ns: int) -> Iterator[Run]:
    """Give the runs of each topic, topic by topic; ``start_ns`` is second 0."""
    for topic, of_topic in by_topic(rows).items():
        for _, group in groupby(of_topic, lambda row: (row.label, row.problem)):
            yield _run(topic, list(group), start_ns)


def changes_of(rows: Iterable[FrameResult], start_ns: int) -> Iterator[Change]:
    """Give where the class changes, topic by topic; damaged images change nothing."""
    runs = list(runs_of((row for row in rows if not row.problem), start_ns))
    for one, other in zip(runs, runs[1:]):
        if one.topic == other.topic:
            yield Change(other.topic, other.from_s, one.label, other.label)


def by_topic(rows: Iterable[FrameResult]) -> dict[str, list[FrameResult]]:
    """Give the rows of each topic; topics in alphabetical order."""
    found: dict[str, list[FrameResult]] = {}
    for row in rows:
        found.setdefault(row.topic, []).append(row)
    return dict(sorted(found.items()))


def images_of(count: int) -> str:
    """Say how many images it is."""
    return '1 image' if count == 1 else f'{count} images'


def listed(runs: Sequence[Run]) -> list[str]:
    """List the first runs in words."""
    more = [f'        and {len(runs) - SHOWN} more runs'] if len(runs) > SHOWN else []
    return [*map(str, runs[:SHOWN]), *more]


def _run(topic: str, rows: Sequence[FrameResult], start_ns: int) -> Run:
    scores = [row.score for row in rows]
    first = rows[0]
    from_s, to_s = ((row.received_ns - start_ns) / 1e9 for row in (first, rows[-1]))
    return Run(topic, from_s, to_s, len(rows), first.label, sum(scores) / len(scores),
               min(scores), max(scores), first.best, first.problem)
