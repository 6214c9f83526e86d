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

"""The sections of the page, from the verdict to the details."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.latency import STATISTICS
from shufflenet_ros.comparison.provenance import differences_of, facts_of
from shufflenet_ros.comparison.recorded_images import Wanted
from shufflenet_ros.comparison.report.figures import GREY
from shufflenet_ros.comparison.report.highlights import Highlight
from shufflenet_ros.comparison.report.markup import (
    count,
    dot,
    element,
    Html,
    image,
    joined,
    meter,
    percent,
    table,
    text,
)
from shufflenet_ros.comparison.timeline import DAMAGED
from shufflenet_ros.comparison.verdict import Check, has_passed, why_failed

AT_ONCE = 12
"""Frames that are shown before a click."""
MOST_ROWS = 200
"""Of a table; beyond, it says how many are left out."""


def heading(comparison: Comparison) -> Iterator[Html]:
    """Title, and what was compared."""
    title = 'A against B' if comparison.b is not None else 'Results of a replay'
    yield element('h1', title)
    names = [f'<b>{side.letter}</b> {text(_who(side.results))}' if comparison.b is not None
             else str(text(_who(side.results))) for side in comparison.sides]
    yield Html(f'<p class="names">{"<br>".join(names)}</p>')


def verdict(comparison: Comparison, checks: Sequence[Check]) -> Iterator[Html]:
    """Say first whether it passed, and the main thing that happened."""
    story = _story(comparison)
    if not checks:
        yield _banner('', story, 'Nothing was to be met: give --fail-under or --conditions for a '
                      'verdict.')
    elif has_passed(checks):
        met = sum(check.counts for check in checks)
        yield _banner('good', 'Passed', f'{"All " if met > 1 else ""}{count(met, "condition")} '
                      f'met. {story}')
    else:
        yield _banner('bad', 'Failed', f'{why_failed(checks)}. {story}')


def tiles(comparison: Comparison, metrics: Mapping[str, Any]) -> Html:
    """Give the main figures in large."""
    found = list(_tiles(comparison, metrics))
    return Html('<div class="tiles">' + ''.join(
        f'<div class="tile"><b>{text(value)}</b><span>{text(name)}</span></div>'
        for value, name in found) + '</div>')


def differences(comparison: Comparison) -> Iterator[Html]:
    """Say what is not the same about how A and B were made."""
    facts = differences_of(comparison)
    if comparison.b is not None:
        yield element('h2', 'What differs between the two')
        if facts:
            yield table(('', 'A', 'B'), [(fact.name, fact.a, fact.b) for fact in facts])
        else:
            yield element('p', 'Nothing: model, versions and options are the same.')


def remarks(lines: Sequence[str]) -> Iterator[Html]:
    """Say what a reader must know before trusting the figures."""
    for line in lines:
        yield element('p', line, 'note')


def conditions(checks: Sequence[Check]) -> Iterator[Html]:
    """All conditions; those that are not met come first."""
    if not checks:
        return
    yield element('h2', 'Conditions')
    order = sorted(range(len(checks)), key=lambda place: (
        checks[place].holds or not checks[place].counts, place))
    rows = [(_state(checks[place]), checks[place].name, checks[place].measured,
             checks[place].wanted) for place in order]
    yield table(('', 'condition', 'measured', 'wanted'), rows[:MOST_ROWS])
    yield from _left_out(len(rows))


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


def durations(comparison: Comparison, metrics: Mapping[str, Any],
              colours: Mapping[str, str]) -> Iterator[Html]:
    """How long each class was seen, of all streams together and of each."""
    yield element('h2', 'How long each class was seen')
    wholes = {letter: _total(one['streams']) for letter, one in metrics['results'].items()}
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
        yield from _left_out(len(rows))


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
    yield from _left_out(len(rows))
    if reasons:
        yield element('h3', 'Messages without a classification')
        yield table((*first, 'recording and topic', 'messages', 'why'), reasons[:MOST_ROWS],
                    (len(first) + 1,))
    yield from _gaps(metrics)


def origin(comparison: Comparison) -> Html:
    """All that is known of where the results come from."""
    two = comparison.b is not None
    return table(('', 'A', 'B') if two else (), [
        (fact.name, fact.a, *([fact.b] if two else [])) for fact in facts_of(comparison)])


def details(name: str, content: Html, rows: int = 0) -> Html:
    """Put something where a click shows it."""
    note = joined(_left_out(rows))
    return Html(f'<details><summary>{text(name)}</summary>{content}{note}</details>')


def _who(results: Any) -> str:
    model = results.provenance.get('model')
    options = results.provenance.get('options')
    words = [results.name]
    if isinstance(model, Mapping):
        words.append(f'model {model.get("name", "?")}')
        words += [str(model[key]) for key in ('form',) if isinstance(model.get(key), str)]
    if isinstance(options, Mapping) and options.get('threshold'):
        words.append(f'threshold {options["threshold"]}')
    return ' \u00b7 '.join(words)


def _story(comparison: Comparison) -> str:
    agreement = comparison.agreement
    if agreement is None:
        streams = comparison.streams['A']
        line = (f'{count(len(comparison.a), "frame")} of '
                f'{count(len({one.recording for one in streams}), "recording")}')
        damaged = int((~comparison.a.is_good).sum())
        line += f', {damaged} of them damaged.' if damaged else ', all classified.'
    else:
        changed, lost = len(agreement.changed), len(agreement.joined.only_a) + len(
            agreement.joined.only_b)
        line = (f'A and B agree on {percent(agreement.share)} of '
                f'{count(agreement.frames, "frame")}'
                + (f'; {changed} changed' if changed else '')
                + (f'; {lost} only in one of them' if lost else '') + '.')
    for letter, found in comparison.accuracies.items():
        line += f' Accuracy{" of " + letter if agreement is not None else ""}: ' + (
            f'{percent(found.share)}.')
    return line


def _tiles(comparison: Comparison, metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    results, two = metrics['results'], comparison.b is not None
    found = metrics.get('agreement')
    if found:
        yield percent(found['agreement']), 'frames with the same class'
        yield count(found['changed'], 'frame'), (
            f'changed, in {count(found["episodes"], "place")}')
        yield f'{found["score_difference"]["mean"]:.4f}', (
            f'mean difference of scores, at most {found["score_difference"]["max"]:.3f}')
    for letter, one in results.items():
        if 'truth' in one:
            share = one['truth']['accuracy']
            yield percent(share['value']), (
                f'accuracy{" of " + letter if two else ""}, {percent(share["low"], 1)} to '
                f'{percent(share["high"], 1)}')
    if not found:
        streams = results['A']['streams']
        yield count(results['A']['frames'], 'frame'), (
            f'in {count(len(streams), "stream")}, '
            f'{sum(one["seconds"] for one in streams):.1f} s')
        classes = _total(streams)
        for name in [*classes][:1]:
            yield name, f'most of the time: {percent(classes[name]["share_of_time"], 1)}'
        yield str(sum(one['changes'] for one in streams)), 'changes of class'
    times = [(letter, one['latency_ms']['total']) for letter, one in results.items()
             if 'total' in one['latency_ms']]
    if times:
        yield ' / '.join(f'{one["p50"]:.2f}' for _, one in times) + ' ms', (
            f'time of a frame{", A / B" if len(times) > 1 else ""}; p99 '
            + ' / '.join(f'{one["p99"]:.2f}' for _, one in times))
    damaged = [sum(one['problems'].values()) for one in results.values()]
    gaps = [sum(each['gaps']['count'] for each in one['streams']) for one in results.values()]
    yield ' / '.join(map(str, damaged)), f'damaged messages{", A / B" if two else ""}'
    yield ' / '.join(map(str, gaps)), f'gaps in the stamps{", A / B" if two else ""}'


def _banner(kind: str, strong: str, line: str) -> Html:
    return Html(f'<div class="verdict {kind}"><strong>{text(strong)}</strong>'
                f'<span>{text(line)}</span></div>')


def _state(check: Check) -> Html:
    if check.holds:
        return Html('<span class="yes">\u2713 met</span>')
    if check.counts:
        return Html('<span class="no">\u2717 not met</span>')
    return Html('<span class="soft">not needed</span>')


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


def _total(streams: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
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
    return joined([table(head, rows, numbers), *_left_out(len(names))])


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


def _left_out(rows: int) -> Iterator[Html]:
    if rows > MOST_ROWS:
        yield element('p', f'{rows - MOST_ROWS} more are left out here; metrics.json has the '
                      'figures of all, and up to 1000 frames.', 'soft')
