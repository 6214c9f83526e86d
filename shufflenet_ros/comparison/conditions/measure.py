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

"""The figures that conditions may be about, for some frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from shufflenet_ros.comparison.agreement import Agreement, agreement_of
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.conditions.metric_names import OF_CLASS, OF_TWO
from shufflenet_ros.comparison.join import Joined
from shufflenet_ros.comparison.latency import statistics_of
from shufflenet_ros.comparison.results import Results, SECOND_NS, Stream
from shufflenet_ros.comparison.timeline import changes_of, runs_of, stamp_faults_of
from shufflenet_ros.comparison.truth import accuracy_of


class CannotMeasure(Exception):
    """Why there is no such figure."""


def measure(metric: str, comparison: Comparison, letter: str,
            parts: Sequence[np.ndarray]) -> float:
    """
    Give a figure of one result.

    ``parts`` are the rows of each stream that it is about. Raises CannotMeasure.
    """
    results = comparison.a if letter == 'A' or comparison.b is None else comparison.b
    rows = np.concatenate(parts) if parts else np.array([], np.int64)
    kind, _, name = metric.partition('/')
    if metric in OF_TWO:
        return _of_two(metric, comparison, letter, rows)
    if metric == 'frames':
        return float(len(rows))
    if not len(rows):
        raise CannotMeasure('no frame in this time, topic and recording')
    if kind == 'latency':
        return _latency(results, rows, *name.rsplit('/', 1))
    if metric == 'accuracy' or kind in OF_CLASS:
        return _of_truth(kind, name, comparison, letter, rows)
    return _OF_ONE[metric](results, parts)


def _latency(results: Results, rows: np.ndarray, stage: str, statistic: str) -> float:
    values = results.times.get(stage[:-len('_ms')])
    figures = {} if values is None else statistics_of(values[rows])
    if not figures:
        raise CannotMeasure(f'there are no times of {stage}: results of a replay have them in '
                            'the folder latency')
    return figures[statistic]


def _of_truth(kind: str, name: str, comparison: Comparison, letter: str,
              rows: np.ndarray) -> float:
    if letter not in comparison.truths:
        raise CannotMeasure('nobody said what the frames show; give --labels')
    results = dict(comparison.sides)[letter]
    found = accuracy_of(results, comparison.truths[letter], rows)
    if kind == 'accuracy':
        value = found.share
    else:
        value = found.classes.get(name, {}).get(kind, {}).get('value')
    if value is None:
        raise CannotMeasure('no labelled frame for it')
    return value


def _of_two(metric: str, comparison: Comparison, letter: str, rows: np.ndarray) -> float:
    if comparison.b is None or comparison.agreement is None:
        raise CannotMeasure('there is only one result; give B')
    agreement = _part_of(comparison.agreement, comparison, letter, rows)
    joined = agreement.joined
    if metric in ('agreement', 'label_agreement'):
        share = agreement.share if metric == 'agreement' else agreement.label_share
        if share is None:
            raise CannotMeasure('no frame in this time, topic and recording')
        return share
    if metric == 'changed_frames':
        return float(len(agreement.changed))
    if metric in ('only_in_a', 'only_in_b'):
        return float(len(joined.only_a if metric == 'only_in_a' else joined.only_b))
    good = comparison.a.is_good[joined.a] & comparison.b.is_good[joined.b]
    steps = np.abs(comparison.a.score[joined.a] - comparison.b.score[joined.b])[good]
    if not len(steps):
        raise CannotMeasure('no frame that both have')
    return float(steps.max() if metric.endswith('max') else steps.mean())


def _part_of(agreement: Agreement, comparison: Comparison, letter: str,
             rows: np.ndarray) -> Agreement:
    """Keep the pairs of some rows, and those frames of the other result that lie among them."""
    sides = dict(comparison.sides)
    results, other = sides[letter], sides['B' if letter == 'A' else 'A']
    joined = agreement.joined
    if len(rows) == len(results):
        return agreement
    kept = np.isin(joined.a if letter == 'A' else joined.b, rows)
    own = np.intersect1d(joined.only_a if letter == 'A' else joined.only_b, rows)
    others = joined.only_b if letter == 'A' else joined.only_a
    first, last = (results.received_ns[rows].min(), results.received_ns[rows].max()) if len(
        rows) else (1, 0)
    among = others[(other.received_ns[others] >= first) & (other.received_ns[others] <= last)]
    only_a, only_b = (own, among) if letter == 'A' else (among, own)
    part = Joined(joined.a[kept], joined.b[kept], only_a, only_b, joined.streams, ())
    assert comparison.b is not None
    return agreement_of(comparison.a, comparison.b, part)


def _streams(results: Results, parts: Sequence[np.ndarray]) -> list[Stream]:
    return [Stream(results.recording[rows[0]], results.topic[rows[0]], rows)
            for rows in parts if len(rows)]


def _rate_hz(results: Results, parts: Sequence[np.ndarray]) -> float:
    """Give the rate of the slowest stream."""
    rates = []
    for stream in _streams(results, parts):
        times = results.received_ns[stream.rows]
        span = (times[-1] - times[0]) / SECOND_NS
        rates.append((len(times) - 1) / span if span else 0.0)
    return float(min(rates))


def _scores(results: Results, parts: Sequence[np.ndarray]) -> np.ndarray:
    rows = np.concatenate(parts)
    scores = results.score[rows][results.is_good[rows]]
    if not len(scores):
        raise CannotMeasure('no frame was classified')
    return scores


def _of_faults(name: str) -> Callable[[Results, Sequence[np.ndarray]], float]:
    def count(results: Results, parts: Sequence[np.ndarray]) -> float:
        found = [stamp_faults_of(results, stream) for stream in _streams(results, parts)]
        return float(sum(getattr(one, name) for one in found))
    return count


_OF_ONE: dict[str, Callable[[Results, Sequence[np.ndarray]], float]] = {
    'rate_hz': _rate_hz,
    'problems': lambda results, parts: float((~results.is_good[np.concatenate(parts)]).sum()),
    'changes': lambda results, parts: float(sum(
        len(changes_of(runs_of(results, stream))) for stream in _streams(results, parts))),
    'gaps': lambda results, parts: float(sum(
        len(stamp_faults_of(results, stream).gaps) for stream in _streams(results, parts))),
    'longest_gap_s': lambda results, parts: max(
        (gap.seconds for stream in _streams(results, parts)
         for gap in stamp_faults_of(results, stream).gaps), default=0.0),
    'missing_frames': _of_faults('missing'),
    'repeated_stamps': _of_faults('repeated'),
    'backwards_stamps': _of_faults('backwards'),
    'mean_score': lambda results, parts: float(_scores(results, parts).mean()),
    'min_score': lambda results, parts: float(_scores(results, parts).min())}
