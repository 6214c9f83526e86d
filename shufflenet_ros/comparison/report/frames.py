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

"""Frames in the page: changed ones with images and answers, and lists of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.recorded_images import Wanted
from shufflenet_ros.comparison.report.figures import GREY
from shufflenet_ros.comparison.report.figures_in_tables import details, MOST_ROWS
from shufflenet_ros.comparison.report.highlights import Highlight
from shufflenet_ros.comparison.report.markup import count, dot, element, Html, image, table, text

AT_ONCE = 12
"""Frames that are shown before a click."""


def sheet(comparison: Comparison, highlights: Sequence[Highlight], number: int,
          images: Mapping[Wanted, np.ndarray], colours: Mapping[str, str]) -> Iterator[Html]:
    """Frames with their images and answers."""
    two = comparison.b is not None
    yield element('h2', 'What changed' if two else 'Where the class changes')
    if not highlights:
        yield element('p', 'No frame: both give every frame the same class.' if two
                      else 'It does not change.')
        return
    kind = 'place' if two else 'run'
    chosen = '' if number == len(highlights) else (
        f' Shown are the {len(highlights)} where the less sure of both answers has the highest '
        'score.' if two else f' Shown are the {len(highlights)} longest.')
    yield element('p', f'{count(number, kind)}{_what(two, number)}.{chosen}', 'soft')
    streams = comparison.streams['A']
    has_topics = len(streams) > len({one.recording for one in streams})
    cards = [_card(one, images.get(one.frame), colours, len(streams) > 1, has_topics)
             for one in highlights]
    yield _sheet(cards[:AT_ONCE])
    if cards[AT_ONCE:]:
        yield details(f'{len(cards) - AT_ONCE} more', _sheet(cards[AT_ONCE:]))


def only_in_one(comparison: Comparison, metrics: Mapping[str, Any]) -> Iterator[Html]:
    """Frames that the other one lacks."""
    found = metrics.get('agreement')
    if not found or not (found['only_in_a'] or found['only_in_b']):
        return
    yield element('h3', 'Frames in one of them only')
    yield element('p', 'They count as disagreement.', 'soft')
    rows = [(letter.upper(), frame['recording'], frame['topic'], f'{frame["at_s"]:.3f} s',
             str(frame['received_ns'])) for letter in 'ab'
            for frame in found[f'only_in_{letter}_frames']]
    yield details(f'{count(found["only_in_a"], "frame")} only in A, '
                  f'{count(found["only_in_b"], "frame")} only in B',
                  table(('in', 'recording', 'topic', 'at', 'received_ns'), rows[:MOST_ROWS],
                        (3, 4)), found['only_in_a'] + found['only_in_b'])


def changed_table(metrics: Mapping[str, Any]) -> Iterator[Html]:
    """Every changed frame in words."""
    found = metrics.get('agreement')
    if not found or not found['changed']:
        return
    rows = [(one['recording'], one['topic'], f'{one["at_s"]:.3f} s', one['a'] or '-',
             f'{one["score_a"]:.3f}', one['b'] or '-', f'{one["score_b"]:.3f}')
            for one in found['changed_frames']]
    yield details('All changed frames as a table', table(
        ('recording', 'topic', 'at', 'A', 'score', 'B', 'score'), rows[:MOST_ROWS], (2, 4, 6)),
        found['changed'])


def _what(two: bool, number: int) -> str:
    if two:
        return ' where the answer changed' if number == 1 else ' where answers changed'
    return ' of one class'


def _card(one: Highlight, pixels: np.ndarray | None, colours: Mapping[str, str],
          has_name: bool, has_topic: bool) -> str:
    picture = Html('<div class="blank">no image</div>') if pixels is None else image(
        pixels, f'{one.frame.recording} {one.at_s:.3f} s')
    answers = ''.join(
        f'<div class="answer"><span>{_who_says(answer.who)}'
        f'{dot(colours.get(answer.name, GREY), answer.name)}</span>'
        f'<span>{"" if answer.score is None else f"{answer.score:.3f}"}</span></div>'
        for answer in one.answers)
    where = (f'{one.frame.recording} ' if has_name else '') + (
        f'{one.frame.topic} ' if has_topic else '')
    return (f'<figure class="card">{picture}<figcaption>{answers}'
            f'<span class="soft">{text(where)}{one.at_s:.3f} s; {text(one.note)}</span>'
            '</figcaption></figure>')


def _sheet(cards: Sequence[str]) -> Html:
    return Html(f'<div class="sheet">{"".join(cards)}</div>')


def _who_says(who: str) -> str:
    return f'<b>{text(who)}</b> ' if who else ''
