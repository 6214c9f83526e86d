"""Pictures of the suite ``node``: ages by scene, and age against time under overload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shufflenet_ros.bench.runner.tables import Row

COLOURS = {'ours_node': '#2a9d8f', 'textbook_node': '#e76f51'}
WIDE = 20
"""Medians that differ by more than this factor want a log scale."""
NAMES = {'ours_node': 'this node', 'textbook_node': 'textbook node'}


def scenes(tables: Sequence[Sequence[Row]], title: str):
    """Draw the median of each scene as a bar, the 99th percentile as a tick, and CPU beside it."""
    from matplotlib.figure import Figure
    rows = [row for table in tables for row in table if 'times_served' not in row]
    figure = Figure(figsize=(9, 0.36 * len(rows) + 1.6), layout='constrained')
    ages, cpu = figure.subplots(1, 2, sharey=True, gridspec_kw={'width_ratios': [2, 1]})
    figure.suptitle(title, fontsize=10)
    places = range(len(rows))
    colours = [COLOURS[row['engine']] for row in rows]
    ages.barh(places, [row['median_ms'] or 0 for row in rows], color=colours)
    ages.plot([row['p99_ms'] or 0 for row in rows], places, 'k|', markersize=8, label='p99')
    ages.set_xlabel('stamp to result, median (ms)', fontsize=8)
    ages.set_yticks(places, [_scene(row) for row in rows])
    ages.invert_yaxis()
    ages.legend(frameon=False, fontsize=8, loc='upper right', bbox_to_anchor=(1, 1.08))
    cpu.barh(places, [row['cpu_ms_per_frame'] or 0 for row in rows], color=colours)
    cpu.set_xlabel('CPU of the node, ms a frame', fontsize=8)
    _finish(ages, rows, 'median_ms', 'p99_ms')
    _finish(cpu, rows, 'cpu_ms_per_frame', 'cpu_ms_per_frame')
    medians = [row['median_ms'] for row in rows if row['median_ms']]
    if medians and max(medians) > WIDE * min(medians):
        ages.set_xscale('log')
        ages.xaxis.set_major_formatter('{x:g}')
    return figure


def overload(record: dict[str, Any], title: str):
    """Draw the age of every result against time, both nodes in one panel."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9, 4.2), layout='constrained')
    panel = figure.subplots()
    figure.suptitle(title, fontsize=10)
    for row in record['results']:
        series = record.get(f'overload_{row["engine"]}')
        if row['suite'] == 'node' and 'times_served' in row and series:
            panel.plot([since / 1e6 for since in series['since_first_image_us']],
                       [age / 1e3 for age in series['age_us']], '.', markersize=1.5,
                       color=COLOURS[row['engine']], rasterized=True)
            panel.plot([], [], 's', color=COLOURS[row['engine']], label=(
                f'{NAMES[row["engine"]]}: {row["rate_hz"]:.0f} images/s, '
                f'{row["times_served"]:.1f} times what it serves; p50 {row["median_ms"]:.1f}, '
                f'p99 {row["p99_ms"]:.1f} ms'))
            if 'bound_ms' in row:
                panel.axhline(row['bound_ms'], color='k', linewidth=0.8, linestyle='--', label=(
                    f'{row["bound_ms"]:.1f} ms: twice (transport + one inference) in calm'))
    _finish(panel)
    panel.set_xlim(left=0)
    panel.set_yscale('log')
    panel.yaxis.set_major_formatter('{x:g}')
    panel.set_xlabel('time (s)', fontsize=8)
    panel.set_ylabel('stamp to result (ms)', fontsize=8)
    panel.legend(frameon=False, fontsize=8, loc='upper center', bbox_to_anchor=(0.5, -0.12))
    return figure


def _scene(row: Row) -> str:
    cameras = '1 camera' if row['cameras'] == 1 else f'{row["cameras"]} cameras'
    return f'{NAMES[row["engine"]]}, {row["width"]}x{row["height"]}, {cameras}'


def _finish(panel, rows: Sequence[Row] = (), key: str = '', beyond: str = '') -> None:
    """Take the frame away, and write the value of each bar to the right of all that it has."""
    for place, row in enumerate(rows):
        text = f'{row[key] or 0:.1f}' + (f', p99 {row[beyond] or 0:.1f}' if beyond != key else '')
        panel.annotate(text, (row[beyond] or 0, place), va='center', xytext=(6, 0),
                       textcoords='offset points', fontsize=7)
    panel.spines[['top', 'right']].set_visible(False)
    panel.tick_params(labelsize=8)
    panel.margins(x=0.16)
