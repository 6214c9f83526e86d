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

"""How a player looks in a terminal: a line that changes; elsewhere a line now and then."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.terminal.plain_console import PlainConsole

EVERY_S = 0.2
QUIET_S = 30.0
"""Seconds between two lines where there is no terminal."""
KEYS = 'space: pause   right, n: one image   up, down: rate   ctrl-c: end'
LONGEST_NAME = 30
WIDEST_BAR, NARROWEST_BAR = 40, 5


class State(NamedTuple):
    """How far a player is."""

    word: str
    name: str
    at_s: float
    seconds: float
    """Of the whole recording; 0 where that is unknown."""
    note: str


class Screen:
    """Shows the state on a thread of its own: nothing that plays waits for it."""

    def __init__(self) -> None:
        self._console = PlainConsole()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def say(self, line: str) -> None:
        """Print a line above the one that changes."""
        self._console.print(line, soft_wrap=True)

    def start(self, state: Callable[[], State], has_keys: bool) -> None:
        """Begin to show the state, and which keys there are."""
        self._thread = threading.Thread(
            target=self._show, args=(state, KEYS if has_keys else ''), name='screen', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show nothing more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(1.0)
        if self._console.is_terminal:
            self._live.stop()

    def _show(self, state: Callable[[], State], keys: str) -> None:
        if self._console.is_terminal:
            self._live.start()
        said_s = time.monotonic()
        while not self._is_over.wait(EVERY_S):
            if self._console.is_terminal:
                self._live.update(_drawn(state(), keys, self._console.width), refresh=True)
            elif time.monotonic() - said_s >= QUIET_S:
                said_s = time.monotonic()
                self.say(_line(state()))


def _line(state: State) -> str:
    return f'{_head(state)}, {_tail(state)}'


def _drawn(state: State, keys: str, width: int) -> RenderableType:
    head, tail = _head(state), _tail(state)
    room = min(width - len(head) - len(tail) - 5, WIDEST_BAR)
    line = Text(f'{plain(head)}  ', no_wrap=True, overflow='ellipsis')
    if room >= NARROWEST_BAR:
        share = min(1.0, state.at_s / state.seconds) if state.seconds else 0.0
        done = round(room * share)
        line.append(plain('━' * done), 'cyan')
        line.append(plain('━' * (room - done)), 'bright_black')
    line.append(f'  {plain(tail)}')
    return Group(line, Text(plain(keys), 'dim', no_wrap=True, overflow='ellipsis')) if keys else (
        line)


def _head(state: State) -> str:
    return f'{state.word} {plain(state.name, LONGEST_NAME)}'


def _tail(state: State) -> str:
    time = (f'{min(state.at_s, state.seconds):.1f} of {state.seconds:.1f} s' if state.seconds
            else f'{state.at_s:.1f} s')
    return f'{time}, {state.note}'
