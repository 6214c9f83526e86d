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

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.agreement import Confused
from shufflenet_ros.comparison.comparison import Comparison, Side
from shufflenet_ros.comparison.latency import spread_of
from shufflenet_ros.comparison.report.colours import SIDES
from shufflenet_ros.comparison.report.reduce import reduced_line, reduced_runs
from shufflenet_ros.comparison.results import seconds_of, STAGES, Stream
from shufflenet_ros.comparison.timeline import Run, runs_of

MOST_LANES = 12
"""Classes with a lane of their own in a timeline: those that last longest."""
OTHERS = 'other classes'
LANE_PIXELS = 34
MOST_IN_CONFUSION = 25
LONGEST = 28
"""Characters of a class beside a chart."""
GREY = '#8a8f94'


class Figure(NamedTuple):
    """What ``Plotly.newPlot`` takes, and how high it is on the page (pixels)."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    height: int


class Track(NamedTuple):
    """One stream of one result."""

    side: Side
    stream: Stream
    runs: list[Run]


def tracks_of(comparison: Comparison) -> list[list[Track]]:
    """Give the streams of A with those of B that belong to them, then those of B alone."""
    found = []
    of_b = {(one.recording, one.topic): one for one in comparison.streams.get('B', [])}
    partners = comparison.agreement.joined.streams if comparison.agreement else {}
    side_a, *rest = comparison.sides
    for stream in comparison.streams['A']:
        tracks = [_track(side_a, stream)]
        other = of_b.pop(partners.get((stream.recording, stream.topic), ('', '')), None)
        if other is not None:
            tracks.append(_track(rest[0], other))
        found.append(tracks)
    return found + [[_track(rest[0], one)] for one in of_b.values()]


def timeline(comparison: Comparison, tracks: Sequence[Track],
             colours: Mapping[str, str]) -> tuple[Figure, bool]:
    """Classes in lanes, scores below, agreement at the bottom; whether it is a short form."""
    lanes = lanes_of(tracks)
    has_both = len(tracks) == 2
    data: list[dict[str, Any]] = []
    is_reduced = False
    for track in tracks:
        runs, was_reduced = reduced_runs(track.runs)
        is_reduced |= was_reduced
        data += _bars(track, runs, lanes, colours, has_both)
        data += _scores(track, has_both)
    parts = [LANE_PIXELS * len(lanes) + 14, 90] + ([56] if has_both else [])
    if has_both:
        data.append(_agreement(comparison, tracks[0]))
    height = sum(parts) + 18 * len(parts) + 50
    return Figure(data, _timeline_layout(parts, lanes, has_both), height), is_reduced


def latency_over_time(comparison: Comparison) -> Figure:
    """Draw each stage along the frames of all recordings, the total first."""
    data = []
    for side in comparison.sides:
        for stage in _stages(side):
            values = side.results.times[stage]
            line = reduced_line(np.arange(len(values), dtype=np.float64), values)
            y = line.high if line.is_reduced else line.middle
            data.append(_line(line.seconds, y, f'{side.letter} {stage}' if len(
                comparison.sides) > 1 else stage, _stage_colour(side, stage, comparison), {
                    'visible': True if stage == 'total' else 'legendonly',
                    'line': {'width': 1.2, 'dash': 'dot' if side.letter == 'B' else 'solid',
                             'color': _stage_colour(side, stage, comparison)}}))
    return Figure(data, _layout(x='frame', y='ms', legend=True, y_range='tozero'), 300)


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
                'type': 'bar', 'name': name, 'x': _numbers((spread.edges[1:] + spread.edges[:-1])
                                                           / 2, 5),
                'y': spread.counts.tolist(), 'opacity': 0.65,
                'visible': True if stage == 'total' else 'legendonly',
                'marker': {'color': _stage_colour(side, stage, comparison)},
                'hovertemplate': '%{x:.3f} ms: %{y} frames<extra></extra>'})
    return Figure(data, {**_layout(x='ms', y='frames', legend=True), 'barmode': 'overlay',
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
    shown = [_short(name) for name in classes]
    size = len(classes)
    text = [[str(n) if n else '' for n in row] for row in counts.tolist()]
    hover = [[f'{names[0]}: {_safe(classes[row])}<br>{names[1]}: {_safe(classes[column])}<br>'
              f'{counts[row, column]} frames' for column in range(size)] for row in range(size)]
    layout = _layout(x=names[1], y=names[0])
    for axis in ('xaxis', 'yaxis'):
        layout[axis] |= {'tickmode': 'array', 'tickvals': list(range(size)), 'ticktext': shown,
                         'automargin': True, 'showgrid': False, 'zeroline': False}
    layout['yaxis']['autorange'] = 'reversed'
    layout['yaxis']['title']['standoff'] = 14
    layout['margin'] = {'l': 10, 'r': 10, 't': 10, 'b': 10}
    return Figure([{
        'type': 'heatmap', 'z': [_numbers(row, 4) for row in shares], 'text': text,
        'texttemplate': '%{text}' if size <= 12 else '', 'hovertext': hover, 'hoverinfo': 'text',
        'zmin': 0, 'zmax': 1, 'colorscale': [[0, 'rgba(59,125,216,0.04)'],
                                             [1, 'rgba(59,125,216,0.72)']],
        'showscale': False, 'xgap': 2, 'ygap': 2}], layout, min(720, 150 + 34 * size))


def _confused_classes(pairs: Sequence[Confused]) -> list[str]:
    """Choose the classes that are taken for others most often, then the most frequent ones."""
    weight: dict[str, tuple[int, int]] = {}
    for one in pairs:
        for name in (one.a, one.b):
            wrong, frames = weight.get(name, (0, 0))
            weight[name] = wrong + (one.frames if one.a != one.b else 0), frames + one.frames
    chosen = sorted(weight, key=lambda name: (-weight[name][0], -weight[name][1], name))
    return sorted(chosen[:MOST_IN_CONFUSION])


def _track(side: Side, stream: Stream) -> Track:
    return Track(side, stream, runs_of(side.results, stream))


def lanes_of(tracks: Sequence[Track]) -> list[str]:
    """Choose the classes with a lane, the one that lasts longest on top."""
    seconds: dict[str, float] = {}
    for track in tracks:
        for run in track.runs:
            seconds[run.name] = seconds.get(run.name, 0.0) + run.end_s - run.start_s
    order = sorted(seconds, key=lambda name: (-seconds[name], name))
    return order if len(order) <= MOST_LANES else [*order[:MOST_LANES - 1], OTHERS]


def _bars(track: Track, runs: Sequence[Run], lanes: Sequence[str], colours: Mapping[str, str],
          has_both: bool) -> Iterator[dict[str, Any]]:
    of_lane: dict[str, list[Run]] = {}
    for run in runs:
        of_lane.setdefault(run.name if run.name in lanes else OTHERS, []).append(run)
    offset = 0.0 if not has_both else 0.19 if track.side.letter == 'A' else -0.19
    who = f'{track.side.letter}: ' if has_both else ''
    for lane, part in of_lane.items():
        y = len(lanes) - 1 - lanes.index(lane)
        yield {
            'type': 'bar', 'orientation': 'h', 'name': _safe(f'{who}{lane}'),
            'base': _numbers([run.start_s for run in part], 3),
            'x': _numbers([run.end_s - run.start_s for run in part], 3),
            'y': [y + offset] * len(part), 'width': 0.34 if has_both else 0.6,
            'marker': {'color': colours.get(lane, GREY), 'line': {'width': 0}},
            'opacity': 1.0 if track.side.letter == 'A' else 0.75, 'showlegend': False,
            'hovertext': [_told(run, who) for run in part], 'hoverinfo': 'text', 'textposition':
            'none'}


def _told(run: Run, who: str) -> str:
    frames = f'<br>{run.frames} frames, mean score {run.score:.3f}' if run.frames else (
        '<br>most of this step')
    return f'{who}{_safe(run.name)}<br>{run.start_s:.3f} s to {run.end_s:.3f} s{frames}'


def _scores(track: Track, has_both: bool) -> Iterator[dict[str, Any]]:
    results, rows = track.side.results, track.stream.rows
    scores = np.where(results.is_good[rows] & (results.best[rows] != ''), results.score[rows],
                      np.nan)
    line = reduced_line(seconds_of(results, track.stream), scores)
    colour = SIDES[track.side.letter] if has_both else SIDES['A']
    name = f'score of {track.side.letter}' if has_both else 'score'
    if line.is_reduced:
        yield {'type': 'scatter', 'mode': 'lines', 'showlegend': False, 'hoverinfo': 'skip',
               'x': _numbers([*line.seconds, *line.seconds[::-1]], 3),
               'y': _numbers([*line.high, *line.low[::-1]], 4), 'fill': 'toself', 'yaxis': 'y2',
               'line': {'width': 0}, 'fillcolor': colour, 'opacity': 0.2}
    yield _line(line.seconds, line.middle, name, colour, {
        'yaxis': 'y2', 'showlegend': False,
        'hovertemplate': f'{name} %{{y:.3f}} at %{{x:.2f}} s<extra></extra>'})


def _agreement(comparison: Comparison, track: Track) -> dict[str, Any]:
    """Give the share of frames with the same class along a stream of A."""
    agreement = comparison.agreement
    assert agreement is not None
    same = np.zeros(len(comparison.a))
    same[agreement.joined.a] = agreement.same
    same[agreement.joined.a[~agreement.counts]] = np.nan
    line = reduced_line(seconds_of(comparison.a, track.stream), same[track.stream.rows], 300)
    return _line(line.seconds, line.middle, 'agreement', '#009e73', {
        'yaxis': 'y3', 'showlegend': False, 'fill': 'tozeroy',
        'line': {'width': 1, 'shape': 'hvh', 'color': '#009e73'},
        'hovertemplate': 'agreement %{y:.1%} at %{x:.2f} s<extra></extra>'})


def _timeline_layout(parts: Sequence[int], lanes: Sequence[str],
                     has_both: bool) -> dict[str, Any]:
    """Put the parts below one another on one axis of time."""
    whole = sum(parts) + 18 * (len(parts) - 1)
    layout: dict[str, Any] = _layout(x='seconds from the beginning of the recording')
    layout |= {'barmode': 'overlay', 'dragmode': 'zoom', 'hovermode': 'closest'}
    top = whole
    for height, name in zip(parts, ('yaxis', 'yaxis2', 'yaxis3')):
        layout[name] = {'domain': [max(0.0, round((top - height) / whole, 5)),
                                   round(top / whole, 5)],
                        'fixedrange': True, 'automargin': True, 'zeroline': False}
        top -= height + 18
    layout['yaxis'] |= {'tickmode': 'array', 'tickvals': list(range(len(lanes))),
                        'ticktext': [_short(lane) for lane in reversed(lanes)],
                        'range': [-0.6, len(lanes) - 0.4]}
    layout['yaxis2'] |= {'range': [0, 1.04], 'tickvals': [0, 0.5, 1], 'title': {'text': 'score'}}
    if has_both:
        layout['yaxis3'] |= {'range': [0, 1.04], 'tickvals': [0, 1], 'tickformat': '.0%',
                             'title': {'text': 'agree'}}
    layout['xaxis'] |= {'anchor': f'y{len(parts)}'}
    return layout


def _layout(x: str = '', y: str = '', legend: bool = False, y_range: str = '') -> dict[str, Any]:
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


def _line(x: np.ndarray, y: np.ndarray, name: str, colour: str,
          more: Mapping[str, Any]) -> dict[str, Any]:
    return {'type': 'scatter', 'mode': 'lines', 'name': name, 'x': _numbers(x, 3),
            'y': _numbers(y, 4), 'line': {'width': 1.4, 'color': colour}, **more}


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


def _numbers(values: Any, digits: int) -> list[float]:
    """Round, so that the page stays small."""
    return [round(float(one), digits) for one in values]


def _short(name: str) -> str:
    return _safe(name if len(name) <= LONGEST else f'{name[:LONGEST - 2]}..')


def _safe(name: str) -> str:
    """Make a name what plotly.js shows as it is: it reads some HTML in all texts."""
    return escape(name, quote=False)
