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

"""The timeline of a stream as a figure of plotly.js: classes in lanes, scores, agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.comparison import Comparison, Side
from shufflenet_ros.comparison.report.colours import SIDES
from shufflenet_ros.comparison.report.figures import (
    Figure,
    GREY,
    layout_of,
    line_of,
    numbers,
    safe,
    short,
)
from shufflenet_ros.comparison.report.reduce import reduced_line, reduced_runs
from shufflenet_ros.comparison.results import seconds_of, Stream
from shufflenet_ros.comparison.timeline import Run, runs_of, shown_classes

MOST_LANES = 12
"""Classes with a lane of their own in a timeline: those that last longest."""
OTHERS = 'other classes'
LANE_PIXELS = 34


class Track(NamedTuple):
    """One stream of one result."""

    side: Side
    stream: Stream
    runs: list[Run]


def tracks_of(comparison: Comparison, most: int) -> list[list[Track]]:
    """
    Give the streams of A with those of B that belong to them, then those of B alone.

    Of more than ``most`` those are chosen where most changes.
    """
    of_b = {(one.recording, one.topic): one for one in comparison.streams.get('B', [])}
    partners = comparison.agreement.joined.streams if comparison.agreement else {}
    side_a, *rest = comparison.sides
    pairs: list[list[tuple[Side, Stream]]] = []
    for stream in comparison.streams['A']:
        pair = [(side_a, stream)]
        other = of_b.pop(partners.get((stream.recording, stream.topic), ('', '')), None)
        pairs.append([*pair, (rest[0], other)] if other is not None else pair)
    pairs += [[(rest[0], one)] for one in of_b.values()]
    if len(pairs) > most:
        weights = [_weight(comparison, *pair[0]) for pair in pairs]
        chosen = sorted(range(len(pairs)), key=lambda place: (-weights[place], place))[:most]
        pairs = [pairs[place] for place in sorted(chosen)]
    return [[Track(side, stream, runs_of(side.results, stream)) for side, stream in pair]
            for pair in pairs]


def _weight(comparison: Comparison, side: Side, stream: Stream) -> int:
    """Count the frames on which both do not agree, or with one result the changes of class."""
    if comparison.agreement is None:
        shown = shown_classes(side.results, stream.rows)
        return int((shown[1:] != shown[:-1]).sum())
    if side.letter == 'B':
        return len(stream.rows)
    return int((comparison.agreed_frames[stream.rows] == 0).sum())


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
    return Figure(data, _layout_of(parts, lanes, has_both), height), is_reduced


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
            'type': 'bar', 'orientation': 'h', 'name': safe(f'{who}{lane}'),
            'base': numbers([run.start_s for run in part], 3),
            'x': numbers([run.end_s - run.start_s for run in part], 3),
            'y': [y + offset] * len(part), 'width': 0.34 if has_both else 0.6,
            'marker': {'color': colours.get(lane, GREY), 'line': {'width': 0}},
            'opacity': 1.0 if track.side.letter == 'A' else 0.75, 'showlegend': False,
            'hovertext': [_told(run, who) for run in part], 'hoverinfo': 'text', 'textposition':
            'none'}


def _told(run: Run, who: str) -> str:
    frames = f'<br>{run.frames} frames, mean score {run.score:.3f}' if run.frames else (
        '<br>most of this step')
    return f'{who}{safe(run.name)}<br>{run.start_s:.3f} s to {run.end_s:.3f} s{frames}'


def _scores(track: Track, has_both: bool) -> Iterator[dict[str, Any]]:
    results, rows = track.side.results, track.stream.rows
    scores = np.where(results.is_good[rows] & (results.best[rows] != ''), results.score[rows],
                      np.nan)
    line = reduced_line(seconds_of(results, track.stream), scores)
    colour = SIDES[track.side.letter] if has_both else SIDES['A']
    name = f'score of {track.side.letter}' if has_both else 'score'
    if line.is_reduced:
        yield {'type': 'scatter', 'mode': 'lines', 'showlegend': False, 'hoverinfo': 'skip',
               'x': numbers([*line.seconds, *line.seconds[::-1]], 3),
               'y': numbers([*line.high, *line.low[::-1]], 4), 'fill': 'toself', 'yaxis': 'y2',
               'line': {'width': 0}, 'fillcolor': colour, 'opacity': 0.2}
    yield line_of(line.seconds, line.middle, name, colour, {
        'yaxis': 'y2', 'showlegend': False,
        'hovertemplate': f'{name} %{{y:.3f}} at %{{x:.2f}} s<extra></extra>'})


def _agreement(comparison: Comparison, track: Track) -> dict[str, Any]:
    """Give the share of frames with the same class along a stream of A."""
    same = comparison.agreed_frames[track.stream.rows]
    line = reduced_line(seconds_of(comparison.a, track.stream), same, 300)
    return line_of(line.seconds, line.middle, 'agreement', '#009e73', {
        'yaxis': 'y3', 'showlegend': False, 'fill': 'tozeroy',
        'line': {'width': 1, 'shape': 'hvh', 'color': '#009e73'},
        'hovertemplate': 'agreement %{y:.1%} at %{x:.2f} s<extra></extra>'})


def _layout_of(parts: Sequence[int], lanes: Sequence[str],
                     has_both: bool) -> dict[str, Any]:
    """Put the parts below one another on one axis of time."""
    whole = sum(parts) + 18 * (len(parts) - 1)
    layout: dict[str, Any] = layout_of(x='seconds from the beginning')
    layout |= {'barmode': 'overlay', 'dragmode': 'zoom', 'hovermode': 'closest'}
    top = whole
    for height, name in zip(parts, ('yaxis', 'yaxis2', 'yaxis3')):
        layout[name] = {'domain': [max(0.0, round((top - height) / whole, 5)),
                                   round(top / whole, 5)],
                        'fixedrange': True, 'automargin': True, 'zeroline': False}
        top -= height + 18
    layout['yaxis'] |= {'tickmode': 'array', 'tickvals': list(range(len(lanes))),
                        'ticktext': [short(lane) for lane in reversed(lanes)],
                        'range': [-0.6, len(lanes) - 0.4]}
    layout['yaxis2'] |= {'range': [0, 1.04], 'tickvals': [0, 0.5, 1], 'title': {'text': 'score'}}
    if has_both:
        layout['yaxis3'] |= {'range': [0, 1.04], 'tickvals': [0, 1], 'tickformat': '.0%',
                             'title': {'text': 'agree'}}
    layout['xaxis'] |= {'anchor': f'y{len(parts)}'}
    return layout
