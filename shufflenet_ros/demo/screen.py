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

"""How the demo looks in a terminal: a live view, and the summary at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.demo.run_statistics import Cell, COUNTERS, Result, RunStatistics
from shufflenet_ros.monitoring.windows import summarize
from shufflenet_ros.terminal.plain_console import PlainConsole

GRID_LETTERS, FEWEST_LETTERS, MOST_LETTERS = 74, 2, 15
"""Width of the grid on the screen, and of a class in it."""
FEW_ROWS = 6
"""So many have lines between them."""
DESCRIPTIONS = {
    'age_at_receipt': 'camera to node, over DDS',
    'queue': 'until a worker has it',
    'decode': 'bytes to rows of pixels',
    'preprocess': 'crop and resize',
    'inference': 'the network',
    'postprocess': 'softmax, best k',
    'publish': 'result handed to DDS',
    'total': 'when its result is out',
}


class LiveView:
    """The live view while a run lasts; a line now and then where there is no terminal."""

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._console = PlainConsole()
        self._live = Live(console=self._console, auto_refresh=False)
        self.every_s = 0.25 if self._console.is_terminal else 2.0
        """How often :meth:`show` is worth calling."""

    def __enter__(self) -> LiveView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()

    def show(self, statistics: RunStatistics) -> None:
        """Update the screen."""
        if self._console.is_terminal:
            self._live.update(panel(statistics, self._camera), refresh=True)
        else:
            print(plain(line(statistics), 1000), flush=True)


def show_summary(statistics: RunStatistics) -> None:
    """Print the figures of a finished run, as in :meth:`RunStatistics.summary`."""
    PlainConsole().print(summary(statistics))


def panel(statistics: RunStatistics, camera: str) -> Panel:
    """Lay out the state of a run: what is in view, how long each stage takes, what was lost."""
    head = Table.grid(padding=(0, 2))
    # The truth about an image comes later than its result: show the last pair.
    stamp = max(statistics.results.keys() & statistics.truths.keys(), default=0)
    result = statistics.results.get(stamp)
    truth = statistics.truths.get(stamp, '')
    head.add_row('camera', Text(plain(camera), 'bold'))
    head.add_row('class', Text(plain(_name(result)), _style(result, truth)))
    head.add_row('score', _bar(result.score if result else 0.0))
    if truth:
        head.add_row('in view', truth)
    cells = [_cells(statistics)] if statistics.cells else []
    return Panel(Group(head, *cells, _stages(statistics, last=True), _counters(statistics)),
                 title=Text(f'shufflenet_ros  {plain(statistics.model)}'), border_style='cyan',
                 expand=False)


def line(statistics: RunStatistics) -> str:
    """Give the same in one line, for where there is no terminal."""
    result = statistics.results.get(max(statistics.results, default=0))
    counters = statistics.counters
    total = summarize(statistics.stages_ms['total']).get('p50', float('nan'))
    score = f' {result.score:.2f}' if result else ''
    return (f'{len(statistics.truths)} published, {counters["classified"]} classified, '
            f'{counters["replaced"]} replaced, {statistics.rate_hz():.1f} results/s, '
            f'message age p50 {total:.1f} ms, last: {_name(result)}{score}')


def summary(statistics: RunStatistics) -> Group:
    """Lay out the figures of a finished run."""
    figures = statistics.summary()
    table = Table.grid(padding=(0, 2))
    for key in ('published', *COUNTERS):
        table.add_row(key, Text(str(figures[key]), 'bold', justify='right'), _share(figures, key))
    accuracy = figures['accuracy']
    if accuracy is not None:
        table.add_row('right surface', Text(f'{accuracy:.1%}', 'bold'), 'of classified frames')
    if figures['cell_accuracy'] is not None:
        table.add_row('right cells', Text(f'{figures["cell_accuracy"]:.1%}', 'bold'),
                      f'of {figures["judged_cells"]} that lie on one surface')
    return Group(table, _stages(statistics, last=False))


def _cells(statistics: RunStatistics) -> Table:
    """Lay the classes of the last frame out as its cells lie: right ones green, wrong ones red."""
    # As of the whole: the truth comes later.
    stamp = max(statistics.cells.keys() & statistics.cell_truths.keys(), default=max(
        statistics.cells))
    truths = statistics.cell_truths.get(stamp, {})
    rows: dict[int, list[Cell]] = {}
    for cell in statistics.cells[stamp]:
        rows.setdefault(cell.part.box.top, []).append(cell)
    table = Table(show_header=False, show_lines=len(rows) <= FEW_ROWS, border_style='dim')
    columns = max(map(len, rows.values()))
    letters = max(FEWEST_LETTERS, min(MOST_LETTERS, GRID_LETTERS // columns - 3))
    for _ in range(columns):
        table.add_column(width=letters, no_wrap=True, overflow='ellipsis')
    for _, row in sorted(rows.items()):
        table.add_row(*(Text(plain(cell.name or '-'), _cell_style(cell, truths)) for cell in row))
    return table


def _cell_style(cell: Cell, truths: Mapping[str, str]) -> str:
    truth = truths.get(cell.part.id, '')
    if not truth:
        return 'dim'
    return 'bold green' if cell.name == truth else 'bold red'


def _counters(statistics: RunStatistics) -> Text:
    counters = statistics.counters
    return Text(plain(f'{len(statistics.truths)} published   {counters["received"]} received   '
                f'{counters["classified"]} classified   {counters["failed"]} failed   '
                f'{counters["replaced"]} replaced   {counters["lost"]} lost   '
                f'{statistics.rate_hz():.1f} results/s'))


def _stages(statistics: RunStatistics, last: bool) -> Table:
    table = Table(header_style='dim', box=None, padding=(0, 2))
    table.add_column('stage')
    for column in (*(('last ms',) if last else ()), 'p50', 'p95', 'p99', 'max ms'):
        table.add_column(column, justify='right')
    table.add_column('')
    for stage, description in DESCRIPTIONS.items():
        figures = summarize(statistics.stages_ms[stage])
        values = ([statistics.last_ms.get(stage)] if last else []) + [
            figures.get(key) for key in ('p50', 'p95', 'p99', 'max')]
        name = 'message age' if stage == 'total' else stage.replace('_', ' ')
        table.add_row(name, *('-' if value is None else f'{value:.2f}' for value in values),
                      Text(plain(description), 'dim'), style='bold' if stage == 'total' else '')
    return table


def _name(result: Result | None) -> str:
    if result is None:
        return 'waiting for the first result'
    return result.name or 'nothing above the threshold'


def _style(result: Result | None, truth: str) -> str:
    if result is None or not truth:
        return 'bold'
    return 'bold green' if result.name == truth else 'bold red'


def _bar(score: float, width: int = 30) -> Text:
    filled = round(score * width)
    bar, rest = plain('━' * filled), plain('━' * (width - filled))
    return Text.assemble((bar, 'cyan'), (rest, 'bright_black'), f' {score:.2f}')


def _share(figures: dict[str, Any], key: str) -> str:
    whole = {'received': 'published', 'classified': 'received', 'replaced': 'published',
             'lost': 'published'}.get(key)
    if whole is None or not figures[whole]:
        return ''
    return f'{figures[key] / figures[whole]:.1%} of {whole}'
