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

"""What a reader sees first: verdict, main figures, conditions; and where results come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.provenance import differences_of, facts_of
from shufflenet_ros.comparison.report.figures_in_tables import left_out, MOST_ROWS, total
from shufflenet_ros.comparison.report.markup import (
    count,
    element,
    Html,
    percent,
    text,
    words_table,
)
from shufflenet_ros.comparison.results import Results
from shufflenet_ros.comparison.verdict import Check, has_passed, why_failed


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
    yield words_table(('', 'condition', 'measured', 'wanted'), rows[:MOST_ROWS])
    yield from left_out(len(rows))


def differences(comparison: Comparison) -> Iterator[Html]:
    """Say what is not the same about how A and B were made."""
    facts = differences_of(comparison)
    if comparison.b is not None:
        yield element('h2', 'What differs between the two')
        if facts:
            yield words_table(('', 'A', 'B'), [(fact.name, fact.a, fact.b) for fact in facts])
        else:
            yield element('p', 'Nothing: model, versions and options are the same.')


def origin(comparison: Comparison) -> Html:
    """All that is known of where the results come from."""
    two = comparison.b is not None
    return words_table(('', 'A', 'B') if two else (), [
        (fact.name, fact.a, *([fact.b] if two else [])) for fact in facts_of(comparison)])


def _who(results: Results) -> str:
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
        classes = total(streams)
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
