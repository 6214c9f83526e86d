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

"""A contact sheet: frames as the camera published them, with the result of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from shufflenet_ros.core.lettering import put_text, shortened
from shufflenet_ros.core.parts import Box

TILE = (400, 300)
STRIP = 58
COLUMNS = 4
LINE, CELL_SCALE = 16, 0.38
"""Height of the line (pixels) with the class of a cell, and scale of its letters."""
INK, FAINT = (245, 245, 245), (170, 170, 170)
RIGHT, WRONG, UNKNOWN = (90, 190, 80), (70, 70, 230), (200, 160, 60)  # BGR


class TileCell(NamedTuple):
    """One cell of a frame; ``right`` is None where its truth is not known."""

    box: Box
    """Pixels of the image."""
    words: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Tile:
    """One frame of the sheet; ``right`` is None where the truth is not known."""

    image: np.ndarray
    caption: str
    detail: str
    right: bool | None
    cells: tuple[TileCell, ...] = ()


def contact_sheet(tiles: Sequence[Tile], title: str) -> np.ndarray:
    """Make one BGR uint8 image of all tiles, in rows of four under a title."""
    rows = -(-len(tiles) // COLUMNS)
    cells = [_cell(tile) for tile in tiles]
    cells += [np.zeros_like(cells[0])] * (rows * COLUMNS - len(cells))
    grid = np.vstack([np.hstack(cells[row * COLUMNS:(row + 1) * COLUMNS]) for row in range(rows)])
    head = np.zeros((44, grid.shape[1], 3), np.uint8)
    put_text(head, title, 12, 29, 0.65, INK)
    return np.vstack((head, grid))


def _cell(tile: Tile) -> np.ndarray:
    width, _ = TILE
    strip = np.full((STRIP, width, 3), 28, np.uint8)
    strip[:, :6] = _colour(tile.right)
    put_text(strip, tile.caption, 16, 24, 0.62, INK)
    put_text(strip, tile.detail, 16, 47, 0.48, FAINT)
    image, place = _fitted(tile.image)
    for cell in tile.cells:
        _draw_cell(image, cell, place)
    return cv2.copyMakeBorder(np.vstack((image, strip)), 3, 3, 3, 3,
                              cv2.BORDER_CONSTANT)


def _colour(right: bool | None) -> tuple[int, int, int]:
    return UNKNOWN if right is None else RIGHT if right else WRONG


def _draw_cell(image: np.ndarray, cell: TileCell, place: tuple[float, int, int]) -> None:
    """Frame a cell, and write its class into its lower left corner."""
    scale, top, left = place
    first = left + round(cell.box.left * scale), top + round(cell.box.top * scale)
    last = left + round(cell.box.right * scale) - 1, top + round(cell.box.bottom * scale) - 1
    colour = _colour(cell.right)
    cv2.rectangle(image, (first[0] + 1, first[1] + 1), (last[0] - 1, last[1] - 1), colour, 2)
    image[max(first[1], last[1] - LINE):last[1] - 1, first[0] + 2:last[0] - 1] //= 3
    words = shortened(cell.words, last[0] - first[0] - 8, CELL_SCALE, 1)
    put_text(image, words, first[0] + 5, last[1] - 5, CELL_SCALE, INK)


def _fitted(image: np.ndarray) -> tuple[np.ndarray, tuple[float, int, int]]:
    """
    Scale to the size of a tile, with black bars where the aspect ratio differs.

    Gives the scale and the place (top, left) of the image as well.
    """
    width, height = TILE
    scale = min(width / image.shape[1], height / image.shape[0])
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    fitted = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    fitted[top:top + size[1], left:left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA)
    return fitted, (scale, top, left)
