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

"""The loop of ``shufflenet_ros monitor``: observe, look at keys, show; a few times a second."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
import os
import queue
import threading
import time
from typing import NamedTuple

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from shufflenet_ros.node.run import run
from shufflenet_ros.process.middleware import prepare_middleware
from shufflenet_ros.screen_monitor.control import Control, Wish
from shufflenet_ros.screen_monitor.observed_view import ObservedView
from shufflenet_ros.screen_monitor.page import page
from shufflenet_ros.screen_monitor.painter import Painter
from shufflenet_ros.screen_monitor.plain_lines import PlainLines
from shufflenet_ros.screen_monitor.suspension import Suspension
from shufflenet_ros.screen_monitor.typed_keys import TypedKeys
from shufflenet_ros.terminal.kept_errors import KeptErrors
from shufflenet_ros.terminal.keys import has_terminal, Keys
from shufflenet_ros.terminal.plain_console import PlainConsole

PROGRAM = 'shufflenet_ros monitor'
SCREEN_S, LINES_S = 0.5, 1.0
"""How often the screen is drawn, and lines are printed, where nothing else is asked for."""
LOOK_S = 0.25
"""How often, at least, the size of the terminal is looked at."""
SEQUENCE_S = 0.3
"""How long the rest of a key may be on its way over a slow link."""
WOKEN = b''


class Request(NamedTuple):
    """What is to be watched, and how."""

    node: str = ''
    """Fully qualified name of the classifier; empty for the first one that is found."""
    every_s: float | None = None
    """Seconds between two updates; None for what fits the output."""


def monitor(request: Request, ros_arguments: Sequence[str] = ()) -> int:
    """Watch until a key or a signal ends it, and return the exit code."""
    prepare_middleware()
    console = PlainConsole()
    if can_show(console):
        shown: _Screen | _Lines = _Screen(request, console)
    else:
        shown = _Lines(request)
    return run(PROGRAM, ros_arguments, lambda: MonitorNode(shown.stop), shown.serve)


def can_show(console: PlainConsole) -> bool:
    """Whether a console is a terminal that can move its cursor, with keys."""
    return console.is_terminal and not console.is_dumb_terminal and os.isatty(0) and os.isatty(1)


class MonitorNode(Node):
    """The node of the observer; it has no parameters and logs nothing."""

    def __init__(self, stop: object) -> None:
        """``stop`` is called when the context is about to be shut down."""
        super().__init__(f'shufflenet_ros_monitor_{os.getpid()}', start_parameter_services=False,
                         enable_rosout=False)
        self._stop = stop

    def close(self) -> None:
        """End the loop."""
        self._stop()  # type: ignore[operator]


class _Screen:
    """The loop with a terminal."""

    def __init__(self, request: Request, console: PlainConsole) -> None:
        self._request = request
        self._every_s = SCREEN_S if request.every_s is None else request.every_s
        self._painter = Painter(console)
        # A queue of the kind that signal handlers may put into.
        self._input: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._keys = Keys(self._input.put)
        self._typed = TypedKeys()
        self._is_over = False

    def stop(self) -> None:
        """End the loop; from any thread."""
        self._is_over = True
        self._keys.close()
        self._input.put(WOKEN)

    def serve(self, node: Node, executor: SingleThreadedExecutor) -> None:
        """Show the screen until the end."""
        observed = ObservedView(node, self._request.node)
        control = Control(observed.view, observed.changes)
        suspension = Suspension(self._give_terminal_back, self._keys.go_on)
        with KeptErrors(), _spinning(executor):
            try:
                self._keys.start()
                self._loop(observed, control)
            except OSError:
                self._is_over = True  # the terminal is gone
            finally:
                suspension.close()
                self.stop()
                with suppress(OSError):
                    self._painter.leave()
                observed.close()

    def _loop(self, observed: ObservedView, control: Control) -> None:
        next_s = time.monotonic()
        is_new = True
        while not self._is_over:
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s = max(next_s + self._every_s, now_s)
                observed.update()
                is_new = True
            self._paint(observed, is_new)
            is_new = False
            wait_s = min(max(0.0, next_s - time.monotonic()), LOOK_S)
            for key in self._pressed(wait_s):
                is_new = True
                wish = control.press(key)
                if wish is Wish.QUIT:
                    return
                if wish is Wish.NEXT_NODE:
                    observed.next_node()
                observed.send_changes()

    def _paint(self, observed: ObservedView, is_new: bool) -> None:
        """Show what is new, or all of it on a terminal that was resized or has come back."""
        if not has_terminal():
            return
        size = os.get_terminal_size(1)
        if is_new or not self._painter.shows((size.columns, size.lines)):
            self._painter.paint(page(observed.view, *size), (size.columns, size.lines))

    def _pressed(self, wait_s: float) -> list[str]:
        """Wait for keys, at most so long."""
        try:
            typed = self._input.get(timeout=SEQUENCE_S if self._typed.is_begun else wait_s)
        except queue.Empty:
            return self._typed.give_up()
        while not self._input.empty():
            typed += self._input.get()
        return self._typed.feed(typed)

    def _give_terminal_back(self) -> None:
        if has_terminal():
            self._painter.leave()
        self._keys.hold()


class _Lines:
    """The loop without a terminal."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._every_s = LINES_S if request.every_s is None else request.every_s
        self._is_over = threading.Event()

    def stop(self) -> None:
        """End the loop; from any thread."""
        self._is_over.set()

    def serve(self, node: Node, executor: SingleThreadedExecutor) -> None:
        """Print lines until the end, or until nobody reads them."""
        observed, lines = ObservedView(node, self._request.node), PlainLines()
        with _spinning(executor), suppress(BrokenPipeError):
            while not self._is_over.wait(self._every_s):
                observed.update()
                for line in lines.lines(observed.view):
                    print(str(line), flush=True)
                observed.changes.note = ''


class _spinning:
    """Serves the answers of services on a thread of its own meanwhile."""

    def __init__(self, executor: SingleThreadedExecutor) -> None:
        self._executor = executor
        self._thread = threading.Thread(target=self._spin, name='spin', daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._executor.shutdown(timeout_sec=1.0)
        self._thread.join(1.0)

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except Exception:
            if rclpy.ok():
                raise
