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

"""What keys do: choose a camera, show cells or classes, type a value, step the threshold."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from math import ceil, floor, isnan

from shufflenet_ros.screen_monitor.changes import Changes
from shufflenet_ros.screen_monitor.typed_keys import (
    BACKSPACE,
    CLEAR,
    DOWN,
    ENTER,
    ESCAPE,
    PAGE_DOWN,
    PAGE_UP,
    UP,
)
from shufflenet_ros.screen_monitor.view import Prompt, View

STEP = 0.05
"""Of the threshold, for a key."""
PAGE = 5
"""Cameras."""
MOVES = {UP: -1, DOWN: 1, PAGE_UP: -PAGE, PAGE_DOWN: PAGE}
PROMPTS = {'m': 'model', 't': 'threshold', 'k': 'top_k', 'r': 'max_rate_hz', 'a': 'max_age_ms'}
LONGEST = 1000
"""Characters of a value that is typed."""


class Wish(Enum):
    """What a key asks of the loop."""

    NOTHING = 0
    QUIT = 1
    NEXT_NODE = 2


class Control:
    """Acts on the view and on the changes; knows no terminal."""

    def __init__(self, view: View, changes: Changes) -> None:
        self._view, self._changes = view, changes

    def press(self, key: str) -> Wish:
        """Do what a key of :mod:`typed_keys` stands for."""
        if self._view.prompt is not None:
            self._type(key, self._view.prompt)
        elif key in MOVES:
            self._move(MOVES[key])
        elif key in ('+', '=', '-'):
            self._step(-1 if key == '-' else 1)
        elif key in PROMPTS:
            self._view.prompt = Prompt(PROMPTS[key])
        elif key == 'c':
            self._view.shows_cells = not self._view.shows_cells
        return Wish.NOTHING if self._view.prompt is not None else {
            'q': Wish.QUIT, 'n': Wish.NEXT_NODE}.get(key, Wish.NOTHING)

    def _move(self, places: int) -> None:
        cameras = list(self._view.node.cameras) if self._view.node is not None else []
        if self._view.camera in cameras:
            index = cameras.index(self._view.camera) + places
            self._view.camera = cameras[max(0, min(index, len(cameras) - 1))]

    def _step(self, direction: int) -> None:
        """Go to the next multiple of a step; one that is on its way counts already."""
        now = self._changes.latest('threshold')
        if now is None:
            now = _threshold_of(self._view)
        if isnan(now):
            self._changes.say('threshold: the node has not said its value yet; try again', True)
            return
        steps = floor(now / STEP + 1e-6) + 1 if direction > 0 else ceil(now / STEP - 1e-6) - 1
        self._changes.ask('threshold', round(min(max(steps * STEP, 0.0), 1.0), 2))

    def _type(self, key: str, prompt: Prompt) -> None:
        typed: dict[str, Callable[[], str]] = {
            BACKSPACE: lambda: prompt.typed[:-1], CLEAR: lambda: ''}
        if key == ENTER or key == ESCAPE:
            self._view.prompt = None
            if key == ENTER and prompt.typed.strip():
                self._changes.ask_typed(prompt.name, prompt.typed.strip(), self._view.settings)
        elif key in typed:
            self._view.prompt = Prompt(prompt.name, typed[key]())
        elif len(key) == 1:
            self._view.prompt = Prompt(prompt.name, (prompt.typed + key)[:LONGEST])


def _threshold_of(view: View) -> float:
    """Give the score that results must reach: the parameter, or below 0 the one of the card."""
    value = view.settings.get('threshold', float('nan'))
    if value < 0 and view.node is not None and view.node.model is not None:
        return view.node.model.number('threshold')
    return float(value)
