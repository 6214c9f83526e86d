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
Labels of parts: as much of letters, name and score as a room has place for, on a plate.

Plates have the colour of their class, so that they can be read on any image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from shufflenet_ros.core.annotation.layout import Layout
from shufflenet_ros.core.lettering import put_text, shortened, text_extent, text_width
from shufflenet_ros.core.palette import look_of
from shufflenet_ros.core.parts import Box

SHORTEST_NAME = 4.0
"""Lines of text that a shortened name must have as its width: less says nothing."""
TINY = 0.85
"""Of the size of labels: what is tried where nothing else fits."""
WIDEST_LETTER, WIDEST_SCORE, CERTAIN = 'W', '88%', '100%'
_Lines = tuple[tuple[str, ...], ...]
_Form = tuple[tuple[tuple[str | None, ...], ...], Layout]
"""Lines of pieces of text, None in place of the score, and the size of the text."""


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A cell or a detector's box, and what it is taken for."""

    box: Box
    """In pixels of the image that is drawn on; it may reach beyond that."""
    index: int
    """Of its class, among the labels of the model."""
    name: str
    """Of its class."""
    score: float
    """0 to 1."""
    is_above: bool = True
    """Whether the score reaches the threshold; where not, the part has a thin frame alone."""


class Labels:
    """The labels of one image; those that are alike are made once."""

    def __init__(self, layout: Layout) -> None:
        """Draw with the sizes of ``layout``."""
        self._layout = layout
        self._forms: dict[tuple[int, int, int, str], _Form | None] = {}
        self._plates: dict[tuple[int, _Lines, int], np.ndarray] = {}

    def fitting(self, part: NamedPart, height: int, width: int) -> np.ndarray | None:
        """
        Give the most telling label that fits into so many pixels; None where none does.

        Those of a class look alike, whatever the letters and the scores; only 100% needs more
        room than others.
        """
        score = f'{part.score:.0%}'
        widest = CERTAIN if score == CERTAIN else WIDEST_SCORE
        room = part.index, height, width, widest
        if room not in self._forms:
            self._forms[room] = next((form for form in self._possible(part, width)
                                      if _fits(form, height, width, widest)), None)
        form = self._forms[room]
        return None if form is None else self._plate(part.index, tuple(
            tuple(piece or score for piece in line) for line in form[0]), form[1])

    def letters(self, index: int) -> np.ndarray:
        """Give the plate with the letters of a class alone."""
        return self._plate(index, ((look_of(index).letters,),), self._layout)

    def _possible(self, part: NamedPart, width: int) -> Iterator[_Form]:
        """Give what a label may tell, the most telling first."""
        letters, layout = look_of(part.index).letters, self._layout
        name = f'{letters} {part.name}'
        yield ((name, None),), layout
        yield ((name,), (None,)), layout
        yield ((name,),), layout
        room = width - 2 * _pad(layout)
        if room >= SHORTEST_NAME * layout.line:
            short = shortened(name, room, layout.scale, layout.stroke)
            yield ((short,), (None,)), layout
            yield ((short,),), layout
        for size in (layout, layout.of_line(round(TINY * layout.line))):
            yield ((letters, None),), size
            yield ((letters,), (None,)), size
            yield ((letters,),), size

    def _plate(self, index: int, lines: _Lines, layout: Layout) -> np.ndarray:
        key = index, lines, layout.line
        if key not in self._plates:
            self._plates[key] = _drawn(index, lines, layout)
        return self._plates[key]


def paste(image: np.ndarray, plate: np.ndarray, top: int, left: int) -> None:
    """Put a plate on an image, inside of which it must lie."""
    image[top:top + plate.shape[0], left:left + plate.shape[1]] = plate


def _fits(form: _Form, height: int, width: int, score: str) -> bool:
    """Whether it does with the widest letters; those alone have no space, and names have one."""
    lines, layout = form
    own = tuple(tuple(piece or score for piece in line) for line in lines)
    widest = tuple(tuple(piece if piece == score or ' ' in piece else WIDEST_LETTER * len(piece)
                         for piece in line) for line in own)
    return (max(_height(own, layout), _height(widest, layout)) <= height
            and max(_width(own, layout), _width(widest, layout)) <= width)


def _height(lines: _Lines, layout: Layout) -> int:
    above, below = _reach(lines, layout)
    return above + (len(lines) - 1) * layout.line + below + 2 * _pad(layout)


def _width(lines: _Lines, layout: Layout) -> int:
    return 2 * _pad(layout) + max(
        sum(text_width(piece, layout.scale, layout.stroke) for piece in line)
        + (len(line) - 1) * _gap(layout) for line in lines)


def _reach(lines: _Lines, layout: Layout) -> tuple[int, int]:
    """Give how far the first line reaches above its base, and the last one below."""
    above = max(text_extent(piece, layout.scale, layout.stroke)[1] for piece in lines[0])
    below = max(text_extent(piece, layout.scale, layout.stroke)[2] for piece in lines[-1])
    return above, below


def _drawn(index: int, lines: _Lines, layout: Layout) -> np.ndarray:
    look = look_of(index)
    plate = np.empty((_height(lines, layout), _width(lines, layout), 3), np.uint8)
    cv2.rectangle(plate, (0, 0), plate.shape[1::-1], look.colour, cv2.FILLED)
    base = _pad(layout) + _reach(lines, layout)[0]
    for line in lines:
        left = _pad(layout)
        for piece in line:
            put_text(plate, piece, left, base, layout.scale, look.ink, layout.stroke)
            left += text_width(piece, layout.scale, layout.stroke) + _gap(layout)
        base += layout.line
    return plate


def _pad(layout: Layout) -> int:
    return max(2, layout.line // 8)


def _gap(layout: Layout) -> int:
    return layout.line // 2
