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

"""Whether conditions hold: each with what was measured and what was wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite

import numpy as np
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.conditions.condition_file import (
    ClassCondition,
    Condition,
    DURATIONS,
    Group,
    MetricCondition,
    PASS_RATE,
    Scope,
    SHARES,
)
from shufflenet_ros.comparison.conditions.measure import CannotMeasure, measure
from shufflenet_ros.comparison.results import Results, SECOND_NS, seconds_of, Stream, streams_of
from shufflenet_ros.comparison.timeline import spans_s
from shufflenet_ros.comparison.verdict import Check

ROS_TIME = 1e8
"""Seconds from which on a time is one of recording: no recording lasts three years."""


def judge(conditions: Sequence[Condition], comparison: Comparison) -> list[Check]:
    """Judge all; members of a group stand behind it."""
    return [check for one in conditions for check in _judge(one, comparison, '', True)]


def _judge(one: Condition, comparison: Comparison, path: str, counts: bool) -> list[Check]:
    """Judge one; ``counts`` is whether it must hold for the verdict."""
    if isinstance(one, Group):
        return _judge_group(one, comparison, path, counts)
    kind = 'classification' if isinstance(one, ClassCondition) else 'metric'
    letter, results = _results(one.scope, comparison)
    where = _where(one.scope, letter, len(comparison.sides))
    if results is None:
        measured, wanted, holds = 'there is no result B', _wanted(one), False
    else:
        try:
            measured, holds = _measured(one, comparison, letter, results)
        except CannotMeasure as error:
            measured, holds = str(error), False
        wanted = _wanted(one)
    return [Check(f'{path}{one.name}', kind, holds, measured, f'{wanted}{where}', counts)]


def _judge_group(one: Group, comparison: Comparison, path: str, counts: bool) -> list[Check]:
    below = f'{path}{one.name} / '
    firsts, checks = [], []
    for member in one.members:
        found = _judge(member, comparison, below, False)
        firsts.append(found[0])
        checks += found
    held = sum(check.holds for check in firsts)
    holds = held == len(firsts) if one.kind == 'all_of' else held > 0
    broken = [check.name.rpartition(' / ')[2] for check in firsts if not check.holds]
    measured = f'{held} of {len(firsts)} hold' + (
        f'; not: {", ".join(broken)}' if broken else '')
    wanted = 'all of its conditions' if one.kind == 'all_of' else 'any of its conditions'
    if counts and not holds:
        # Members of a group that holds are told, and fail nothing.
        checks = [check._replace(counts=not check.holds) for check in checks]
    return [Check(f'{path}{one.name}', 'group', holds, measured, wanted, counts), *checks]


def _results(scope: Scope, comparison: Comparison) -> tuple[str, Results | None]:
    letter = scope.result or ('A' if comparison.b is None else 'B')
    return letter, comparison.a if letter == 'A' else comparison.b


def _measured(one: ClassCondition | MetricCondition, comparison: Comparison, letter: str,
              results: Results) -> tuple[str, bool]:
    rows = [_rows(one.scope, results, stream) for stream in streams_of(results)]
    if isinstance(one, ClassCondition):
        return _class_measured(one, results, [each for each in rows if len(each)])
    value = measure(one.metric, comparison, letter, rows)
    return f'{one.metric} {_shown(one.metric, value)}', one.low <= value <= one.high


def _rows(scope: Scope, results: Results, stream: Stream) -> np.ndarray:
    """Choose the frames of a stream that a condition is about."""
    if (scope.recording and scope.recording != stream.recording) or (
            scope.topic and scope.topic != stream.topic):
        return stream.rows[:0]
    of_recording = seconds_of(results, stream)
    of_clock = results.received_ns[stream.rows] / SECOND_NS
    kept = np.ones(len(stream.rows), bool)
    for limit, is_start in ((scope.start, True), (scope.end, False)):
        times = of_clock if isfinite(limit) and abs(limit) >= ROS_TIME else of_recording
        kept &= times >= limit if is_start else times <= limit
    return stream.rows[kept]


def _class_measured(one: ClassCondition, results: Results,
                    parts: list[np.ndarray]) -> tuple[str, bool]:
    frames = sum(map(len, parts))
    if not frames:
        raise CannotMeasure('no frame in this time, topic and recording')
    hits = [np.isin(getattr(results, one.label_of)[rows], one.labels) & results.is_good[rows]
            for rows in parts]
    count = sum(int(part.sum()) for part in hits)
    share = count / frames
    if one.rule in DURATIONS:
        longest = max(_longest_s(results, rows, part) for rows, part in zip(parts, hits))
        measured = f'for {longest:.3f} s without a break'
        holds = longest > one.threshold if one.rule == DURATIONS[0] else longest < one.threshold
    else:
        measured = f'in {count} of {frames} frames ({share:.2%})'
        holds = {'all_of': count == frames, 'any_of': count > 0, PASS_RATE: share >= one.threshold,
                 SHARES[0]: share > one.threshold, SHARES[1]: share < one.threshold}[one.rule]
    return measured, holds != one.is_negative


def _longest_s(results: Results, rows: np.ndarray, hits: np.ndarray) -> float:
    """Give the longest time in which all frames of a stream are hits (s)."""
    spans = spans_s((results.received_ns[rows] - results.received_ns[rows[0]]) / SECOND_NS)
    longest = current = 0.0
    for hit, span in zip(hits.tolist(), spans.tolist()):
        current = current + span if hit else 0.0
        longest = max(longest, current)
    return longest


def _wanted(one: ClassCondition | MetricCondition) -> str:
    if isinstance(one, MetricCondition):
        ends = [f'at least {_shown(one.metric, one.low)}' if one.low > -inf else '',
                f'at most {_shown(one.metric, one.high)}' if one.high < inf else '']
        return f'{one.metric} {" and ".join(end for end in ends if end)}'
    label = ' or '.join(name or '(no label)' for name in one.labels)
    how = {'all_of': 'in all frames', 'any_of': 'in at least one frame',
           PASS_RATE: f'in at least {one.threshold:.4g} of the frames',
           SHARES[0]: f'in more than {one.threshold:.4g} of the frames',
           SHARES[1]: f'in less than {one.threshold:.4g} of the frames',
           DURATIONS[0]: f'for more than {one.threshold:g} s without a break',
           DURATIONS[1]: f'for less than {one.threshold:g} s without a break'}[one.rule]
    if one.is_negative:
        how = {'any_of': 'in no frame'}.get(one.rule, f'not {how}')
    return f'{label} {how}'


def _where(scope: Scope, letter: str, sides: int) -> str:
    return ''.join(_places(scope, letter, sides))


def _places(scope: Scope, letter: str, sides: int) -> Iterator[str]:
    if sides > 1:
        yield f', {letter}'
    if scope.recording:
        yield f', {scope.recording}'
    if scope.topic:
        yield f', {scope.topic}'
    if scope.start > -inf or scope.end < inf:
        start = 'the beginning' if scope.start == -inf else f'{scope.start:.12g} s'
        yield f', {start} to {"the end" if scope.end == inf else f"{scope.end:.12g} s"}'


def _shown(metric: str, value: float) -> str:
    unit = ' ms' if metric.startswith('latency/') else ' s' if metric.endswith('_s') else (
        ' Hz' if metric.endswith('_hz') else '')
    return f'{value:.6g}{unit}'
