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

"""The charts of the page as figures of plotly.js (https://plotly.com/javascript/reference)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.agreement import Confused
from shufflenet_ros.comparison.comparison import Comparison, Side
from shufflenet_ros.comparison.latency import spread_of
from shufflenet_ros.comparison.report.reduce import reduced_line
from shufflenet_ros.comparison.results import STAGES

MOST_IN_CONFUSION = 25
LONGEST = 28
"""Characters of a class beside a chart."""
GREY = '#8a8f94'


class Figure(NamedTuple):
    """What ``Plotly.newPlot`` takes, and how high it is on the page (pixels)."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    height: int


def latency_over_time(comparison: Comparison) -> Figure:
    """Draw each stage along the frames of all recordings, the total first."""
    data = []
    for side in comparison.sides:
        for stage in _stages(side):
            values = side.results.times[stage]
            line = reduced_line(np.arange(len(values), dtype=np.float64), values)
            y = line.high if line.is_reduced else line.middle
            data.append(line_of(line.seconds, y, f'{side.letter} {stage}' if len(
                comparison.sides) > 1 else stage, _stage_colour(side, stage, comparison), {
                    'visible': True if stage == 'total' else 'legendonly',
                    'line': {'width': 1.2, 'dash': 'dot' if side.letter == 'B' else 'solid',
                             'color': _stage_colour(side, stage, comparison)}}))
    return Figure(data, layout_of(x='frame', y='ms', legend=True, y_range='tozero'), 300)


def latency_spread(comparison: Comparison) -> Figure:
    """Histograms of each stage up to its p99.9; what is above stands in the last bar."""
    data = []
    tops = {stage: max(_top(side.results.times[stage]) for side in comparison.sides
                       if stage in side.results.times)
            for side in comparison.sides for stage in _stages(side)}
    for side in comparison.sides:
        for stage in _stages(side):
            spread = spread_of(side.results.times[stage], tops[stage])
            name = f'{side.letter} {stage}' if len(comparison.sides) > 1 else stage
            data.append({
                'type': 'bar', 'name': name, 'x': numbers((spread.edges[1:] + spread.edges[:-1])
                                                           / 2, 5),
                'y': spread.counts.tolist(), 'opacity': 0.65,
                'visible': True if stage == 'total' else 'legendonly',
                'marker': {'color': _stage_colour(side, stage, comparison)},
                'hovertemplate': '%{x:.3f} ms: %{y} frames<extra></extra>'})
    return Figure(data, {**layout_of(x='ms', y='frames', legend=True), 'barmode': 'overlay',
                         'bargap': 0.04}, 300)


def confusion(pairs: Sequence[Confused], names: tuple[str, str]) -> Figure:
    """Draw a matrix: the first of a pair is the row; colour is the share of a row."""
    classes = _confused_classes(pairs)
    place = {name: number for number, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for one in pairs:
        if one.a in place and one.b in place:
            counts[place[one.a], place[one.b]] = one.frames
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    shown = [short(name) for name in classes]
    size = len(classes)
    text = [[str(n) if n else '' for n in row] for row in counts.tolist()]
    hover = [[f'{names[0]}: {safe(classes[row])}<br>{names[1]}: {safe(classes[column])}<br>'
              f'{counts[row, column]} frames' for column in range(size)] for row in range(size)]
    layout = layout_of(x=names[1], y=names[0])
    for axis in ('xaxis', 'yaxis'):
        layout[axis] |= {'tickmode': 'array', 'tickvals': list(range(size)), 'ticktext': shown,
                         'automargin': True, 'showgrid': False, 'zeroline': False}
    layout['yaxis']['autorange'] = 'reversed'
    layout['yaxis']['title']['standoff'] = 14
    layout['margin'] = {'l': 10, 'r': 10, 't': 10, 'b': 10}
    return Figure([{
        'type': 'heatmap', 'z': [numbers(row, 4) for row in shares], 'text': text,
        'texttemplate': '%{text}' if size <= 12 else '', 'hovertext': hover, 'hoverinfo': 'text',
        'zmin': 0, 'zmax': 1, 'colorscale': [[0, 'rgba(59,125,216,0.04)'],
                                             [1, 'rgba(59,125,216,0.72)']],
        'showscale': False, 'xgap': 2, 'ygap': 2}], layout, min(720, 150 + 34 * size))


def layout_of(x: str = '', y: str = '', legend: bool = False, y_range: str = '') -> dict[str, Any]:
    """Give what all figures have in common; the page adds the colours of its theme."""
    layout: dict[str, Any] = {
        'margin': {'l': 44, 'r': 12, 't': 8, 'b': 40}, 'showlegend': legend,
        'xaxis': {'title': {'text': x}, 'zeroline': False, 'automargin': True},
        'yaxis': {'title': {'text': y}, 'zeroline': False, 'automargin': True}}
    if y_range:
        layout['yaxis']['rangemode'] = y_range
    if legend:
        layout['legend'] = {'orientation': 'h', 'y': 1.02, 'yanchor': 'bottom', 'x': 0}
    return layout


def line_of(x: np.ndarray, y: np.ndarray, name: str, colour: str,
            more: Mapping[str, Any]) -> dict[str, Any]:
    """Give a line with its name and colour, and whatever else it shall have."""
    return {'type': 'scatter', 'mode': 'lines', 'name': name, 'x': numbers(x, 3),
            'y': numbers(y, 4), 'line': {'width': 1.4, 'color': colour}, **more}


def numbers(values: Any, digits: int) -> list[float]:
    """Round, so that the page stays small."""
    return [round(float(one), digits) for one in values]


def short(name: str) -> str:
    """Give a name as it stands beside an axis."""
    return safe(name if len(name) <= LONGEST else f'{name[:LONGEST - 2]}..')


def safe(name: str) -> str:
    """Make a name what plotly.js shows as it is: it reads some HTML in all texts."""
    return escape(name, quote=False)


def _confused_classes(pairs: Sequence[Confused]) -> list[str]:
    """Choose the classes that are taken for others most often, then the most frequent ones."""
    weight: dict[str, tuple[int, int]] = {}
    for one in pairs:
        for name in (one.a, one.b):
            wrong, frames = weight.get(name, (0, 0))
            weight[name] = wrong + (one.frames if one.a != one.b else 0), frames + one.frames
    chosen = sorted(weight, key=lambda name: (-weight[name][0], -weight[name][1], name))
    return sorted(chosen[:MOST_IN_CONFUSION])


def _stages(side: Side) -> list[str]:
    """Give the stages that were measured, the total first."""
    return [stage for stage in reversed(STAGES)
            if np.isfinite(side.results.times.get(stage, np.array([np.nan]))).any()]


def _stage_colour(side: Side, stage: str, comparison: Comparison) -> str:
    shades = {'A': ('#3b7dd8', '#56b4e9', '#009e73', '#7b5ea7', '#3f7f8f', '#0072b2'),
              'B': ('#e07b39', '#e69f00', '#b8a000', '#cc79a7', '#a0522d', '#d55e00')}
    return shades[side.letter][list(reversed(STAGES)).index(stage)]


def _top(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, 99.9)) * 1.02 if len(known) else 0.0
