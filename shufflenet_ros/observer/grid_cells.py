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

"""The cells of a camera's grid as the latest frame shows them; nothing of ROS is imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
import re
from typing import NamedTuple

CELL_ID = re.compile(r'r(\d{1,3})c(\d{1,3})')
"""``r0c2``: the first row, the third column."""
BELOW = 'below threshold'
"""In place of the name of a class, where no class of a cell reached the threshold."""


class Cell(NamedTuple):
    """One cell and its best class."""

    id: str
    row: int
    column: int
    """From the top left, 0 or more."""
    class_index: int | None
    """Of the class among the labels of its model; None where none reached the threshold."""
    name: str
    """Of the class; ``class 7`` where the labels are not known, :data:`BELOW` without a class."""
    score: float
    """0 to 1; 0 without a class."""

    @property
    def is_above(self) -> bool:
        """Whether a class reached the threshold."""
        return self.class_index is not None


class CellsReading(NamedTuple):
    """A message of ``regions``."""

    stamp_ns: int
    best: tuple[tuple[str, tuple[str, float] | None], ...]
    """Id of each cell, with class id and score of its best hypothesis; None without any."""


class ClassShare(NamedTuple):
    """How much of a grid is one class."""

    class_index: int | None
    name: str
    share: float
    """Of all cells, more than 0, at most 1."""


def cells_of(reading: CellsReading, labels: Mapping[str, str]) -> tuple[Cell, ...]:
    """Name the cells by the labels of their model; those with another kind of id are left out."""
    cells = []
    for id_, best in reading.best:
        found = CELL_ID.fullmatch(id_)
        if found is None or (best is not None and not (
                best[0].isascii() and best[0].isdigit() and len(best[0]) < 7)):
            continue
        row, column = int(found[1]), int(found[2])
        if best is None:
            cells.append(Cell(id_, row, column, None, BELOW, 0.0))
        else:
            cells.append(Cell(id_, row, column, int(best[0]),
                              labels.get(best[0], f'class {best[0]}'), best[1]))
    return tuple(cells)


def shares_of(cells: Sequence[Cell]) -> list[ClassShare]:
    """Give the share of each class that a cell has, the largest first."""
    counts = Counter((cell.class_index, cell.name) for cell in cells)
    return [ClassShare(index, name, count / len(cells)) for (index, name), count in sorted(
        counts.items(), key=lambda one: (-one[1], one[0][0] is None, one[0][0] or 0))]


def shares_in_words(cells: Sequence[Cell], most: int = 4) -> str:
    """Say what a grid shows: ``grass 58 %, gravel 33 %, 2 more``; empty without cells."""
    shares = shares_of(cells)
    words = [f'{one.name} {percent(one.share)}' for one in shares[:most]]
    return ', '.join([*words, *([f'{len(shares) - most} more'] if len(shares) > most else [])])


def percent(share: float) -> str:
    """Give a share as ``58 %``: what is there is never 0 %, what is not all never 100 %."""
    if 0 < share < 1:
        return f'{min(max(round(100 * share), 1), 99)} %'
    return f'{round(100 * share)} %'
