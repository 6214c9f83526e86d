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

"""Figures in tables: durations of classes, accuracy, latency, stamps and damaged messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.latency import STATISTICS
from shufflenet_ros.comparison.report.figures import GREY
from shufflenet_ros.comparison.report.markup import (
    count,
    dot,
    element,
    Html,
    joined,
    meter,
    percent,
    table,
    text,
)
from shufflenet_ros.comparison.timeline import DAMAGED

MOST_ROWS = 200
"""Of a table; beyond, it says how many are left out."""


def durations(comparison: Comparison, metrics: Mapping[str, Any],
              colours: Mapping[str, str]) -> Iterator[Html]:
    """How long each class was seen, of all streams together and of each."""
    yield element('h2', 'How long each class was seen')
    wholes = {letter: total(one['streams']) for letter, one in metrics['results'].items()}
    yield _durations(wholes, colours)
    streams = metrics['results']['A']['streams']
    if len(streams) > 1:
        parts = [joined([element('h3', _stream_name(one)),
                         _durations({'A': one['classes']}, colours)]) for one in streams[:40]]
        yield details('Each recording and topic' + (' of A' if comparison.b is not None else ''),
                      joined(parts))


def accuracy(metrics: Mapping[str, Any]) -> Iterator[Html]:
    """Precision and recall with their intervals."""
    for letter, one in metrics['results'].items():
        if 'truth' not in one:
            continue
        found = one['truth']
        whose = f'{letter}: ' if len(metrics['results']) > 1 else ''
        yield element('h3', f'{whose}accuracy {_interval(found["accuracy"])}, {found["hits"]} of '
                      f'{count(found["frames"], "labelled frame")}')
        rows = [(name, str(each['frames']), _interval(each['precision']),
                 _interval(each['recall'])) for name, each in found['classes'].items()]
        yield table(('class', 'frames', 'precision (95 % interval)', 'recall (95 % interval)'),
                    rows[:MOST_ROWS], (1,))
        yield from left_out(len(rows))


def latency(metrics: Mapping[str, Any]) -> Iterator[Html]:
    """Give the figures of each stage, side by side."""
    letters = [letter for letter, one in metrics['results'].items() if one['latency_ms']]
    if not letters:
        yield element('p', 'No times were found. Results of a replay have them in the folder '
                      'latency; give the folder of the replay.', 'soft')
        return
    stages = list(dict.fromkeys(stage for letter in letters
                                for stage in metrics['results'][letter]['latency_ms']))
    rows = []
    for stage in stages:
        for letter in letters:
            found = metrics['results'][letter]['latency_ms'].get(stage, {})
            cells = [f'{found[name]:.3f}' if found else '-' for name in STATISTICS]
            rows.append((stage, *([letter] if len(metrics['results']) > 1 else []), *cells))
    head = ('stage', *(['']if len(metrics['results']) > 1 else []), *STATISTICS)
    yield table(head, rows, tuple(range(len(head) - len(STATISTICS), len(head))))
    yield element('p', 'In ms.', 'soft')


def stamps(metrics: Mapping[str, Any]) -> Iterator[Html]:
    """Rate, gaps, repeated and backwards stamps, damaged messages."""
    rows = []
    reasons = []
    for letter, one in metrics['results'].items():
        for found in one['streams']:
            whose = [letter] if len(metrics['results']) > 1 else []
            gaps, faults = found['gaps'], found['stamps']
            rows.append((*whose, _stream_name(found), f'{found["frames"]}',
                         f'{found["seconds"]:.2f} s', f'{found["rate_hz"]:.2f} Hz',
                         f'{gaps["count"]}', _seconds(gaps['longest_s']) if gaps['count'] else '-',
                         f'{gaps["missing_frames"]}', str(faults['repeated']),
                         str(faults['backwards']), str(faults['unstamped']),
                         str(sum(found['problems'].values()))))
            reasons += [(*whose, _stream_name(found), str(number), reason)
                        for reason, number in found['problems'].items()]
    first = ['']if len(metrics['results']) > 1 else []
    head = (*first, 'recording and topic', 'frames', 'length', 'rate', 'gaps', 'longest',
            'missing', 'repeated', 'backwards', 'no stamp', 'damaged')
    yield table(head, rows[:MOST_ROWS], tuple(range(len(first) + 1, len(head))))
    yield from left_out(len(rows))
    if reasons:
        yield element('h3', 'Messages without a classification')
        yield table((*first, 'recording and topic', 'messages', 'why'), reasons[:MOST_ROWS],
                    (len(first) + 1,))
    yield from _gaps(metrics)


def details(name: str, content: Html, rows: int = 0) -> Html:
    """Put something where a click shows it."""
    note = joined(left_out(rows))
    return Html(f'<details><summary>{text(name)}</summary>{content}{note}</details>')


def total(streams: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Add the durations of streams."""
    found: dict[str, dict[str, float]] = {}
    for stream in streams:
        for name, one in stream['classes'].items():
            into = found.setdefault(name, {'frames': 0, 'seconds': 0.0, 'scores': 0.0})
            into['frames'] += one['frames']
            into['seconds'] += one['seconds']
            into['scores'] += one['mean_score'] * one['frames']
    seconds = sum(one['seconds'] for one in found.values())
    for one in found.values():
        one['share_of_time'] = one['seconds'] / seconds if seconds else 0.0
        one['mean_score'] = one['scores'] / one['frames']
    return dict(sorted(found.items(), key=lambda pair: (-pair[1]['frames'], pair[0])))


def left_out(rows: int) -> Iterator[Html]:
    """Say how many rows a table does not show."""
    if rows > MOST_ROWS:
        yield element('p', f'{rows - MOST_ROWS} more are left out here; metrics.json has the '
                      'figures of all, and up to 1000 frames.', 'soft')


def _durations(of: Mapping[str, Mapping[str, Any]], colours: Mapping[str, str]) -> Html:
    """Make one row for each class, with columns for A and B beside one another."""
    names = list(dict.fromkeys(name for classes in of.values() for name in classes))
    columns = ('share of time', '', 'seconds', 'frames', 'mean score')
    head = ['class', *(f'{column} {letter}' if len(of) > 1 and column else column
                       for column in columns for letter in of)]
    rows = []
    for name in names[:MOST_ROWS]:
        cells = [_duration(name, classes.get(name), colours.get(name, GREY))
                 for classes in of.values()]
        rows.append([dot(colours.get(name, GREY), name),
                     *(cell for column in zip(*cells) for cell in column)])
    meters = range(1 + len(of), 1 + 2 * len(of))
    numbers = [place for place in range(1, len(head)) if place not in meters]
    return joined([table(head, rows, numbers), *left_out(len(names))])


def _duration(name: str, one: Mapping[str, Any] | None, colour: str) -> tuple[str, ...]:
    if one is None:
        return '-', '', '-', '-', '-'
    score = '-' if name == DAMAGED else f'{one["mean_score"]:.3f}'
    return (percent(one['share_of_time'], 1), meter(one['share_of_time'], colour),
            f'{one["seconds"]:.2f}', f'{one["frames"]:.0f}', score)


def _gaps(metrics: Mapping[str, Any]) -> Iterator[Html]:
    two = len(metrics['results']) > 1
    rows = [(*([letter] if two else []), _stream_name(found), f'{gap["start_s"]:.3f} s',
             f'{gap["seconds"]:.3f} s')
            for letter, one in metrics['results'].items() for found in one['streams']
            for gap in found['gaps']['longest']]
    if rows:
        yield details('Longest gaps in the stamps', table(
            (*(['']if two else []), 'recording and topic', 'after the first stamp', 'length'),
            rows[:MOST_ROWS], (len(rows[0]) - 2, len(rows[0]) - 1)))


def _stream_name(one: Mapping[str, Any]) -> str:
    return f'{one["recording"]} {one["topic"]}'


def _interval(share: Mapping[str, Any]) -> str:
    if share['value'] is None:
        return '-'
    low, high = percent(share['low'], 1), percent(share['high'], 1)
    return f'{percent(share["value"], 1)} ({low} to {high})'


def _seconds(value: float) -> str:
    return f'{value:.3f} s'
