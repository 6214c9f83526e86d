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

"""Plots of the suite ``node``: ages by scene, and age against time under overload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shufflenet_ros.bench.runner.tables import Row

COLOURS = {'ours_node': '#2a9d8f', 'textbook_node': '#e76f51',
           'textbook_node_no_spinning': '#e9c46a'}
NAMES = {'ours_node': 'this node', 'textbook_node': 'baseline node',
         'textbook_node_no_spinning': 'baseline node, not spinning'}
WIDE = 20
"""Medians that differ by more than this factor want a log scale."""


def scenes(tables: Sequence[Sequence[Row]], title: str) -> Figure:
    """Draw the median of each scene as a bar, the 99th percentile as a tick, and CPU beside it."""
    rows = [row for table in tables for row in table if 'times_served' not in row]
    figure = Figure(figsize=(9, 0.36 * len(rows) + 1.6), layout='constrained')
    ages, cpu = figure.subplots(1, 2, sharey=True, gridspec_kw={'width_ratios': [2, 1]})
    figure.suptitle(title, fontsize=10)
    _draw_ages(ages, rows)
    cpu.barh(range(len(rows)), [row['cpu_ms_per_frame'] or 0 for row in rows],
             color=[COLOURS[row['engine']] for row in rows])
    cpu.set_xlabel('CPU of the node, ms a frame', fontsize=8)
    for place, row in enumerate(rows):
        value = row['cpu_ms_per_frame'] or 0
        _label(cpu, f'{value:.1f}', value, place)
    _finish(cpu)
    return figure


def overload(record: dict[str, Any], title: str) -> Figure:
    """Draw the age of every result against time, all nodes in one panel."""
    figure = Figure(figsize=(9, 4.2), layout='constrained')
    panel = figure.subplots()
    figure.suptitle(title, fontsize=10)
    for row in record['results']:
        series = record.get(f'overload_{row["engine"]}')
        if row['suite'] == 'node' and 'times_served' in row and series:
            _draw_overload(panel, row, series)
    _finish(panel)
    panel.set_xlim(left=0)
    panel.set_yscale('log')
    panel.yaxis.set_major_formatter('{x:g}')
    panel.set_xlabel('time (s)', fontsize=8)
    panel.set_ylabel('stamp to result (ms)', fontsize=8)
    panel.legend(frameon=False, fontsize=8, loc='upper center', bbox_to_anchor=(0.5, -0.12))
    return figure


def _draw_ages(panel: Axes, rows: Sequence[Row]) -> None:
    places = range(len(rows))
    panel.barh(places, [row['median_ms'] or 0 for row in rows],
               color=[COLOURS[row['engine']] for row in rows])
    panel.plot([row['p99_ms'] or 0 for row in rows], places, 'k|', markersize=8, label='p99')
    panel.set_xlabel('stamp to result, median (ms)', fontsize=8)
    panel.set_yticks(places, [_scene(row) for row in rows])
    panel.invert_yaxis()
    panel.legend(frameon=False, fontsize=8, loc='upper right', bbox_to_anchor=(1, 1.08))
    for place, row in enumerate(rows):
        median, p99 = row['median_ms'] or 0, row['p99_ms'] or 0
        _label(panel, f'{median:.1f}, p99 {p99:.1f}', p99, place)
    _finish(panel)
    medians = [row['median_ms'] for row in rows if row['median_ms']]
    if medians and max(medians) > WIDE * min(medians):
        panel.set_xscale('log')
        panel.xaxis.set_major_formatter('{x:g}')


def _draw_overload(panel: Axes, row: Row, series: dict[str, Sequence[int]]) -> None:
    colour = COLOURS[row['engine']]
    panel.plot([since / 1e6 for since in series['since_first_image_us']],
               [age / 1e3 for age in series['age_us']], '.', markersize=1.5, color=colour,
               rasterized=True)
    # The dots are too small for a legend.
    panel.plot([], [], 's', color=colour, label=(
        f'{NAMES[row["engine"]]}: {row["rate_hz"]:.0f} images/s, {row["times_served"]:.1f} times '
        f'what it serves; p50 {row["median_ms"]:.1f}, p99 {row["p99_ms"]:.1f} ms'))
    if 'bound_ms' in row:
        panel.axhline(row['bound_ms'], color='k', linewidth=0.8, linestyle='--', label=(
            f'{row["bound_ms"]:.1f} ms: twice (transport + one inference) in calm'))


def _scene(row: Row) -> str:
    cameras = '1 camera' if row['cameras'] == 1 else f'{row["cameras"]} cameras'
    return f'{NAMES[row["engine"]]}, {row["width"]}x{row["height"]}, {cameras}'


def _label(panel: Axes, text: str, right_of: float, place: int) -> None:
    panel.annotate(text, (right_of, place), va='center', xytext=(6, 0),
                   textcoords='offset points', fontsize=7)


def _finish(panel: Axes) -> None:
    panel.spines[['top', 'right']].set_visible(False)
    panel.tick_params(labelsize=8)
    panel.margins(x=0.16)
