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

"""What a golden file holds of a recording, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from shufflenet_ros.core.text import plain
from shufflenet_ros.replay.results import FrameResult
from shufflenet_ros.testing.runs import by_topic, images_of, Run, runs_of

TIME_TOLERANCE_S = 0.0015
"""Times are rounded to ms."""
SHOWN = 20
"""Differences that are listed of each topic."""


def golden_values(recording: str, rows: Iterable[FrameResult], start_ns: int) -> dict[str, Any]:
    """Give the runs of each topic: plain values, rounded so that a person can read them."""
    return {'recording': recording, 'topics': {
        topic: {'images': len(of_topic), 'runs': [_values(run) for run in runs_of(
            of_topic, start_ns)]} for topic, of_topic in by_topic(rows).items()}}


def differences(expected: Mapping[str, Any], obtained: Mapping[str, Any], agreement: float,
                score_tolerance: float) -> list[str]:
    """
    Say in lines what differs, nothing where all is well.

    The name of the recording may. Raises KeyError, TypeError or AttributeError for values that
    :func:`golden_values` did not give.
    """
    lines = []
    for topic in sorted({*expected['topics'], *obtained['topics']}):
        there, now = (one['topics'].get(topic) for one in (expected, obtained))
        name = plain(topic)
        if there is None or now is None:
            lines.append(f'{name}: {"in" if there else "not in"} the golden file, '
                         f'{"in" if now else "not in"} the results')
        elif there['images'] != now['images']:
            lines.append(f'{name}: {now["images"]} images, the golden file has {there["images"]}')
        else:
            lines += _of_classes(name, there, now, agreement)
            lines += _of_runs(name, there['runs'], now['runs'], score_tolerance)
    return lines


def _values(run: Run) -> dict[str, Any]:
    begin = {'from_s': round(run.from_s, 3), 'frames': run.frames}
    if run.problem:
        return {**begin, 'problem': run.problem}
    return {**begin, 'class': run.label or None, 'score': round(run.score, 2)}


def _of_classes(topic: str, there: Mapping[str, Any], now: Mapping[str, Any],
                agreement: float) -> Iterator[str]:
    """Compare image by image."""
    pairs = zip(_answers(there['runs']), _answers(now['runs']))
    stretches = [(answers, list(group)) for answers, group in groupby(
        pairs, lambda pair: (pair[0][1], pair[1][1])) if answers[0] != answers[1]]
    count, images = sum(len(group) for _, group in stretches), now['images']
    if count <= (1 - agreement) * images + 1e-9:
        return
    yield (f'{topic}: {count} of {images} images have another class; agreement '
           f'{1 - count / images:.3f}, expected {agreement:g}')
    for (expected, obtained), group in stretches[:SHOWN]:
        # A stretch begins where one of the two begins a run.
        at_s = next(time_s for time_s, _ in reversed(group[0]) if time_s is not None)
        yield (f'  {images_of(len(group))} from {at_s:.2f} s on: {obtained}, the golden file has '
               f'{expected}')
    if len(stretches) > SHOWN:
        yield f'  and {len(stretches) - SHOWN} more'


def _answers(runs: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float | None, str]]:
    """Give for each image the time where a run begins with it, and its class in words."""
    for run in runs:
        for number in range(run['frames']):
            yield run['from_s'] if number == 0 else None, _answer(run)


def _answer(run: Mapping[str, Any]) -> str:
    if 'problem' in run:
        return f'damaged ({plain(run["problem"])})'
    return 'no class' if run['class'] is None else plain(run['class'])


def _of_runs(topic: str, there: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]],
             score_tolerance: float) -> list[str]:
    """Compare scores and times of the runs that both have."""
    expected = dict(_by_place(there))
    lines = []
    for place, run in _by_place(now):
        other = expected.get(place)
        if other is None:
            continue
        when = f'  {topic} at {run["from_s"]:.2f} s: '
        if abs(run['from_s'] - other['from_s']) > TIME_TOLERANCE_S:
            lines.append(f'{when}the golden file has this image at {other["from_s"]:.3f} s')
        score, before = run.get('score', 0.0), other.get('score', 0.0)
        if abs(score - before) > score_tolerance + 1e-9:
            lines.append(f'{when}{_answer(run)} has score {score:.2f}, the golden file '
                         f'{before:.2f}; {score_tolerance:g} is allowed')
    return lines[:SHOWN] + ([f'  and {len(lines) - SHOWN} more'] if len(lines) > SHOWN else [])


def _by_place(runs: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[int, int, str],
                                                                   Mapping[str, Any]]]:
    """Give each run under the number of its first image, its length and its class."""
    number = 0
    for run in runs:
        yield (number, run['frames'], _answer(run)), run
        number += run['frames']
