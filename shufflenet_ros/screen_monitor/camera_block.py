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

"""One camera in full: its classes or cells, its stages, its last minute, what was dropped."""

from __future__ import annotations

from math import isfinite

from rich.cells import cell_len
from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.public_names import DROPS, LATENCY_KEYS
from shufflenet_ros.observer.observed import ObservedCamera
from shufflenet_ros.screen_monitor.camera_table import said_of
from shufflenet_ros.screen_monitor.cells import bar, fit, number, right, RULE, sparkline
from shufflenet_ros.screen_monitor.figures import Figures, SECONDS
from shufflenet_ros.screen_monitor.grid_map import grid_map
from shufflenet_ros.screen_monitor.view import View

STAGES = tuple(key.removesuffix('_ms') for key in LATENCY_KEYS)
HEIGHT = len(STAGES) + 3
"""Lines of a block: the rule, the stages beside the classes, the sparkline, the drops."""
LEAST_WIDTH = 70
STAGE, TIME = 16, 8
"""Cells of the name of a stage, and of a time."""


def camera_block(view: View, camera: ObservedCamera, width: int) -> list[Text]:
    """Give :data:`HEIGHT` lines of exactly so many cells."""
    figures = view.figures_of(camera.name)
    left = width - STAGE - 2 * TIME - 2
    classes = _cells(camera, left) if view.shows_cells and camera.cells else _classes(
        view, camera, left)
    stages = _stages(figures)
    sides = [Text.assemble(one, '  ', other) for one, other in zip(classes, stages)]
    return [_rule(view, camera, width), *sides, _minute(figures, width),
            _drops(figures, width)]


def _rule(view: View, camera: ObservedCamera, width: int) -> Text:
    heads = f' {"p50":>{TIME - 1}} {"p99 ms":>{TIME - 1}}'
    words, score, style = said_of(camera, view.now_s)
    said = words if score is None else f'{words} {score:.2f}'
    room = width - len(heads)
    title = fit(camera.title, min(cell_len(plain(camera.title)), room // 2))
    rest = room - cell_len(title) - 5
    said = fit(said, min(cell_len(plain(said)), rest))
    line = Text.assemble((f'{RULE}{RULE} ', 'dim'), (
        title, 'bold reverse' if camera.name == view.camera else 'bold'), '  ', (said, style))
    line.append(f' {RULE * width}'[:max(0, room - line.cell_len)], 'dim')
    line.append(heads, 'dim')
    return line


def _classes(view: View, camera: ObservedCamera, width: int) -> list[Text]:
    rows = len(STAGES)
    found = camera.hypotheses
    name = min(max((cell_len(plain(one.name)) for one in found), default=0), width // 2)
    lines = []
    for number_, one in enumerate(found[:rows]):
        left_out = len(found) - rows
        if left_out > 0 and number_ == rows - 1:
            lines.append(Text.assemble((fit(f'and {left_out + 1} more', width), 'dim')))
            break
        full, rest = bar(one.score, width - name - 6)
        lines.append(Text.assemble(
            (fit(one.name, name), '' if number_ else 'bold'), ' ', (full, 'cyan'),
            (rest, 'bright_black'), f' {right(f"{one.score:.2f}", 4)}'))
    if not found:
        lines.append(Text.assemble((fit(said_of(camera, view.now_s)[0], width), 'dim')))
    if camera.cells and len(lines) < rows:
        lines.append(Text.assemble((fit('key c: cells', width), 'dim')))
    return [*lines, *(Text.assemble(' ' * width) for _ in range(rows - len(lines)))]


def _cells(camera: ObservedCamera, width: int) -> list[Text]:
    return grid_map(camera.cells, width, len(STAGES), 'key c: classes')


def _stages(figures: Figures) -> list[Text]:
    return [Text.assemble((
        f'{fit(stage.replace("_", " "), STAGE)}{right(number(p50, 2), TIME)}'
        f'{right(number(p99, 2), TIME)}', 'bold' if stage == 'total' else ''))
        for stage, p50, p99 in zip(STAGES, figures.p50, figures.p99)]


def _minute(figures: Figures, width: int) -> Text:
    highest = max((value for value in figures.totals if isfinite(value)), default=float('nan'))
    end = f' max {number(highest)} ms'
    room = min(SECONDS, width - len('total ') - len(end))
    return Text.assemble(('total ', 'dim'), (sparkline(figures.totals, room), 'cyan'),
                         fit(end, width - len('total ') - room))


def _drops(figures: Figures, width: int) -> Text:
    line = Text.assemble(('drops ', 'dim'))
    # Those that there are come first: the last ones may not fit.
    for kind in sorted(DROPS, key=lambda kind: not figures.counters.get(kind)):
        count, rate = figures.counters.get(kind, 0), figures.drops.get(kind, 0.0)
        words = f'{kind.replace("_", " ")} {count}'
        if rate > 0:
            words += f' ({number(rate)}/s)'
        if line.cell_len + len(words) > width:
            break
        line.append(f'{words}  ', 'yellow' if rate > 0 else '' if count else 'dim')
    line.truncate(width)
    line.append(' ' * (width - line.cell_len))
    return line
