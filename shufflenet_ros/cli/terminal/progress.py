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

"""Progress of long work and how long it will take: bars on a terminal, few lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.progress import Update

QUIET_S = 30.0
"""Seconds between two lines of one stage where there is no terminal."""


class TerminalProgress:
    """
    The ``Progress`` of one piece of work, stage by stage; a context manager.

    ``say`` prints a line above the bars.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn('{task.description:<12}', markup=False), BarColumn(),
            # The rich of Ubuntu 22.04 lacks MofNCompleteColumn.
            TextColumn('{task.completed:.0f}/{task.total:.0f}', style='progress.download'),
            TimeElapsedColumn(), TimeRemainingColumn(),
            TextColumn('{task.fields[note]}', markup=False),
            console=console, disable=not console.is_terminal)

    def __enter__(self) -> TerminalProgress:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        # The rich of Ubuntu 22.04 ends bars that were never there with an empty line.
        if self._console.is_terminal:
            self._bars.stop()

    def say(self, line: str) -> None:
        """Print one line; the user's names are no markup."""
        self._console.print(line, soft_wrap=True)

    def start(self, name: str, total: int, done: int = 0) -> Update:
        """Begin a stage of ``total`` parts, of which some are ``done`` already."""
        if not self._console.is_terminal:
            return _Lines(name, total, done, self.say)
        task = self._bars.add_task(plain(name), total=total, completed=done, note='')
        return lambda done, note='': self._bars.update(task, completed=done, note=plain(note))


class _Lines:
    """One stage in a log file."""

    def __init__(self, name: str, total: int, done: int, say: Callable[[str], None]) -> None:
        self._name, self._total, self._first, self._say = name, total, done, say
        self._start_s = self._said_s = monotonic()

    def __call__(self, done: int, note: str = '') -> None:
        now_s = monotonic()
        if done < self._total and now_s - self._said_s < QUIET_S:
            return
        self._said_s = now_s
        spent_s = now_s - self._start_s
        left_s = spent_s / max(1, done - self._first) * (self._total - done)
        time = f'{left_s:.0f} s left' if done < self._total else f'{spent_s:.0f} s'
        self._say(f'{self._name}: {done} of {self._total}, {time}{", " if note else ""}{note}')
