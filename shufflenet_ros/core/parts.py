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
Parts of an image that are classified on their own: a region, the cells of a grid in it, boxes.

Shares of the image become pixels here, and nowhere else. This file imports no OpenCV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
import re
from typing import NamedTuple

from shufflenet_ros.core.errors import ConfigurationError

MOST_CELLS = 256
"""Of a grid: each costs an inference."""
GRID = re.compile(r'\s*(\d{1,3})\s*[xX]\s*(\d{1,3})\s*')
KEPT = 64
"""Divided rectangles that are remembered: those of a camera are the same image after image."""
ROUNDING = 1e-6
"""A region of 0.7 + 0.3 ends at the edge of the image, whatever the digits of its sum."""


class Box(NamedTuple):
    """A rectangle of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """First column to the right of it."""
        return self.left + self.width


class Part(NamedTuple):
    """A part of an image that is classified, and what it is called."""

    id: str
    """``r0c2`` for a cell, in the first row and the third column; a box has its detector's own."""
    box: Box


@dataclass(frozen=True, slots=True)
class Region:
    """
    The part of an image that is looked at, as shares of its width and height from the top left.

    Raises ConfigurationError for what is not inside the image or has no area.
    """

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def __post_init__(self) -> None:
        inside = (self.x >= 0 and self.y >= 0 and self.width > 0 and self.height > 0
                  and self.x + self.width <= 1 + ROUNDING
                  and self.y + self.height <= 1 + ROUNDING)
        if not inside:  # NaN as well
            raise ConfigurationError(
                f'region: {[self.x, self.y, self.width, self.height]}, expected x, y, width and '
                'height as shares of the image (0 to 1) that lie inside it, such as '
                '[0.0, 0.67, 1.0, 0.33] for its lower third')

    def box(self, height: int, width: int) -> Box:
        """Give its pixels in an image of that size: at least one in each direction."""
        top, bottom = _span(self.y, self.height, height)
        left, right = _span(self.x, self.width, width)
        return Box(top, left, bottom - top, right - left)


WHOLE_IMAGE = Region()


def region_of(shares: Sequence[float]) -> Region:
    """Make a region of x, y, width and height; ConfigurationError for any other number of them."""
    if len(shares) != 4:
        raise ConfigurationError(
            f'region: {list(shares)}, expected four numbers: x, y, width and height as shares of '
            'the image')
    return Region(*(float(share) for share in shares))


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows that divide a region into cells; ConfigurationError for too many."""

    columns: int
    rows: int

    def __post_init__(self) -> None:
        if not (self.columns > 0 and self.rows > 0 and self.columns * self.rows <= MOST_CELLS):
            raise ConfigurationError(
                f"grid: '{self.columns}x{self.rows}', expected columns x rows with 1 to "
                f"{MOST_CELLS} cells, such as '4x3'")

    def cells(self, box: Box) -> list[Part]:
        """
        Divide a rectangle: row by row, from the top left; together they are the whole of it.

        Where it has fewer pixels than cells in a direction, cells share the same pixel.
        """
        return list(_cells(self, box))

    def __str__(self) -> str:
        return f'{self.columns}x{self.rows}'


def grid_of(text: str) -> Grid | None:
    """Read ``4x3``: columns, then rows; None of an empty text. Raises ConfigurationError."""
    if not text.strip():
        return None
    found = GRID.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f"grid: {text!r}, expected columns x rows, such as '4x3', or '' for none")
    return Grid(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class View:
    """What of each image is classified: a region, as a whole, in cells, or both."""

    region: Region = WHOLE_IMAGE
    grid: Grid | None = None
    classify_whole: bool = True
    """Whether the region is classified as a whole; without a grid or boxes it always is."""
    has_rois: bool = False
    """Whether a detector's boxes are classified."""

    @property
    def has_whole(self) -> bool:
        """Whether the region is classified as a whole."""
        return self.classify_whole or (self.grid is None and not self.has_rois)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but a detector's boxes is classified."""
        return self.grid is None and not self.has_whole

    def whole(self, height: int, width: int) -> Box:
        """Give the pixels of the region in an image of that size."""
        return self.region.box(height, width)

    def cells(self, height: int, width: int) -> list[Part]:
        """Give the cells in an image of that size; none without a grid."""
        return self.grid.cells(self.whole(height, width)) if self.grid else []

    def boxes(self, height: int, width: int) -> list[Box]:
        """Give all that is classified in an image of that size."""
        whole = [self.whole(height, width)] if self.has_whole else []
        return [*whole, *(cell.box for cell in self.cells(height, width))]


def clipped(box: Box, height: int, width: int) -> Box | None:
    """Give what of a box lies inside an image of that size; None where nothing does."""
    top, left = max(0, box.top), max(0, box.left)
    bottom, right = min(height, box.bottom), min(width, box.right)
    return Box(top, left, bottom - top, right - left) if top < bottom and left < right else None


def _span(start: float, share: float, length: int) -> tuple[int, int]:
    first = min(length - 1, round(start * length))
    return first, max(first + 1, min(length, round((start + share) * length)))


@lru_cache(KEPT)
def _cells(grid: Grid, box: Box) -> tuple[Part, ...]:
    rows = _edges(box.top, box.height, grid.rows)
    columns = _edges(box.left, box.width, grid.columns)
    return tuple(Part(f'r{row}c{column}', Box(top, left, bottom - top, right - left))
                 for row, (top, bottom) in enumerate(rows)
                 for column, (left, right) in enumerate(columns))


def _edges(start: int, length: int, count: int) -> list[tuple[int, int]]:
    edges = [start + round(number * length / count) for number in range(count + 1)]
    return [(first, max(first + 1, last)) if last > first or first < start + length
            else (first - 1, first) for first, last in zip(edges, edges[1:])]
