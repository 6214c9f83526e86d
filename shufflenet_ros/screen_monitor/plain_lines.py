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

"""The same without a terminal: a line for each camera, and what changed, once each."""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.core.text import plain
from shufflenet_ros.observer.grid_cells import shares_in_words
from shufflenet_ros.screen_monitor.camera_table import said_of
from shufflenet_ros.screen_monitor.cells import number
from shufflenet_ros.screen_monitor.view import View


class PlainLines:
    """Makes lines of a view; remembers what it has said."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()
        self._is_waiting = False

    def lines(self, view: View) -> Iterator[str]:
        """Give the lines of one moment."""
        if view.node is None or not view.node.cameras:
            if not self._is_waiting:
                yield (f'waiting for {plain(view.wanted or "a classifier")} (domain '
                       f'{plain(view.surroundings.domain)}, '
                       f'{plain(view.surroundings.middleware)}); is it running and configured?')
            self._is_waiting = True
            return
        self._is_waiting = False
        findings = {(found.source, found.text): found for found in view.node.findings()}
        for key, found in findings.items():
            if key not in self._said:
                yield f'{found.level.name} {plain(found.source)}: {plain(found.text, 1000)}'
        self._said = set(findings)
        if view.note:
            yield plain(view.note, 1000)
        for name in view.node.cameras:
            yield _camera(view, name)


def _camera(view: View, name: str) -> str:
    assert view.node is not None, 'the caller has looked'
    camera, figures = view.node.cameras[name], view.figures_of(name)
    words, score, _ = said_of(camera, view.now_s)
    cells = '' if score is None or not camera.cells else (
        f', cells: {plain(shares_in_words(camera.cells), 1000)}')
    drops = ''.join(f', {kind} {number(rate)}/s' for kind, rate in figures.drops.items()
                    if rate > 0)
    return (f'{plain(view.node.name)} {plain(camera.title)}: {plain(words)}'
            f'{"" if score is None else f" {score:.2f}"}{cells}, '
            f'{number(figures.arriving_hz)} images/s, {number(figures.result_hz)} results/s, '
            f'total p50 {number(figures.p50[-1], 2)} p99 {number(figures.p99[-1], 2)} ms{drops}')
