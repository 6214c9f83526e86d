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

"""The frames that are shown with their images: changed ones, or those where the class changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from shufflenet_ros.comparison.agreement import episodes_of, surest
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.recorded_images import Wanted, wanted_of
from shufflenet_ros.comparison.results import Results, SECOND_NS
from shufflenet_ros.comparison.timeline import changes_of, NO_LABEL, runs_of, shown_classes

MOST = 24


class Answer(NamedTuple):
    """What is said of a frame, and by whom."""

    who: str
    name: str
    score: float | None


class Highlight(NamedTuple):
    """One frame of A with what is said of it."""

    frame: Wanted
    at_s: float
    answers: tuple[Answer, ...]
    note: str
    """How long it lasts."""


def highlights_of(comparison: Comparison) -> tuple[list[Highlight], int]:
    """Choose at most ``MOST`` frames, in the order of time; say of how many."""
    if comparison.agreement is not None:
        return _changed(comparison)
    return _changes(comparison)


def _changed(comparison: Comparison) -> tuple[list[Highlight], int]:
    """Choose the surest frame of each group of changed frames; the surest groups."""
    a, b, agreement = comparison.a, comparison.b, comparison.agreement
    assert b is not None and agreement is not None
    episodes = episodes_of(a, agreement)
    first = {int(surest(a, b, agreement, np.arange(*span))[0]): span for span in episodes}
    chosen = surest(a, b, agreement, np.array(list(first), np.int64))[:MOST]
    found = []
    for place in sorted(chosen.tolist()):
        row, other = int(agreement.joined.a[place]), int(agreement.joined.b[place])
        names = [_name(results, one, agreement.by) for results, one in ((a, row), (b, other))]
        answers = [Answer('A', names[0], float(a.score[row])),
                   Answer('B', names[1], float(b.score[other]))]
        if 'A' in comparison.truths and comparison.truths['A'][row]:
            answers.append(Answer('truth', comparison.truths['A'][row], None))
        frames = first[place][1] - first[place][0]
        found.append(Highlight(wanted_of(a, [row])[0], _at_s(comparison, row), tuple(answers),
                               f'{frames} frames in a row' if frames > 1 else 'one frame'))
    return found, len(episodes)


def _changes(comparison: Comparison) -> tuple[list[Highlight], int]:
    """Choose the first frame of each run of another class; the longest runs."""
    found, starts = [], []
    results = comparison.a
    for stream in comparison.streams['A']:
        runs = runs_of(results, stream)
        before = {run.first: one.name for one, run in zip(runs, runs[1:])}
        for run in [*runs[:1], *changes_of(runs)]:
            row = int(stream.rows[run.first])
            answer = Answer('', run.name, float(results.score[row]))
            seconds = run.end_s - run.start_s
            best = f'; best {results.best[row]}' if run.name == NO_LABEL else ''
            note = f'for {seconds:.2f} s' + (
                f', before: {before[run.first]}' if run.first in before else ', the first frame'
            ) + best
            starts.append((seconds, row, Highlight(
                wanted_of(results, [row])[0], _at_s(comparison, row), (answer,), note)))
    chosen = sorted(starts, key=lambda one: (-one[0], one[1]))[:MOST]
    found = [one for _, _, one in sorted(chosen, key=lambda one: one[1])]
    return found, len(starts)


def _name(results: Results, row: int, by: str) -> str:
    return str(getattr(results, by)[row] or shown_classes(results, np.array([row]))[0])


def _at_s(comparison: Comparison, row: int) -> float:
    start_ns = comparison.a.start_ns_of(comparison.a.recording[row])
    return (int(comparison.a.received_ns[row]) - start_ns) / SECOND_NS
