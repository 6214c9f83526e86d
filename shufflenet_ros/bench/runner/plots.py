"""Results as pictures (PNG), one for each suite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shufflenet_ros.bench.nodes import plots as node_plots
from shufflenet_ros.bench.runner.tables import IN_ORDER, Row, tables_of

OURS, OTHERS = '#2a9d8f', '#8d99ae'
WORK = {
    'pointwise': '#2a9d8f', 'grouped pointwise': '#8ab17d', 'depthwise': '#e9c46a',
    'stem': '#f4a261', 'moving data': '#e76f51', 'quantize, dequantize': '#9b2226',
    'add, concatenate': '#457b9d', 'pool': '#a8dadc', 'classifier': '#6d597a',
    'other': '#adb5bd'}
"""Kinds of work of the suite ``profile``, with their colours."""


def plot(record: dict[str, Any], path: Path) -> list[Path]:
    """
    Write one picture for each suite that has times; none where matplotlib is not installed.

    They lie beside ``path``, with the suite after its stem where there are several. The suite
    ``node`` has a second one, of the overload.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return []
    groups: dict[str, list[list[Row]]] = {}
    for _, rows in tables_of(record['results']):
        groups.setdefault(rows[0]['suite'], []).append(rows)
    for suite in ('footprint', 'soak'):
        groups.pop(suite, None)
    figures = {}
    for suite, tables in groups.items():
        name = path.stem if len(groups) == 1 else f'{path.stem}-{suite}'
        title = f'{suite}: {record["environment"]["cpu"]}'
        figures[f'{name}.png'] = DRAW.get(suite, _bars)(tables, title)
        if suite == 'node':
            figures[f'{name}-overload.png'] = node_plots.overload(record, title)
    for name, figure in figures.items():
        figure.savefig(path.with_name(name), dpi=110)
    return [path.with_name(name) for name in figures]


def _figure(tables: Sequence[Sequence[Row]], bars: Sequence[int], title: str):
    """Make one panel for each table, as high as its bars need."""
    from matplotlib.figure import Figure
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
    return figure, panels[:, 0]


def _bars(tables: Sequence[Sequence[Row]], title: str):
    """Draw minima as bars with a tick at the median; a log scale where they differ widely."""
    figure, panels = _figure(tables, [len(rows) for rows in tables], title)
    for panel, rows in zip(panels, tables):
        ordered = rows[::-1] if rows[0]['suite'] in IN_ORDER else sorted(
            rows, key=lambda row: -row['min_ms'])
        several = len({row['model'] for row in rows}) > 1
        names = [f'{row["engine"]} {row["model"]}' if several else row['engine']
                 for row in ordered]
        places = range(len(ordered))
        minima = [row['min_ms'] for row in ordered]
        panel.barh(places, minima, color=[
            OURS if row['engine'].startswith('ours') else OTHERS for row in ordered])
        panel.plot([row['median_ms'] for row in ordered], places, 'k|', markersize=8,
                   label='median')
        panel.set_yticks(places, names)
        for place, row in zip(places, ordered):
            panel.annotate(f'{row["min_ms"]:.3g}', (max(row['min_ms'], row['median_ms']), place),
                           va='center', xytext=(6, 0), textcoords='offset points', fontsize=8)
        if max(minima) > 20 * min(minima):
            panel.set_xscale('log')
        panel.margins(x=0.12)
    panels[0].legend(frameon=False, fontsize=8, loc='upper right')
    return figure


def _profile(tables: Sequence[Sequence[Row]], title: str):
    """Draw one bar for each engine, made of the kinds of work in it."""
    engines = [list(dict.fromkeys(row['engine'] for row in rows)) for rows in tables]
    figure, panels = _figure(tables, [2 * len(names) for names in engines], title)
    for panel, rows, names in zip(panels, tables, engines):
        left = dict.fromkeys(names, 0.0)
        for kind, colour in WORK.items():
            found = {row['engine']: row for row in rows if row['kind'] == kind}
            widths = [found[name]['median_ms'] if name in found else 0.0 for name in names]
            panel.barh(names, widths, left=list(left.values()), color=colour, label=kind)
            for name, width in zip(names, widths):
                if width > 0.05 * max(sum(row['median_ms'] for row in rows
                                          if row['engine'] == other) for other in names):
                    panel.annotate(f'{found[name]["share"]:.0%}', (left[name] + width / 2, name),
                                   ha='center', va='center', fontsize=7)
                left[name] += width
        panel.invert_yaxis()
    panels[0].legend(frameon=False, fontsize=7, ncols=5, loc='lower center',
                     bbox_to_anchor=(0.5, 1.08))
    return figure


DRAW = {'profile': _profile, 'node': node_plots.scenes}
"""How a suite is drawn, where it is not in bars."""
