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

import cv2
import numpy as np
from shufflenet_ros.core.lettering import put_text

TILE = (400, 300)
STRIP = 58
COLUMNS = 4
INK, FAINT = (245, 245, 245), (170, 170, 170)
RIGHT, WRONG, UNKNOWN = (90, 190, 80), (70, 70, 230), (200, 160, 60)  # BGR


@dataclass(frozen=True, slots=True)
class Tile:
    """One frame of the sheet; ``right`` is None where the truth is not known."""

    image: np.ndarray
    caption: str
    detail: str
    right: bool | None


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
    colour = UNKNOWN if tile.right is None else RIGHT if tile.right else WRONG
    strip[:, :6] = colour
    put_text(strip, tile.caption, 16, 24, 0.62, INK)
    put_text(strip, tile.detail, 16, 47, 0.48, FAINT)
    return cv2.copyMakeBorder(np.vstack((_fitted(tile.image), strip)), 3, 3, 3, 3,
                              cv2.BORDER_CONSTANT)


def _fitted(image: np.ndarray) -> np.ndarray:
    """Scale to the size of a tile, with black bars where the aspect ratio differs."""
    width, height = TILE
    scale = min(width / image.shape[1], height / image.shape[0])
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    fitted = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    fitted[top:top + size[1], left:left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA)
    return fitted
