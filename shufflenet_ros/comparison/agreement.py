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

"""How far two results agree, frame by frame, and which frames changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.join import Joined
from shufflenet_ros.comparison.results import Results, SECOND_NS

LISTED = 1000
"""Changed frames in ``metrics.json``, the surest first; all of them are counted."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """
    The figures of two joined results.

    A frame that only one of them has, or that is damaged in one of them alone, is a disagreement;
    one that is damaged in both does not count.
    """

    joined: Joined
    counts: np.ndarray
    """Whether a pair counts, bool (pairs,)."""
    same: np.ndarray
    """Whether both name the same class, bool (pairs,)."""
    same_label: np.ndarray
    """Whether both give the same label: empty where the threshold was not reached."""
    by: str
    """``best``, or ``label`` where one of them does not know the best class."""

    @property
    def frames(self) -> int:
        """How many count."""
        return int(self.counts.sum()) + len(self.joined.only_a) + len(self.joined.only_b)

    @property
    def agreed(self) -> int:
        """How many of them are the same."""
        return int((self.same & self.counts).sum())

    @property
    def share(self) -> float | None:
        """Share of frames with the same class; None where there is no frame."""
        return self.agreed / self.frames if self.frames else None

    @property
    def label_share(self) -> float | None:
        """The same of labels."""
        agreed = int((self.same_label & self.counts).sum())
        return agreed / self.frames if self.frames else None

    @property
    def changed(self) -> np.ndarray:
        """Places among the pairs where they differ, int64, in the order of time."""
        return np.flatnonzero(self.counts & ~self.same)


class Confused(NamedTuple):
    """Frames that A gives one class, and B another one or the same."""

    a: str
    b: str
    frames: int


def agreement_of(a: Results, b: Results, joined: Joined) -> Agreement:
    """Compare joined results."""
    by = 'best' if a.has_best and b.has_best else 'label'
    good_a, good_b = a.is_good[joined.a], b.is_good[joined.b]
    one, other = getattr(a, by)[joined.a], getattr(b, by)[joined.b]
    both = good_a & good_b
    return Agreement(joined, good_a | good_b, (one == other) & both,
                     (a.label[joined.a] == b.label[joined.b]) & both, by)


def confusion_of(a: Results, b: Results, agreement: Agreement) -> list[Confused]:
    """Count pairs of classes, the most frequent first."""
    joined = agreement.joined
    kept = agreement.counts & a.is_good[joined.a] & b.is_good[joined.b]
    return count_pairs(getattr(a, agreement.by)[joined.a[kept]],
                       getattr(b, agreement.by)[joined.b[kept]])


def count_pairs(of_a: np.ndarray, of_b: np.ndarray) -> list[Confused]:
    """Count pairs of names, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for pair in zip(of_a, of_b):
        counts[pair] = counts.get(pair, 0) + 1
    return [Confused(*pair, frames) for pair, frames in sorted(
        counts.items(), key=lambda item: (-item[1], item[0]))]


def episodes_of(a: Results, agreement: Agreement) -> list[tuple[int, int]]:
    """
    Group changed frames that follow one another in a stream, with the same two answers or not.

    Gives pairs of places among the pairs: the first, and the one behind the last.
    """
    changed, rows = agreement.changed, agreement.joined.a
    if not len(changed):
        return []
    recordings, topics = a.recording[rows], a.topic[rows]
    episodes, first = [], int(changed[0])
    for before, place in zip(changed, changed[1:]):
        if place != before + 1 or (recordings[place], topics[place]) != (
                recordings[before], topics[before]):
            episodes.append((first, int(before) + 1))
            first = int(place)
    return [*episodes, (first, int(changed[-1]) + 1)]


def surest(a: Results, b: Results, agreement: Agreement, places: np.ndarray) -> np.ndarray:
    """Sort places among the pairs: where the less sure of both answers has the highest score."""
    sure = np.minimum(a.score[agreement.joined.a[places]], b.score[agreement.joined.b[places]])
    return places[np.argsort(-sure, kind='stable')]


def describe_agreement(a: Results, b: Results, agreement: Agreement) -> dict[str, Any]:
    """Give the figures, ready for JSON."""
    joined, changed = agreement.joined, agreement.changed
    good = a.is_good[joined.a] & b.is_good[joined.b]
    steps = np.abs(a.score[joined.a] - b.score[joined.b])[good]
    listed = np.sort(surest(a, b, agreement, changed)[:LISTED])
    return {
        'agreement': agreement.share, 'agreement_of': agreement.by,
        'label_agreement': agreement.label_share, 'frames': agreement.frames,
        'joined': len(joined.a), 'agreed': agreement.agreed, 'changed': len(changed),
        'only_in_a': len(joined.only_a), 'only_in_b': len(joined.only_b),
        'damaged_in_both': int((~agreement.counts).sum()),
        'episodes': len(episodes_of(a, agreement)),
        'score_difference': {'mean': float(steps.mean()) if len(steps) else 0.0,
                             'max': float(steps.max()) if len(steps) else 0.0},
        'confusion': [one._asdict() for one in confusion_of(a, b, agreement)[:LISTED]],
        'changed_frames': [changed_frame(a, b, agreement, place) for place in listed],
        'only_in_a_frames': [_frame(a, row) for row in joined.only_a[:LISTED]],
        'only_in_b_frames': [_frame(b, row) for row in joined.only_b[:LISTED]]}


def changed_frame(a: Results, b: Results, agreement: Agreement, place: int) -> dict[str, Any]:
    """Give both answers to one frame."""
    row, other = agreement.joined.a[place], agreement.joined.b[place]
    return {**_frame(a, row), 'a': getattr(a, agreement.by)[row], 'score_a': float(a.score[row]),
            'b': getattr(b, agreement.by)[other], 'score_b': float(b.score[other])}


def _frame(results: Results, row: int) -> dict[str, Any]:
    recording = results.recording[row]
    received_ns = int(results.received_ns[row])
    return {'recording': recording, 'topic': results.topic[row], 'received_ns': received_ns,
            'stamp_ns': int(results.stamp_ns[row]),
            'at_s': (received_ns - results.start_ns_of(recording)) / SECOND_NS}
