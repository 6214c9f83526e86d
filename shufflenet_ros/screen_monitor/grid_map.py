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
The cells of a grid as a map of letters and colours, beside it each class with its share.

Letters and colours are those of ``core.palette``, as on annotated images. A grid with more rows or
columns than there is room for is shown smaller: a letter then stands for several cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rich.color import Color
from rich.style import Style
from rich.text import Text
from shufflenet_ros.core.palette import Colour, letters_of, look_of
from shufflenet_ros.observer.grid_cells import Cell, percent, shares_of
from shufflenet_ros.screen_monitor.cells import fit, right

LEAST_LEGEND, LEGEND, LONGEST_NAME = 18, 23, 30
"""Cells of the terminal that the legend has at least, what is better, and most of its names."""
GAP, SHARE = 2, 5
"""Cells of the terminal between map and legend, and of a share."""
NO_CLASS = '-'
DIM = Style(dim=True)


class _Tile(NamedTuple):
    """What a letter of the map stands for."""

    class_index: int | None
    score: float | None
    """None where it stands for several cells."""


_Tiles: TypeAlias = 'list[list[_Tile | None]]'


def grid_map(cells: Sequence[Cell], width: int, lines: int, hint: str = '') -> list[Text]:
    """
    Give ``lines`` lines of exactly ``width`` cells of the terminal, 24 or more.

    ``hint`` stands below the legend where there is room.
    """
    room = width - max(LEAST_LEGEND, min(LEGEND, width // 2)) - GAP
    longest = max(len(_letters(cell.class_index)) for cell in cells)
    tiles, scale = _tiles(cells, max(1, room // longest), lines)
    drawn = _drawn(tiles, longest, room, lines)
    used = max(line.cell_len for line in drawn)
    note = '' if scale == (1, 1) else f'1 letter: {scale[1]}x{scale[0]} cells'
    legend = _legend(cells, note, hint, width - used - GAP, lines)
    drawn += [Text.assemble(' ' * used) for _ in range(lines - len(drawn))]
    return [Text.assemble(one, ' ' * GAP, other) for one, other in zip(drawn, legend)]


def _tiles(cells: Sequence[Cell], columns: int, rows: int) -> tuple[_Tiles, tuple[int, int]]:
    """Lay cells out in at most so many columns and rows; how many rows, columns a tile is."""
    height, width = (max(places) + 1 for places in zip(*((one.row, one.column) for one in cells)))
    down, across = -(-height // rows), -(-width // columns)
    inside: dict[tuple[int, int], list[Cell]] = {}
    for cell in cells:
        inside.setdefault((cell.row // down, cell.column // across), []).append(cell)
    is_whole = down == across == 1
    return [[_tile(inside.get((row, column), ()), is_whole)
             for column in range(-(-width // across))]
            for row in range(-(-height // down))], (down, across)


def _tile(cells: Sequence[Cell], is_whole: bool) -> _Tile | None:
    if not cells:
        return None
    # Of several the one that most of them have.
    index = Counter(cell.class_index for cell in cells).most_common(1)[0][0]
    return _Tile(index, cells[0].score if is_whole else None)


def _drawn(tiles: _Tiles, letters: int, room: int, lines: int) -> list[Text]:
    """Draw tiles as large as there is room for: with their scores, with gaps, or letters alone."""
    columns = len(tiles[0])
    has_scores = all(tile is None or tile.score is not None for row in tiles for tile in row)
    is_tall = has_scores and 2 * len(tiles) <= lines and columns * 5 <= room
    if is_tall:
        return [line for row in tiles for line in (
            _row(row, 5, lambda tile: _letters(tile.class_index).center(5)),
            _row(row, 5, lambda tile: _score(tile).center(5)))]
    if has_scores and columns * (letters + 6) <= room:
        return [_row(row, letters + 6, lambda tile: (
            f' {_letters(tile.class_index):<{letters}} {_score(tile):<3} ')) for row in tiles]
    wide = next((wide for wide in (letters + 2, letters + 1) if columns * wide <= room), letters)
    return [_row(row, wide, lambda tile: _letters(tile.class_index).center(wide)) for row in tiles]


def _row(row: Sequence[_Tile | None], wide: int, words: Callable[[_Tile], str]) -> Text:
    line = Text()
    for tile in row:
        if tile is None:
            line.append(' ' * wide)
        else:
            line.append(words(tile), _style(tile.class_index))
    return line


def _score(tile: _Tile) -> str:
    """Give a score in three characters: ``.93``."""
    if tile.class_index is None or tile.score is None:
        return ''
    text = f'{tile.score:.2f}'
    return text[1:] if text.startswith('0') else text[:3]


def _legend(cells: Sequence[Cell], note: str, hint: str, width: int, lines: int) -> list[Text]:
    """Give each class with its share, the largest first, the note, and the hint if it fits."""
    shares = shares_of(cells)
    letters = max(len(_letters(one.class_index)) for one in shares)
    name = min(width - letters - 1 - SHARE, LONGEST_NAME)
    room = lines - bool(note)
    shown = [Text.assemble((right(_letters(one.class_index), letters), _style(one.class_index)),
                           f' {fit(one.name, name)}{right(percent(one.share), SHARE)}')
             for one in shares]
    if len(shown) > room:
        shown[room - 1:] = [_dim(f'and {len(shown) - room + 1} more', width)]
    shown += [_dim(said, width) for said in (note, hint) if said][:lines - len(shown)]
    for line in shown:
        line.append(' ' * (width - line.cell_len))
    return [*shown, *(Text.assemble(' ' * width) for _ in range(lines - len(shown)))]


def _dim(text: str, width: int) -> Text:
    return Text.assemble((fit(text, width), DIM))


def _letters(index: int | None) -> str:
    return NO_CLASS if index is None else letters_of(index)


@lru_cache(maxsize=1024)
def _style(index: int | None) -> Style:
    if index is None:
        return DIM
    look = look_of(index)
    return Style(color=_color(look.ink), bgcolor=_color(look.colour), bold=True)


def _color(colour: Colour) -> Color:
    blue, green, red = colour
    return Color.from_rgb(red, green, blue)
