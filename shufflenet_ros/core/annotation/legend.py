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

"""The legend: the classes that are seen, each with its colour, letters, name and share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shufflenet_ros.core.annotation.labels import Labels, NamedPart, paste
from shufflenet_ros.core.annotation.layout import BEST, Layout, OTHER
from shufflenet_ros.core.lettering import put_text, shortened, text_width

NARROWEST = 7
"""Lines of text that a column is wide, at least."""
BELOW = 'none'
"""Stands for all parts that no class has reached the threshold for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend."""

    index: int | None
    """Of the class; None for what is below the threshold."""
    name: str
    amount: str
    """``42%`` of the cells, or ``x3`` boxes."""


def entries_of(cells: Sequence[NamedPart], boxes: Sequence[NamedPart]) -> list[Entry]:
    """Count the classes of cells and boxes: the commonest first, those below at the end."""
    of_cells, of_boxes = (Counter(part.index if part.is_above else None for part in parts)
                          for parts in (cells, boxes))
    names = {part.index: part.name for part in (*cells, *boxes) if part.is_above}
    both = of_cells + of_boxes
    order = sorted(names, key=lambda index: (-both[index], index))
    below: list[int | None] = [None] if both[None] else []
    return [Entry(index, BELOW if index is None else names[index],
                  _amount(of_cells[index], len(cells), of_boxes[index]))
            for index in (*order, *below)]


def draw_legend(area: np.ndarray, entries: Sequence[Entry], layout: Layout) -> None:
    """
    Fill an area (height, width, 3) with entries, column by column.

    What has no room is counted in its last place.
    """
    height, width = area.shape[:2]
    rows = max(1, height // layout.line)
    most = max(1, width // (NARROWEST * layout.line))
    if len(entries) > rows * most:
        left_out = len(entries) - rows * most + 1
        entries = [*entries[:rows * most - 1], Entry(None, f'+{left_out}', '')]
    columns = [entries[start:start + rows] for start in range(0, len(entries), rows)]
    labels, left = Labels(layout), 0
    for column, column_width in zip(columns, _widths(columns, width, layout)):
        for row, entry in enumerate(column):
            top = row * layout.line
            _show(area[top:top + layout.line, left:left + column_width], entry, layout, labels)
        left += column_width


def _widths(columns: Sequence[Sequence[Entry]], width: int, layout: Layout) -> list[int]:
    """Give each column what it needs; where that is too much for all, the widest less."""
    widths = [max(_width(entry, layout) for entry in column) for column in columns]
    most = max(widths, default=0)
    while most > 0 and sum(widths) > width:
        most -= max(1, layout.line // 8)
        widths = [min(most, column) for column in widths]
    return widths


def _width(entry: Entry, layout: Layout) -> int:
    texts = text_width(f'{entry.name}{entry.amount}', layout.scale, layout.stroke)
    return texts + (0 if entry.index is None else 2 * layout.line) + 2 * layout.line


def _show(place: np.ndarray, entry: Entry, layout: Layout, labels: Labels) -> None:
    scale, stroke, gap = layout.scale, layout.stroke, layout.line // 3
    base = layout.line - max(3, layout.line // 4)
    left = 0
    if entry.index is not None:
        plate = labels.letters(entry.index)[:place.shape[0] - 1, :place.shape[1]]
        paste(place, plate, 0, 0)
        left = max(plate.shape[1], layout.line) + gap
    colour = OTHER if entry.index is None else BEST
    amount_width = text_width(entry.amount, scale, stroke) if entry.amount else 0
    room = place.shape[1] - left - amount_width - 2 * gap
    name = shortened(entry.name, max(0, room), scale, stroke)
    if room > 0:
        put_text(place, name, left, base, scale, colour, stroke)
        left += text_width(name, scale, stroke) + gap
    put_text(place, entry.amount, left, base, scale, OTHER, stroke)


def _amount(cells: int, all_cells: int, boxes: int) -> str:
    share = [f'{cells / all_cells:.0%}' if 200 * cells > all_cells else '<1%'] if cells else []
    count = [f'x{boxes}'] if boxes else []
    return ' '.join((*share, *count))
