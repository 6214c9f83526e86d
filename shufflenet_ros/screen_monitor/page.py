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

"""
The whole screen as lines, for a terminal of any size.

From the top: the node and its model, its settings, a line for each camera, cameras in full as
many as there is room for (the chosen one first of all), findings, and at the end what happened
last or what is being typed, and the keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.screen_monitor.camera_block import camera_block, HEIGHT, LEAST_WIDTH
from shufflenet_ros.screen_monitor.camera_table import camera_table, first_shown
from shufflenet_ros.screen_monitor.cells import fit
from shufflenet_ros.screen_monitor.findings import finding_lines, fitted
from shufflenet_ros.screen_monitor.view import View
from shufflenet_ros.screen_monitor.waiting import waiting_lines

LEAST_COLUMNS, LEAST_ROWS = 60, 12
KEYS = ('up/down camera', '+/- threshold', 'm model', 'k top-k', 'r rate', 'a age', 'n node',
        'q quit')
LEAST_FINDINGS = 3
"""Lines that findings have before a camera is shown in full."""
GAP = 3
"""Cells between two cameras beside each other."""


def page(view: View, columns: int, rows: int) -> list[Text]:
    """Give at most ``rows`` lines of at most ``columns`` cells."""
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        return _cut(_too_small(columns, rows), columns, rows)
    end = [_last_line(view, columns), _keys(columns)]
    if view.node is None or not view.node.cameras:
        top = [] if view.node is None or view.node.lifecycle is None else [_title(view, columns)]
        body = [*top, *waiting_lines(view)]
        if top:
            body += [Text(), *fitted(finding_lines(view, columns), LEAST_FINDINGS, columns)]
    else:
        body = [_title(view, columns), _settings(view)]
        body += _cameras(view, columns, rows - len(body) - len(end))
    body = _cut(body, columns, rows - len(end))
    return [*body, *(Text() for _ in range(rows - len(end) - len(body))), *_cut(
        end, columns, len(end))]


class _Shares(NamedTuple):
    """How many lines each part has."""

    cameras: int
    across: int
    down: int
    findings: int


def _cameras(view: View, columns: int, rows: int) -> list[Text]:
    assert view.node is not None, 'the caller has looked'
    findings = finding_lines(view, columns)
    shares = _shares(len(view.node.cameras), sum(map(len, findings)), columns, rows - 1)
    names = list(view.node.cameras)
    room = shares.across * shares.down
    first = first_shown(names, view.camera, room)
    blocks = [camera_block(view, view.node.cameras[name],
                           (columns + GAP) // shares.across - GAP)
              for name in names[first:first + room]]
    return [*camera_table(view, columns, shares.cameras),
            *_beside(blocks, shares.across), *fitted(findings, shares.findings, columns)]


def _shares(cameras: int, findings: int, columns: int, rows: int) -> _Shares:
    least = min(findings, LEAST_FINDINGS)
    block = HEIGHT if rows - least > HEIGHT else 0
    table = min(cameras, rows - least - block)
    left = rows - least - table
    across = max(1, min((columns + GAP) // (LEAST_WIDTH + GAP), cameras))
    down = min(left // HEIGHT, -(-cameras // across))
    return _Shares(table, across, down, least + left - down * HEIGHT)


def _beside(blocks: Sequence[Sequence[Text]], across: int) -> list[Text]:
    lines = []
    for start in range(0, len(blocks), across):
        lines += [Text.assemble(' ' * GAP).join(row) for row in zip(*blocks[start:start + across])]
    return lines


def _title(view: View, columns: int) -> Text:
    node = view.node
    assert node is not None, 'the caller has looked'
    line = Text.assemble((plain(node.name), 'bold cyan'), '  ')
    if node.last_report_s is not None and node.is_gone(view.now_s):
        line.append(f'no report for {view.now_s - node.last_report_s:.0f} s: it has ended or is '
                    'out of reach; waiting for it', 'bold red')
    elif node.last_report_s is None:
        line.append('has not reported yet', 'yellow')
    else:
        line.append(plain(node.state), 'green' if node.state == 'active' else 'yellow')
    if node.model is not None:
        values = node.model.values
        for key in ('model', 'form', 'execution_providers'):
            line.append(f'  {plain(values.get(key, ""))}')
    if len(view.nodes) > 1 and node.name in view.nodes:
        place = f'  node {view.nodes.index(node.name) + 1} of {len(view.nodes)}'
        line.truncate(columns - len(place), overflow='ellipsis')
        line.append(place, 'dim')
    return line


def _settings(view: View) -> Text:
    values = view.settings
    if not values:
        return Text.assemble(('parameters: no answer yet', 'dim'))
    return Text.assemble(
        ('threshold ', 'dim'), _threshold(view), ('  top_k ', 'dim'), f'{values["top_k"]}',
        ('  max_rate_hz ', 'dim'), _limit(values['max_rate_hz']),
        ('  max_age_ms ', 'dim'), _limit(values['max_age_ms']))


def _threshold(view: View) -> str:
    value = view.settings['threshold']
    if value >= 0:
        return f'{value:.2f}'
    model = view.node.model if view.node is not None else None
    of_card = model.number('threshold') if model is not None else float('nan')
    return 'of the card' if isnan(of_card) else f'{of_card:.2f} (of the card)'


def _limit(value: float) -> str:
    return f'{value:g}' if value else 'none'


def _last_line(view: View, columns: int) -> Text:
    if view.prompt is not None:
        head = f'{view.prompt.name}: '
        line = Text.assemble((head, 'bold'))
        # The end of what is typed is what one looks at.
        typed, room = plain(view.prompt.typed, 4 * columns), columns - len(head) - 32
        line.append(typed[-room:])
        line.append(' ', 'reverse')
        line.append('  enter: set   esc: leave', 'dim')
        return line
    return Text.assemble((plain(view.note, 4 * columns), 'bold red' if view.is_trouble else ''))


def _keys(columns: int) -> Text:
    return Text.assemble((fit('  '.join(KEYS), columns), 'dim'))


def _too_small(columns: int, rows: int) -> list[Text]:
    return [Text(f'The terminal is too small: {columns:d}x{rows:d}.'),
            Text(f'At least {LEAST_COLUMNS:d}x{LEAST_ROWS:d} is needed.'), Text('q quits.')]


def _cut(lines: Sequence[Text], columns: int, rows: int) -> list[Text]:
    cut = list(lines[:max(rows, 0)])
    for line in cut:
        line.truncate(columns, overflow='ellipsis')
    return cut
