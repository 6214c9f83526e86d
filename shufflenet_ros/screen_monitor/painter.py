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

"""Lines on a terminal: only the cells that changed are sent, for the sake of slow links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from shufflenet_ros.screen_monitor.cells import ASCII
from shufflenet_ros.terminal.plain_console import PlainConsole

ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'
"""Another screen (xterm), no cursor, no wrapping: widths of rare characters are guesses."""
LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'
ERASE_REST, ERASE_ALL = '\x1b[K', '\x1b[2J'
CLOSE = 5
"""Cells that are sent again rather than jumped over: a jump takes so many bytes and more."""

Cells: TypeAlias = list[tuple[str, Style | None]]
Patch: TypeAlias = tuple[int, int, Cells, bool]
"""Row, column, what stands there from now on, and whether the rest of the row is erased."""


class Painter:
    """The lines that are on the screen of a terminal."""

    def __init__(self, console: PlainConsole) -> None:
        """``console`` must be one of a terminal that can move its cursor."""
        self._console = console
        self._shown: list[Text] = []
        self._cells: list[Cells] = []
        self._is_on = False
        self._size = (0, 0)
        self.sent_bytes = 0
        """Since the start."""

    def shows(self, size: tuple[int, int]) -> bool:
        """Whether lines are on the screen of a terminal of that size."""
        return self._is_on and size == self._size

    def paint(self, lines: Sequence[Text], size: tuple[int, int]) -> None:
        """Show lines from the top on; ``size`` are columns and rows of the terminal."""
        start = '' if self._is_on else ENTER
        if size != self._size or not self._is_on:
            start += ERASE_ALL
            self._shown, self._cells = [Text()] * size[1], [[] for _ in range(size[1])]
            self._size, self._is_on = size, True
        patches: list[Patch] = []
        for row, line in enumerate([*lines, *(Text() for _ in range(size[1] - len(lines)))]):
            if self._shown[row] != line:
                cells = self._cells_of(line)
                patches += _patches(row, self._cells[row], cells)
                self._shown[row], self._cells[row] = line.copy(), cells
        if start or patches:
            self._console.begin_capture()
            self._console.print(_Patches(patches), end='', crop=False)
            self._send(start + self._console.end_capture())

    def leave(self) -> None:
        """Have the terminal as it was; the next :meth:`paint` begins anew."""
        if self._is_on:
            self._is_on = False
            self._send(LEAVE)

    def _cells_of(self, line: Text) -> Cells:
        return [(character, segment.style) for segment in line.render(self._console)
                for character in segment.text]

    def _send(self, text: str) -> None:
        encoding = self._console.encoding
        if not encoding.lower().startswith('utf'):
            text = text.translate(ASCII).encode(encoding, 'replace').decode(encoding)
        self.sent_bytes += len(text.encode(encoding, 'replace'))
        self._console.file.write(text)
        self._console.file.flush()


class _Patches:
    """Cells each at a place of their own."""

    def __init__(self, patches: Iterable[Patch]) -> None:
        self._patches = patches

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for row, column, cells, is_end in self._patches:
            yield Control.move_to(column, row).segment
            for style, group in groupby(cells, key=lambda cell: cell[1]):
                yield Segment(''.join(character for character, _ in group), style)
            if is_end:
                yield Segment(ERASE_REST, None, [])


def _patches(row: int, before: Cells, after: Cells) -> Iterator[Patch]:
    """Give what makes one row of another: as little as is worth a jump."""
    if not (_is_narrow(before) and _is_narrow(after)):
        yield row, 0, after, True  # columns are no indices there
        return
    common = min(len(before), len(after))
    changed = [index for index in range(common) if before[index] != after[index]]
    start = 0
    for place, index in enumerate(changed):
        if place + 1 == len(changed) or changed[place + 1] - index > CLOSE:
            yield row, changed[start], after[changed[start]:index + 1], False
            start = place + 1
    if len(before) != len(after):
        yield row, common, after[common:], len(before) > len(after)


def _is_narrow(cells: Cells) -> bool:
    text = ''.join(character for character, _ in cells)
    return text.isascii() or cell_len(text) == len(text)
