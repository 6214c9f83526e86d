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

"""What a stream of results says over time: runs of one class, durations, gaps, rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.results import Results, SECOND_NS, seconds_of, Stream

NO_LABEL, DAMAGED = '(no label)', '(damaged)'
"""What stands for a class where the best one did not reach the threshold, or there is no image."""
GAP_PERIODS = 1.8
"""Periods between two stamps from which on a frame is missing: one missing frame makes two."""
SHOWN_GAPS = 20


class Run(NamedTuple):
    """Frames of one class that follow one another."""

    name: str
    start_s: float
    end_s: float
    """When the next frame came, or a period after the last one before a gap."""
    first: int
    """Place of its first frame in the stream."""
    frames: int
    score: float
    """Mean of the best class."""


class Gap(NamedTuple):
    """Time without a frame."""

    start_s: float
    seconds: float


@dataclass(frozen=True)
class StampFaults:
    """What is odd about the stamps of a stream."""

    gaps: tuple[Gap, ...]
    """Longest first."""
    missing: int
    """Frames that would fill the gaps."""
    repeated: int
    """Stamps equal to the one before."""
    backwards: int
    """Stamps before the one before."""
    unstamped: int
    """Frames without a stamp; their time of recording is taken."""


def shown_classes(results: Results, rows: np.ndarray) -> np.ndarray:
    """Give the class that each frame is shown with, object (frames,)."""
    shown = results.label[rows].copy()
    shown[shown == ''] = NO_LABEL
    shown[~results.is_good[rows]] = DAMAGED
    return shown


def period_s(seconds: np.ndarray) -> float:
    """Give the usual time between two frames: the median; 0 where there are less than two."""
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def spans_s(seconds: np.ndarray) -> np.ndarray:
    """Give how long each frame holds: until the next one, or a period where that comes late."""
    period = period_s(seconds)
    steps = np.append(np.maximum(np.diff(seconds), 0.0), period)
    return np.where(steps > GAP_PERIODS * period, period, steps)


def runs_of(results: Results, stream: Stream) -> list[Run]:
    """Give the runs of a stream in the order of time; a gap ends a run too."""
    seconds = seconds_of(results, stream)
    if not len(seconds):
        return []
    names, spans = shown_classes(results, stream.rows), spans_s(seconds)
    ends = seconds + spans
    is_new = (names[1:] != names[:-1]) | (seconds[1:] - ends[:-1] > 1e-9)
    starts = np.concatenate([[0], np.flatnonzero(is_new) + 1])
    stops = np.append(starts[1:], len(seconds))
    sums = np.add.reduceat(results.score[stream.rows], starts)
    return [Run(names[first], float(seconds[first]), float(ends[stop - 1]), int(first),
                int(stop - first), float(total / (stop - first)))
            for first, stop, total in zip(starts, stops, sums)]


def changes_of(runs: list[Run]) -> list[Run]:
    """Give the runs that begin with another class than the one before."""
    return [run for before, run in zip(runs, runs[1:]) if run.name != before.name]


def durations_of(results: Results, stream: Stream) -> dict[str, dict[str, Any]]:
    """Frames, seconds and shares of each class, the longest first."""
    seconds = seconds_of(results, stream)
    names, spans = shown_classes(results, stream.rows), spans_s(seconds)
    scores = results.score[stream.rows]
    total = float(spans.sum())
    found: dict[str, dict[str, Any]] = {}
    kinds, codes = np.unique(names.astype(str), return_inverse=True)
    for code, name in enumerate(kinds):
        of_class = codes == code
        found[str(name)] = {
            'frames': int(of_class.sum()), 'share_of_frames': float(of_class.mean()),
            'seconds': float(spans[of_class].sum()),
            'share_of_time': float(spans[of_class].sum()) / total if total else 0.0,
            'mean_score': float(scores[of_class].mean())}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1]['frames'], pair[0])))


def stamp_faults_of(results: Results, stream: Stream) -> StampFaults:
    """Look for gaps, repetitions and steps back in the stamps of a stream."""
    stamps, received = results.stamp_ns[stream.rows], results.received_ns[stream.rows]
    is_good = (stamps > 0) | results.is_good[stream.rows]
    unstamped = int((is_good & (stamps == 0)).sum())
    times = np.where(stamps > 0, stamps, received)
    # Time of recording and stamp may be of two clocks, so they are never mixed.
    known = times[stamps > 0] if unstamped < is_good.sum() else times
    steps = np.diff(known) / SECOND_NS
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    places = np.flatnonzero(steps > GAP_PERIODS * usual) if usual else np.array([], np.int64)
    gaps = [Gap(float((known[place] - known[0]) / SECOND_NS), float(steps[place]))
            for place in places]
    missing = sum(max(1, round(gap.seconds / usual) - 1) for gap in gaps)
    return StampFaults(tuple(sorted(gaps, key=lambda gap: (-gap.seconds, gap.start_s))), missing,
                       int((steps == 0).sum()), int((steps < 0).sum()), unstamped)


def problems_of(results: Results, rows: np.ndarray) -> dict[str, int]:
    """Count damaged messages by reason, the most frequent first."""
    problems = results.problem[rows]
    kinds, counts = np.unique(problems[problems != ''].astype(str), return_counts=True)
    pairs = zip(map(str, kinds), map(int, counts))
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def describe_stream(results: Results, stream: Stream) -> Mapping[str, Any]:
    """Give the figures of a stream, ready for JSON."""
    seconds, faults = seconds_of(results, stream), stamp_faults_of(results, stream)
    span = float(seconds[-1] - seconds[0]) if len(seconds) else 0.0
    runs = runs_of(results, stream)
    return {
        'recording': stream.recording, 'topic': stream.topic, 'frames': len(seconds),
        'start_s': float(seconds[0]) if len(seconds) else 0.0, 'seconds': span,
        'rate_hz': (len(seconds) - 1) / span if span else 0.0,
        'changes': len(changes_of(runs)), 'classes': durations_of(results, stream),
        'gaps': {'count': len(faults.gaps), 'missing_frames': faults.missing,
                 'longest_s': faults.gaps[0].seconds if faults.gaps else 0.0,
                 'longest': [gap._asdict() for gap in faults.gaps[:SHOWN_GAPS]]},
        'stamps': {'repeated': faults.repeated, 'backwards': faults.backwards,
                   'unstamped': faults.unstamped},
        'problems': problems_of(results, stream.rows)}
