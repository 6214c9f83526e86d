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

"""How a player looks in a terminal: one line that changes; elsewhere a line now and then."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time

from rich.live import Live
from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.terminal.plain_console import PlainConsole

EVERY_S = 0.2
QUIET_S = 30.0
"""Seconds between two lines where there is no terminal."""
KEYS = 'space: pause  right: step  up/down: rate'


class Screen:
    """Shows what a function says, on a thread of its own: nothing that plays waits for it."""

    def __init__(self) -> None:
        self._console = PlainConsole()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def say(self, line: str) -> None:
        """Print a line above the one that changes."""
        self._console.print(line, soft_wrap=True)

    def start(self, line: Callable[[], str], has_keys: bool) -> None:
        """Begin to show the line, and which keys there are."""
        self._thread = threading.Thread(
            target=self._show, args=(line, KEYS if has_keys else ''), name='screen', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show nothing more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(1.0)
        if self._console.is_terminal:
            self._live.stop()

    def _show(self, line: Callable[[], str], keys: str) -> None:
        if self._console.is_terminal:
            self._live.start()
        said_s = time.monotonic()
        while not self._is_over.wait(EVERY_S):
            if self._console.is_terminal:
                self._live.update(self._fitting(line(), keys), refresh=True)
            elif time.monotonic() - said_s >= QUIET_S:
                said_s = time.monotonic()
                self.say(line())

    def _fitting(self, line: str, keys: str) -> Text:
        shown = plain(line, max(20, self._console.width - 1))
        room = self._console.width - len(shown) - 4
        return Text.assemble(shown, (f'   {keys}' if keys and room >= len(keys) else '', 'dim'))
