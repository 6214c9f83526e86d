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

"""One line for each camera: rates, the class, the total latency."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.observer.grid_cells import shares_in_words
from shufflenet_ros.observer.observed import ObservedCamera
from shufflenet_ros.screen_monitor.cells import fit, number, right, sparkline
from shufflenet_ros.screen_monitor.figures import SECONDS
from shufflenet_ros.screen_monitor.view import View

SILENT_S = 2.0
"""A result that is older is not what the camera sees now."""
MARKS = {Level.OK: (' ', ''), Level.WARN: ('W', 'yellow'), Level.ERROR: ('E', 'bold red'),
         Level.STALE: ('S', 'yellow')}
RATE, SCORE, MILLISECONDS = 6, 4, 7
"""Cells of the columns of numbers."""
MARKED = 3
"""Cells before a name: whether it is chosen, how well it is, a space."""
LEAST_SPARKLINE = 8
LEAST_NAME, LEAST_PLACE = 5, 9
"""Of the column of names; in a long list its head says ``6-10 of 20``."""


class _Widths(NamedTuple):
    name: int
    label: int
    sparkline: int


def camera_table(view: View, width: int, rows: int) -> list[Text]:
    """Give the heads of the columns and at most so many cameras, the chosen one among them."""
    assert view.node is not None, 'a page without a node has no table'
    cameras = list(view.node.cameras.values())
    widths = _widths(cameras, width)
    first = first_shown([camera.name for camera in cameras], view.camera, rows)
    shown = cameras[first:first + rows]
    return [_heads(widths, first, len(shown), len(cameras)),
            *(_row(view, camera, widths) for camera in shown)]


def first_shown(names: Sequence[str], chosen: str, room: int) -> int:
    """Give the index of the first of ``room`` names, so that the chosen one is in the middle."""
    index = names.index(chosen) if chosen in names else 0
    return max(0, min(index - room // 2, len(names) - room))


def said_of(camera: ObservedCamera, now_s: float) -> tuple[str, float | None, str]:
    """Give the class of a camera in words, its score if it has one, and a style."""
    silent_s = inf if camera.last_result_s is None else now_s - camera.last_result_s
    # Only the cells may be classified, and not the whole.
    if silent_s > SILENT_S and camera.last_cells_s is not None and (
            now_s - camera.last_cells_s <= SILENT_S):
        return f'cells: {shares_in_words(camera.cells)}', None, 'bold'
    if camera.last_result_s is None:
        return 'no result yet', None, 'dim'
    if silent_s > SILENT_S:
        return f'no result for {silent_s:.0f} s', None, 'yellow'
    if not camera.hypotheses:
        return camera.label or 'below the threshold', None, 'dim'
    best = camera.hypotheses[0]
    return best.name, best.score, 'bold'


def _widths(cameras: Sequence[ObservedCamera], width: int) -> _Widths:
    # The marks, and the gaps between the columns.
    room = width - MARKED - (RATE + 1) - (RATE + 2) - 1 - (SCORE + 1) - 2 * (MILLISECONDS + 1)
    longest = max((cell_len(plain(camera.title)) for camera in cameras), default=0)
    least = LEAST_NAME if len(cameras) < 10 else LEAST_PLACE
    name = max(least, min(longest, room // 3, 30))
    label = max(8, min(room - name, max(14, (room - name) // 2), 40))
    left = room - name - label - 2
    if left < LEAST_SPARKLINE:
        return _Widths(name, room - name, 0)
    return _Widths(name, label, min(left, SECONDS))


def _heads(widths: _Widths, first: int, shown: int, cameras: int) -> Text:
    name = 'camera' if shown == cameras else f'{first + 1}-{first + shown} of {cameras}'
    columns = f'{name:<{widths.name + MARKED}} {"images":>{RATE}} {"results":>{RATE + 1}}'
    spark = f'  {"total ms":<{widths.sparkline}}' if widths.sparkline else ''
    return Text.assemble((f'{columns} {fit("class", widths.label)} {"":>{SCORE}}{spark}'
                          f' {"p50":>{MILLISECONDS}} {"p99 ms":>{MILLISECONDS}}', 'dim'))


def _row(view: View, camera: ObservedCamera, widths: _Widths) -> Text:
    figures = view.figures_of(camera.name)
    words, score, style = said_of(camera, view.now_s)
    is_chosen = camera.name == view.camera
    mark, colour = MARKS[camera.status.level if camera.status else Level.OK]
    line = Text.assemble(
        ('>' if is_chosen else ' ', 'bold'), (mark, colour), ' ',
        (fit(camera.title, widths.name), 'bold' if is_chosen else ''),
        f' {right(number(figures.arriving_hz), RATE)} {right(number(figures.result_hz), RATE + 1)}'
        ' ', (fit(words, widths.label), style),
        f' {right("" if score is None else f"{score:.2f}", SCORE)}')
    if widths.sparkline:
        line.append(f'  {sparkline(figures.totals, widths.sparkline)}', 'cyan')
    line.append(f' {right(number(figures.p50[-1]), MILLISECONDS)}'
                f' {right(number(figures.p99[-1]), MILLISECONDS)}')
    return line
