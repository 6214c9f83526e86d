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

"""The charts as PNG, for places where no page can be shown; every one is a matplotlib figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np
from shufflenet_ros.comparison.agreement import Confused
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.report.colours import SIDES
from shufflenet_ros.comparison.report.figures import GREY
from shufflenet_ros.comparison.report.reduce import reduced_line, reduced_runs
from shufflenet_ros.comparison.report.timeline_figure import lanes_of, OTHERS, Track
from shufflenet_ros.comparison.results import seconds_of, STAGES
from shufflenet_ros.core.lettering import drawable, fonts_of

MOST_STREAMS = 6
"""Of the chart of timelines."""
MOST_CLASSES = 25
LONGEST = 28
"""Characters of a class beside an axis."""


def timelines(tracks: Sequence[Sequence[Track]], colours: Mapping[str, str]) -> Figure:
    """Classes in lanes over time, scores below: one pair of axes for each stream."""
    lanes = [lanes_of(one) for one in tracks]
    heights = [part for one in lanes for part in (0.3 * len(one) + 0.3, 0.9)]
    figure = Figure((11, sum(heights) + 0.75 * len(tracks)), layout='constrained', dpi=90)
    axes = figure.subplots(len(heights), 1, squeeze=False,
                           gridspec_kw={'height_ratios': heights})[:, 0]
    for number, (one, names) in enumerate(zip(tracks, lanes)):
        top, below = axes[2 * number:2 * number + 2]
        _strip(top, below)
        _lanes(top, one, names, colours)
        for track in one:
            _scores(below, track, len(one) == 2)
        below.set_ylim(0, 1.04)
        below.set_ylabel('score', fontsize=8)
        top.sharex(below)
        top.tick_params(labelbottom=False)
        if len(one) == 2:
            below.legend(frameon=False, fontsize=8, loc='lower right', ncols=2)
    axes[-1].set_xlabel('seconds from the beginning of the recording')
    return figure


def latency(comparison: Comparison) -> Figure:
    """How the whole time of a frame is spread, and the p50 and p99 of each stage."""
    figure = Figure((11, 3.6), layout='constrained', dpi=90)
    spread, stages = figure.subplots(1, 2)
    _strip(spread, stages)
    sides = [side for side in comparison.sides if side.results.times]
    for place, side in enumerate(sides):
        total = side.results.times.get('total', np.array([]))
        known = total[np.isfinite(total)]
        if len(known):
            top = float(np.percentile(known, 99.9))
            spread.hist(np.minimum(known, top), 60, color=SIDES[side.letter], alpha=0.65,
                        label=side.letter)
        names = [stage for stage in STAGES if np.isfinite(
            side.results.times.get(stage, np.array([np.nan]))).any()]
        values = [np.nanpercentile(side.results.times[stage], (50, 99)) for stage in names]
        width = 0.8 / len(sides)
        at = np.array([STAGES.index(stage) for stage in names]) + (place + 0.5) * width - 0.4
        stages.bar(at, [high for _, high in values], width * 0.92, alpha=0.35,
                   color=SIDES[side.letter])
        stages.bar(at, [middle for middle, _ in values], width * 0.92, color=SIDES[side.letter],
                   label=side.letter)
    spread.set_xlabel('time of a frame (ms)')
    spread.set_ylabel('frames')
    stages.set_xticks(range(len(STAGES)), STAGES, fontsize=8)
    stages.set_ylabel('p50, and p99 in pale (ms)')
    if len(sides) > 1:
        spread.legend(frameon=False)
    return figure


def confusion(pairs: Sequence[Confused], names: tuple[str, str]) -> Figure:
    """Draw a matrix of counts; colour is the share of a row."""
    frames: dict[str, int] = {}
    for one in pairs:
        for name in (one.a, one.b):
            frames[name] = frames.get(name, 0) + one.frames
    classes = sorted(sorted(frames, key=lambda name: (-frames[name], name))[:MOST_CLASSES])
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for one in pairs:
        if one.a in classes and one.b in classes:
            counts[classes.index(one.a), classes.index(one.b)] = one.frames
    side = 3.2 + 0.42 * len(classes)
    figure = Figure((side, side * 0.9), layout='constrained', dpi=90)
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap='Blues', vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts)):
        axes.text(column, row, counts[row, column], ha='center', va='center', fontsize=8,
                  color='white' if shares[row, column] > 0.5 else 'black')
    shown = _names(classes)
    axes.set_xticks(range(len(shown)), shown, rotation=45, ha='right', fontsize=8)
    axes.set_yticks(range(len(shown)), shown, fontsize=8)
    axes.set_xlabel(names[1])
    axes.set_ylabel(names[0])
    return figure


def _lanes(axes: Axes, tracks: Sequence[Track], lanes: Sequence[str],
           colours: Mapping[str, str]) -> None:
    for track in tracks:
        two = len(tracks) == 2
        offset = 0.0 if not two else 0.19 if track.side.letter == 'A' else -0.19
        height = 0.34 if two else 0.6
        of_lane: dict[str, list[tuple[float, float]]] = {}
        for run in reduced_runs(track.runs)[0]:
            of_lane.setdefault(run.name if run.name in lanes else OTHERS, []).append(
                (run.start_s, run.end_s - run.start_s))
        for lane, spans in of_lane.items():
            y = len(lanes) - 1 - lanes.index(lane) + offset
            axes.broken_barh(spans, (y - height / 2, height), color=colours.get(lane, GREY),
                             alpha=1.0 if track.side.letter == 'A' else 0.7, linewidth=0)
    axes.set_yticks(range(len(lanes)), _names(list(reversed(lanes))), fontsize=8)
    axes.set_ylim(-0.6, len(lanes) - 0.4)
    stream = tracks[0].stream
    both = ' (A above B)' if len(tracks) == 2 else ''
    title = f'{stream.recording} {stream.topic}{both}'
    axes.set_title(_names([title], 90)[0], fontsize=9, loc='left')


def _scores(axes: Axes, track: Track, has_both: bool) -> None:
    results, rows = track.side.results, track.stream.rows
    scores = np.where(results.is_good[rows], results.score[rows], np.nan)
    line = reduced_line(seconds_of(results, track.stream), scores)
    colour = SIDES[track.side.letter if has_both else 'A']
    if line.is_reduced:
        axes.fill_between(line.seconds, line.low, line.high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(line.seconds, line.middle, color=colour, lw=1, label=track.side.letter)


def _strip(*several: Axes) -> None:
    for axes in several:
        axes.spines[['top', 'right']].set_visible(False)
        axes.grid(alpha=0.15)
        axes.set_axisbelow(True)


def _names(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """
    Give names as matplotlib shall write them, and fonts that have their letters.

    Dollar signs are taken as they are: it would read mathematics between them.
    """
    for path in fonts_of(''.join(names)):
        font_manager.fontManager.addfont(path)
        family = font_manager.FontProperties(fname=path).get_name()
        rcParams['font.family'] = list(dict.fromkeys([*rcParams['font.family'], family]))
    return [drawable(name if len(name) <= longest else f'{name[:longest - 2]}..').replace(
        '$', r'\$') for name in names]
