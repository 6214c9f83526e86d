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
Cells and boxes on an image: a translucent tint, a frame and a label for each.

A part below the threshold has a thin grey frame alone. Nothing of a cell is drawn outside of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from shufflenet_ros.core.annotation.labels import Labels, NamedPart, paste
from shufflenet_ros.core.annotation.layout import Layout, OTHER
from shufflenet_ros.core.palette import BLACK, Colour, Hatching, look_of, opacity_of
from shufflenet_ros.core.parts import Box, clipped

BOX_TINT = 0.15
"""Opacity of a box: several may lie over one another."""
SMALLEST_FRAMED = 8
"""Pixels: a frame would hide all of smaller cells."""


def tint_cells(image: np.ndarray, cells: Sequence[NamedPart], layout: Layout) -> None:
    """Tint and frame the cells of a grid on a BGR image (height, width, 3)."""
    for cell in cells:
        box = clipped(cell.box, *image.shape[:2])
        if box is None:
            continue
        inside = _inside(image, box)
        if cell.is_above:
            _tint(inside, cell, opacity_of(cell.score), layout)
        if min(inside.shape[:2]) >= SMALLEST_FRAMED:
            _frame(inside, look_of(cell.index).colour if cell.is_above else OTHER, _thin(layout))


def label_cells(image: np.ndarray, cells: Sequence[NamedPart], layout: Layout) -> None:
    """Write into the top left corner of each cell as much of its result as fits into it."""
    labels = Labels(layout.smaller())
    for cell in cells:
        box = clipped(cell.box, *image.shape[:2])
        if box is not None and cell.is_above:
            _label_inside(_inside(image, box), labels, cell, _thin(layout))


def draw_boxes(image: np.ndarray, boxes: Sequence[NamedPart], layout: Layout) -> None:
    """
    Draw boxes that may overlap on a BGR image (height, width, 3): small ones over large ones.

    A label stands above its box, inside or below it, where no other label is. Where there is no
    place for it, its letters are tried, then it is left out: the frame shows the class.
    """
    shown = [(box, part) for part in boxes
             if (box := clipped(part.box, *image.shape[:2])) is not None]
    shown.sort(key=lambda found: -found[0].height * found[0].width)
    for box, part in shown:
        inside = _inside(image, box)
        if part.is_above:
            _tint(inside, part, BOX_TINT, layout)
            _frame(inside, BLACK, 4 * layout.stroke + 2)
            _frame(inside, look_of(part.index).colour, 4 * layout.stroke - 1)
        else:
            _frame(inside, OTHER, _thin(layout))
    _label_boxes(image, shown, layout.smaller())


def _inside(image: np.ndarray, box: Box) -> np.ndarray:
    return image[box.top:box.bottom, box.left:box.right]


def _tint(inside: np.ndarray, part: NamedPart, opacity: float, layout: Layout) -> None:
    look = look_of(part.index)
    cv2.convertScaleAbs(inside, dst=inside, alpha=1.0 - opacity)
    cv2.add(inside, opacity * np.array((*look.colour, 0.0)), dst=inside)
    if look.hatching is not Hatching.NONE:
        _hatch(inside, look.hatching, look.colour, layout)


def _hatch(inside: np.ndarray, hatching: Hatching, colour: Colour, layout: Layout) -> None:
    """Draw lines, as far apart as lines of text, cut off at the edges."""
    height, width = inside.shape[:2]
    right, down = hatching.value
    reach = max(height, width)
    for start in range(layout.line // 2, 2 * reach, layout.line):
        if hatching is Hatching.RISING:
            ends = (0, start), (start, 0)
        elif hatching is Hatching.FALLING:
            ends = (0, reach - start), (reach, 2 * reach - start)
        else:
            ends = (start * down, start * right), (start * down + reach * right,
                                                   start * right + reach * down)
        cv2.line(inside, *ends, colour, layout.stroke)


def _frame(inside: np.ndarray, colour: Colour, thickness: int) -> None:
    """Draw at the edges; of a thick line the outer half is cut off."""
    height, width = inside.shape[:2]
    cv2.rectangle(inside, (0, 0), (width - 1, height - 1), colour, thickness)


def _thin(layout: Layout) -> int:
    return (layout.stroke + 1) // 2


def _label_inside(inside: np.ndarray, labels: Labels, part: NamedPart, edge: int) -> None:
    plate = labels.fitting(part, inside.shape[0] - 2 * edge, inside.shape[1] - 2 * edge)
    if plate is not None:
        paste(inside, plate, edge, edge)


def _label_boxes(image: np.ndarray, shown: Sequence[tuple[Box, NamedPart]],
                 layout: Layout) -> None:
    labels = Labels(layout)
    height, width = image.shape[:2]
    taken = np.zeros((height, width), bool)
    for box, part in shown:
        if not part.is_above:
            continue
        whole = labels.fitting(part, height, max(box.width, width // 3))
        for plate in (whole, labels.letters(part.index)):
            place = next(_free_places(box, plate, taken), None) if plate is not None else None
            if plate is not None and place is not None:
                paste(image, plate, *place)
                taken[place[0]:place[0] + plate.shape[0],
                      place[1]:place[1] + plate.shape[1]] = True
                break


def _free_places(box: Box, plate: np.ndarray, taken: np.ndarray) -> Iterator[tuple[int, int]]:
    """Give top and left of each place of a label that lies in the image and covers no other."""
    height, width = plate.shape[:2]
    left = max(0, min(box.left, taken.shape[1] - width))
    for top in (box.top - height, box.top, box.bottom, box.bottom - height):
        fits = 0 <= top <= taken.shape[0] - height and left + width <= taken.shape[1]
        if fits and not taken[top:top + height, left:left + width].any():
            yield top, left
