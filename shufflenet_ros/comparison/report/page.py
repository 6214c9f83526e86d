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

"""``report.html``: one file with all that it needs; nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import json
from typing import Any

import numpy as np
from shufflenet_ros.comparison.agreement import confusion_of
from shufflenet_ros.comparison.comparison import Comparison
from shufflenet_ros.comparison.recorded_images import Wanted
from shufflenet_ros.comparison.report import (
    figures,
    figures_in_tables,
    frames,
    summary,
    timeline_figure,
)
from shufflenet_ros.comparison.report.colours import colours_of
from shufflenet_ros.comparison.report.highlights import Highlight
from shufflenet_ros.comparison.report.look import POLICY, SCRIPT, STYLE
from shufflenet_ros.comparison.report.markup import count, element, Html, joined, text
from shufflenet_ros.comparison.verdict import Check
from shufflenet_ros.core.errors import ConfigurationError

MOST_TIMELINES = 12
"""Streams whose timeline is drawn; the tables have all."""


class Page:
    """One page while it is put together; charts are numbered as they come."""

    def __init__(self, comparison: Comparison, metrics: Mapping[str, Any],
                 checks: Sequence[Check]) -> None:
        self._comparison, self._metrics, self._checks = comparison, metrics, checks
        self._colours = colours_of(comparison)
        self._charts = 0

    def html(self, highlights: tuple[list[Highlight], int], images: Mapping[Wanted, np.ndarray],
             remarks: Sequence[str]) -> str:
        """
        Give the page; ``images`` are those that could be read.

        Raises ConfigurationError without plotly.
        """
        body = joined(self._parts(highlights, images, remarks))
        return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
                f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
                '<meta name="viewport" content="width=device-width, initial-scale=1">'
                f'<title>{text(self._title())}</title><style>{STYLE}</style></head><body>\n{body}\n'
                f'<script>{_plotly()}</script>\n<script>{SCRIPT}</script>\n</body></html>\n')

    def _title(self) -> str:
        names = [side.results.name for side in self._comparison.sides]
        return f'{" against ".join(names)} - shufflenet_ros compare'

    def _parts(self, highlights: tuple[list[Highlight], int],
               images: Mapping[Wanted, np.ndarray], remarks: Sequence[str]) -> Iterator[Html]:
        comparison, metrics = self._comparison, self._metrics
        yield from summary.heading(comparison)
        yield from summary.verdict(comparison, self._checks)
        yield summary.tiles(comparison, metrics)
        yield from summary.remarks(remarks)
        yield from summary.conditions(self._checks)
        yield from summary.differences(comparison)
        yield from frames.sheet(comparison, *highlights, images, self._colours)
        yield from frames.changed_table(metrics)
        yield from frames.only_in_one(comparison, metrics)
        yield from self._confusion()
        yield from self._accuracy()
        yield from self._timelines()
        yield from figures_in_tables.durations(comparison, metrics, self._colours)
        yield from self._latency()
        yield element('h2', 'Stamps, rate and damaged messages')
        yield from figures_in_tables.stamps(metrics)
        yield element('h2', 'Where the results come from')
        yield summary.origin(comparison)

    def _confusion(self) -> Iterator[Html]:
        comparison = self._comparison
        if comparison.b is None or comparison.agreement is None:
            return
        pairs = confusion_of(comparison.a, comparison.b, comparison.agreement)
        if pairs and any(one.a != one.b for one in pairs):
            yield element('h3', 'Which class became which')
            yield self._chart(figures.confusion(pairs, ('A', 'B')), 'side')

    def _accuracy(self) -> Iterator[Html]:
        if not self._comparison.accuracies:
            return
        yield element('h2', 'Accuracy')
        yield from figures_in_tables.accuracy(self._metrics)
        for letter, found in self._comparison.accuracies.items():
            if any(one.a != one.b for one in found.confusion):
                whose = f'{letter}: w' if self._comparison.b is not None else 'W'
                yield element('h3', f'{whose}hich class is taken for which')
                yield self._chart(figures.confusion(found.confusion, ('truth', 'said')), 'side')

    def _timelines(self) -> Iterator[Html]:
        comparison = self._comparison
        yield element('h2', 'Over time')
        two = comparison.b is not None
        yield element('p', 'Drag to zoom, double-click to go back.' + (
            ' In each lane A is above B; A has the blue score, B the orange one.'
            if two else ''), 'soft')
        found = timeline_figure.tracks_of(comparison, MOST_TIMELINES)
        for tracks in found:
            stream = tracks[0].stream
            yield element('h3', f'{stream.recording} {stream.topic}')
            figure, is_reduced = timeline_figure.timeline(comparison, tracks, self._colours)
            yield self._chart(figure)
            if is_reduced:
                yield element('p', 'The class changes too often to draw every change: each step '
                              'shows the class that lasts longest in it.', 'soft')
        streams = max(map(len, comparison.streams.values()))
        if streams > len(found):
            yield element('p', f'{count(streams - len(found), "more stream")} not drawn; these '
                          'are the ones where most changes.', 'soft')

    def _latency(self) -> Iterator[Html]:
        yield element('h2', 'Latency')
        yield from figures_in_tables.latency(self._metrics)
        if any(one['latency_ms'] for one in self._metrics['results'].values()):
            yield element('h3', 'Along the frames')
            yield self._chart(figures.latency_over_time(self._comparison))
            yield element('h3', 'Spread')
            yield self._chart(figures.latency_spread(self._comparison))
            yield element('p', 'A click on a stage shows or hides it.', 'soft')

    def _chart(self, figure: figures.Figure, css: str = '') -> Html:
        self._charts += 1
        name = f'chart-{self._charts}'
        # A less-than sign could end the script that holds the data.
        data = json.dumps({'data': figure.data, 'layout': figure.layout}, allow_nan=False,
                          separators=(',', ':')).replace('<', '\\u003c')
        return Html(f'<div class="chart {css}" id="{name}" style="height:{figure.height}px"></div>'
                    f'<script type="application/json" id="{name}-data">{data}</script>')


def _plotly() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ConfigurationError(
            f'the report needs plotly ({error}): pip install plotly') from error
    return get_plotlyjs().replace('</script', '<\\/script')
