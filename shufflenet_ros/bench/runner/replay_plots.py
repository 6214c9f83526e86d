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

"""Plots of the suite ``replay``: frames a second by kind, and memory over the frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shufflenet_ros.bench.runner.tables import Row

OURS, ALONE, PARTS = '#2a9d8f', '#e76f51', '#8d99ae'
SERIES = 'rss_replay_'


def rates(tables: Sequence[Sequence[Row]], title: str) -> Figure:
    """Draw the rate of each kind and size in a panel of its own, with its quartiles."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in (row for table in tables for row in table if row.get('frames_per_s')):
        # Jpegs are read so much faster than decoded that nothing else could be seen beside it.
        if row['engine'] == 'read':
            continue
        groups.setdefault((row['kind'], f'{row["width"]}x{row["height"]}'), []).append(row)
    heights = [len(rows) for rows in groups.values()] or [1]
    figure = Figure(figsize=(9, sum(0.28 * one + 0.7 for one in heights) + 0.5),
                    layout='constrained')
    panels = figure.subplots(len(heights), 1, squeeze=False,
                             gridspec_kw={'height_ratios': [one + 1 for one in heights]})
    figure.suptitle(title, fontsize=10)
    for panel, ((kind, size), rows) in zip(panels[:, 0], groups.items()):
        _rates_of(panel, f'{kind} {size}', rows[::-1])
    return figure


def memory(record: dict[str, Any], title: str) -> Figure:
    """Draw resident memory against the frames that were written."""
    figure = Figure(figsize=(9, 3.6), layout='constrained')
    panel = figure.subplots()
    figure.suptitle(title, fontsize=10)
    for name, series in record.items():
        if name.startswith(SERIES):
            size = name.removeprefix(SERIES)
            frames = [one['frames'] for one in series]
            panel.plot(frames, [one['rss_mb'] for one in series], '.', markersize=3, color=OURS,
                       label=f'{size}: resident')
            panel.plot(frames, [one['own_mb'] for one in series], '.', markersize=3, color=PARTS,
                       label=f'{size}: without pages of files')
    panel.set_ylim(bottom=0)
    panel.set_xlabel('frames in part files; the last dots: writing of the results', fontsize=8)
    panel.set_ylabel('MB', fontsize=8)
    panel.legend(frameon=False, fontsize=8)
    _finish(panel)
    return figure


def _rates_of(panel: Axes, title: str, rows: Sequence[Row]) -> None:
    values = [row['frames_per_s'] for row in rows]
    panel.barh(range(len(rows)), values, xerr=[row['spread'] / 2 * row['frames_per_s']
                                              for row in rows],
               error_kw={'elinewidth': 1}, color=[_colour(row['engine']) for row in rows])
    panel.set_yticks(range(len(rows)), [row['engine'].replace('_', ' ') for row in rows])
    for place, row in enumerate(rows):
        panel.annotate(f'{row["frames_per_s"]:.0f} ({row["of_alone"]:.2f})',
                       (row['frames_per_s'] * (1 + row['spread'] / 2), place), va='center',
                       xytext=(6, 0), textcoords='offset points', fontsize=8)
    panel.set_title(title, fontsize=9, loc='left')
    panel.set_xlabel('frames/s (times decoding and inference alone)', fontsize=8)
    panel.margins(x=0.12)
    _finish(panel)


def _colour(engine: str) -> str:
    if engine.startswith('replay'):
        return OURS
    return PARTS if engine == 'script' else ALONE


def _finish(panel: Axes) -> None:
    panel.spines[['top', 'right']].set_visible(False)
    panel.tick_params(labelsize=8)
