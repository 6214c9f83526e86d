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

"""
Keys that are pressed in the terminal, as they come, like ``ros2 bag play`` has them.

The terminal is set so that keys come at once and are not shown; it is set back at the end, from
whatever thread that comes. A program in the background reads nothing: the shell has the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
import os
import select
import termios
import threading
from typing import Any

POLL_S = 0.1
LOCAL_FLAGS, CONTROL_CHARACTERS = 3, 6
"""Where termios has them in its list."""
STDIN = 0


def by_key(actions: Mapping[bytes, Callable[[], object]]) -> Callable[[bytes], None]:
    """
    Give what does the action of each key of what was typed; other keys do nothing.

    ``actions`` are by what the key sends: one character, or an escape sequence.
    """
    def act(typed: bytes) -> None:
        while typed:
            key = next((key for key in actions if typed.startswith(key)), None)
            if key is not None:
                actions[key]()
            typed = typed[len(key or b' '):]
    return act


class Keys:
    """Calls back for keys while standard input is a terminal; otherwise does nothing."""

    def __init__(self, typed: Callable[[bytes], object]) -> None:
        """``typed`` is called with what was typed, on a thread of this object."""
        self._typed = typed
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._is_held = False
        self._before: list[Any] | None = None
        self.are_there = False
        """Whether standard input is a terminal."""
        with suppress(OSError, termios.error):
            self.are_there = os.isatty(STDIN)

    def start(self) -> None:
        """Begin to read."""
        if self.are_there:
            threading.Thread(target=self._read, name='keys', daemon=True).start()

    def close(self) -> None:
        """Read no more, and set the terminal back; from any thread, and more than once."""
        self._is_over.set()
        self.hold()

    def hold(self) -> None:
        """Set the terminal back and read nothing until :meth:`go_on`."""
        with self._lock:
            self._is_held = True
            before, self._before = self._before, None
        if before is not None and has_terminal():
            with suppress(termios.error):
                termios.tcsetattr(STDIN, termios.TCSANOW, before)

    def go_on(self) -> None:
        """Read again after :meth:`hold`."""
        self._is_held = False

    def _read(self) -> None:
        while not self._is_over.is_set():
            try:
                if not self._take_terminal():
                    self._is_over.wait(POLL_S)
                elif select.select([STDIN], [], [], POLL_S)[0] and has_terminal():
                    typed = os.read(STDIN, 64)
                    if not typed:
                        return
                    self._typed(typed)
            except (OSError, termios.error):  # the terminal is gone
                return

    def _take_terminal(self) -> bool:
        """Have keys come at once; again after the program was stopped and continued."""
        if not has_terminal():
            return False
        with self._lock:
            if self._is_over.is_set() or self._is_held:
                return False
            now = termios.tcgetattr(STDIN)
            if now[LOCAL_FLAGS] & termios.ICANON:
                self._before = [*now[:CONTROL_CHARACTERS], [*now[CONTROL_CHARACTERS]]]
                now[LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
                now[CONTROL_CHARACTERS][termios.VMIN] = 1
                now[CONTROL_CHARACTERS][termios.VTIME] = 0
                termios.tcsetattr(STDIN, termios.TCSANOW, now)
        return True


def has_terminal() -> bool:
    """Whether this program is in the foreground: any other one would be stopped."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:
        return False
