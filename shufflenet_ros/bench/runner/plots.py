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

"""Results as plots (PNG), one for each suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shufflenet_ros.bench.runner import node_plots, replay_plots
from shufflenet_ros.bench.runner.tables import IN_ORDER, Row, tables_of
from shufflenet_ros.process.files import write_whole

OURS, OTHERS = '#2a9d8f', '#8d99ae'
WORK = {
    'pointwise': '#2a9d8f', 'grouped pointwise': '#8ab17d', 'depthwise': '#e9c46a',
    'stem': '#f4a261', 'moving data': '#e76f51', 'quantize, dequantize': '#9b2226',
    'add, concatenate': '#457b9d', 'pool': '#a8dadc', 'classifier': '#6d597a',
    'whole network': '#264653', 'other': '#adb5bd'}
"""Kinds of work of the suite ``profile``, with their colours."""
WITHOUT_PLOT = ('footprint', 'soak', 'monitors', 'regions')
NARROWEST_LABELLED = 0.05
"""Parts of a bar that are narrower than this share of the widest bar get no label."""


def plot(record: dict[str, Any], path: Path) -> list[Path]:
    """
    Write one plot for each suite that has times.

    They lie beside ``path``, with the suite after its stem where there are several. The suite
    ``node`` has a second one, of the overload, and ``replay`` one of its memory.
    """
    groups: dict[str, list[list[Row]]] = {}
    for _, rows in tables_of(record['results']):
        if rows[0]['suite'] not in WITHOUT_PLOT:
            groups.setdefault(rows[0]['suite'], []).append(rows)
    written = []
    for suite, tables in groups.items():
        name = path.stem if len(groups) == 1 else f'{path.stem}-{suite}'
        for suffix, figure in _figures(suite, tables, record).items():
            written.append(path.with_name(f'{name}{suffix}.png'))
            content = BytesIO()
            figure.savefig(content, dpi=110)
            write_whole(written[-1], content.getvalue())
    return written


def _figures(suite: str, tables: Sequence[Sequence[Row]],
             record: dict[str, Any]) -> dict[str, Figure]:
    """Draw one suite: what its file's name ends with, to the figure."""
    title = f'{suite}: {record["environment"]["cpu"]}'
    figures = {'': DRAW.get(suite, _bars)(tables, title)}
    if suite == 'node':
        figures['-overload'] = node_plots.overload(record, title)
    if suite == 'replay':
        figures['-memory'] = replay_plots.memory(record, title)
    return figures


def _bars(tables: Sequence[Sequence[Row]], title: str) -> Figure:
    """Draw minima as bars with a tick at the median."""
    figure, panels = _panels(tables, [len(rows) for rows in tables], title)
    for panel, rows in zip(panels, tables):
        _bars_of(panel, rows[::-1] if rows[0]['suite'] in IN_ORDER else sorted(
            rows, key=lambda row: -row['min_ms']))
    panels[0].legend(frameon=False, fontsize=8, loc='upper right')
    return figure


def _bars_of(panel: Axes, rows: Sequence[Row]) -> None:
    """Draw the rows from below; on a log scale where they differ widely."""
    several = len({row['model'] for row in rows}) > 1
    names = [f'{row["engine"]} {row["model"]}' if several else row['engine'] for row in rows]
    places = range(len(rows))
    minima = [row['min_ms'] for row in rows]
    panel.barh(places, minima, color=[
        OURS if row['engine'].startswith('ours') else OTHERS for row in rows])
    panel.plot([row['median_ms'] for row in rows], places, 'k|', markersize=8, label='median')
    panel.set_yticks(places, names)
    for place, row in zip(places, rows):
        panel.annotate(f'{row["min_ms"]:.3g}', (max(row['min_ms'], row['median_ms']), place),
                       va='center', xytext=(6, 0), textcoords='offset points', fontsize=8)
    if max(minima) > 20 * min(minima):
        panel.set_xscale('log')
    panel.margins(x=0.12)


def _stacked_bars(tables: Sequence[Sequence[Row]], title: str) -> Figure:
    """Draw one bar for each engine, made of the kinds of work in it."""
    engines = [list(dict.fromkeys(row['engine'] for row in rows)) for rows in tables]
    figure, panels = _panels(tables, [2 * len(names) for names in engines], title)
    for panel, rows, names in zip(panels, tables, engines):
        _stacked_bars_of(panel, rows, names)
        panel.invert_yaxis()
    panels[0].legend(frameon=False, fontsize=7, ncols=5, loc='lower center',
                     bbox_to_anchor=(0.5, 1.08))
    return figure


def _stacked_bars_of(panel: Axes, rows: Sequence[Row], engines: Sequence[str]) -> None:
    widest = max(sum(row['median_ms'] for row in rows if row['engine'] == engine)
                 for engine in engines)
    left = dict.fromkeys(engines, 0.0)
    for kind, colour in WORK.items():
        found = {row['engine']: row for row in rows if row['kind'] == kind}
        widths = [found[engine]['median_ms'] if engine in found else 0.0 for engine in engines]
        panel.barh(engines, widths, left=list(left.values()), color=colour, label=kind)
        for place, (engine, width) in enumerate(zip(engines, widths)):
            if width > NARROWEST_LABELLED * widest:
                panel.annotate(f'{found[engine]["share"]:.0%}', (left[engine] + width / 2, place),
                               ha='center', va='center', fontsize=7)
            left[engine] += width


def _panels(tables: Sequence[Sequence[Row]], bars: Sequence[int],
            title: str) -> tuple[Figure, list[Axes]]:
    """Make a figure with one panel for each table, as high as its bars need."""
    figure = Figure(figsize=(9, sum(0.32 * count + 1.1 for count in bars) + 0.3),
                    layout='constrained')
    panels = figure.subplots(len(tables), 1, squeeze=False,
                             gridspec_kw={'height_ratios': [count + 2.5 for count in bars]})
    figure.suptitle(title, fontsize=10)
    for panel, rows in zip(panels[:, 0], tables):
        panel.set_title(f'{rows[0]["width"]}x{rows[0]["height"]}', fontsize=9, loc='left')
        panel.spines[['top', 'right']].set_visible(False)
        panel.tick_params(labelsize=8)
        panel.set_xlabel('ms', fontsize=8)
    return figure, list(panels[:, 0])


DRAW: dict[str, Callable[[Sequence[Sequence[Row]], str], Figure]] = {
    'profile': _stacked_bars, 'node': node_plots.scenes, 'replay': replay_plots.rates}
"""How a suite is drawn, where it is not in bars."""
