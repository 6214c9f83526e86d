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
Draw a result on its image: what the network saw, the best hypotheses, cells, boxes, some text.

All sizes follow from the size of the image, so that 320x240 can be read as well as 3840x2160.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from shufflenet_ros.core.annotation.labels import NamedPart
from shufflenet_ros.core.annotation.layout import (
    ACCENT,
    BEST,
    darken,
    Layout,
    OTHER,
    TRACK,
    write,
)
from shufflenet_ros.core.annotation.legend import draw_legend, entries_of, Entry
from shufflenet_ros.core.annotation.parts import draw_boxes, label_cells, tint_cells
from shufflenet_ros.core.lettering import shortened, text_width
from shufflenet_ros.core.parts import Box

OUTSIDE_BRIGHTNESS = 0.55
"""Of what the network does not see."""
PANEL_BRIGHTNESS = 0.3
"""Of the image under the text."""
MAX_LINES = 3
LEGEND_LINES = 3
NARROW = 30
"""Lines of text that a footer is wide, at least, in which the legend is beside the hypotheses."""
NOTHING = 'nothing above the threshold'
FOOTER_COLOUR = (28, 28, 28)


@dataclass(frozen=True, slots=True)
class NamedHypothesis:
    """One hypothesis: the name of its class and its score in [0, 1]."""

    name: str
    score: float


def annotate(image: np.ndarray, hypotheses: Sequence[NamedHypothesis] | None,
             seen: tuple[int, int, int, int] | None, note: str, *,
             region: Box | None = None, cells: Sequence[NamedPart] | None = None,
             boxes: Sequence[NamedPart] | None = None) -> np.ndarray:
    """
    Draw on an image, BGR uint8 (height, width, 3), and give what is to be shown.

    ``seen`` is top, left, height and width (pixels) of the crop that the network sees of the
    region as a whole, whose ``hypotheses`` come best first, at most three are shown; both are
    None where only parts of it are classified. ``note`` is a line of small text. ``region`` is
    what is looked at; by default the whole image.

    Without ``cells`` and ``boxes`` all is drawn on the image itself. With a list of them, be it
    empty, hypotheses and note stand with a legend in a footer below the image, so that no part is
    hidden: what is given is a copy, higher than the image by the same for all of one size.
    """
    layout = Layout.of(*image.shape[:2])
    if cells is None and boxes is None:
        _show_seen(image, seen, region, layout)
        _show_panel(image, hypotheses, region, note, layout)
        return image
    lines = _footer_lines(image.shape[1], hypotheses is not None, layout)
    canvas = cv2.copyMakeBorder(image, 0, lines * layout.line + 2 * layout.margin, 0, 0,
                                cv2.BORDER_CONSTANT, value=FOOTER_COLOUR)
    drawn, footer = canvas[:image.shape[0]], canvas[image.shape[0]:]
    _show_region(drawn, region, layout)
    tint_cells(drawn, cells or (), layout)
    if seen is not None:
        _mark_corners(drawn, Box(*seen), layout)
    label_cells(drawn, cells or (), layout)
    draw_boxes(drawn, boxes or (), layout)
    _fill(footer, hypotheses, entries_of(cells or (), boxes or ()), note, layout)
    return canvas


def _show_seen(image: np.ndarray, seen: tuple[int, int, int, int] | None, region: Box | None,
               layout: Layout) -> None:
    """Darken what the network does not see, and frame what it sees."""
    if seen is None:
        _show_region(image, region, layout)
        return
    box = Box(*seen)
    _darken_outside(image, box)
    if region not in (None, Box(0, 0, *image.shape[:2])):
        _frame(image, region, OTHER, layout.stroke)
    _frame(image, box, (0, 0, 0), 3 * layout.stroke)
    _frame(image, box, ACCENT, max(1, 2 * layout.stroke - 1))


def _show_region(image: np.ndarray, region: Box | None, layout: Layout) -> None:
    """Darken what is not looked at."""
    if region is not None and region != Box(0, 0, *image.shape[:2]):
        _darken_outside(image, region)
        _frame(image, region, OTHER, layout.stroke)


def _darken_outside(image: np.ndarray, box: Box) -> None:
    for outside in (image[:box.top], image[box.bottom:], image[box.top:box.bottom, :box.left],
                    image[box.top:box.bottom, box.right:]):
        darken(outside, OUTSIDE_BRIGHTNESS)


def _frame(image: np.ndarray, box: Box, colour: tuple[int, int, int], thickness: int) -> None:
    cv2.rectangle(image, (box.left, box.top), (box.right - 1, box.bottom - 1), colour, thickness)


def _mark_corners(image: np.ndarray, box: Box, layout: Layout) -> None:
    """Mark what the network sees of the region as a whole, and hide little of the cells."""
    reach = min(layout.line, box.height // 3, box.width // 3)
    for colour, thickness in (((0, 0, 0), 3 * layout.stroke),
                              (ACCENT, max(1, 2 * layout.stroke - 1))):
        for row, down in ((box.top, reach), (box.bottom - 1, -reach)):
            for column, right in ((box.left, reach), (box.right - 1, -reach)):
                cv2.line(image, (column, row), (column + right, row), colour, thickness)
                cv2.line(image, (column, row), (column, row + down), colour, thickness)


def _show_panel(image: np.ndarray, hypotheses: Sequence[NamedHypothesis] | None,
                region: Box | None, note: str, layout: Layout) -> None:
    """Write over the image: at its bottom, or at its top where more is free above the region."""
    height = image.shape[0]
    shown = () if hypotheses is None else hypotheses[
        :min(MAX_LINES, max(1, height // (2 * layout.line) - 1))]
    lines = (0 if hypotheses is None else max(1, len(shown))) + 1
    panel_height = lines * layout.line + layout.margin
    is_at_top = region is not None and region.top > height - region.bottom
    top = 0 if is_at_top else max(0, height - panel_height)
    darken(image[:panel_height] if is_at_top else image[top:], PANEL_BRIGHTNESS)
    if hypotheses is not None:
        _show_hypotheses(image, shown, top, layout)
    write(image, note, top + (lines - 1) * layout.line, layout.margin, layout, OTHER)


def _footer_lines(width: int, has_hypotheses: bool, layout: Layout) -> int:
    """Give the lines of a footer: of the legend, of hypotheses above it, and the note."""
    is_narrow = width < NARROW * layout.line
    return LEGEND_LINES + is_narrow + (is_narrow and has_hypotheses) + 1


def _fill(footer: np.ndarray, hypotheses: Sequence[NamedHypothesis] | None,
          entries: Sequence[Entry], note: str, layout: Layout) -> None:
    """Write below the image: hypotheses, at their right or below them the legend, the note."""
    width = footer.shape[1]
    note_top = footer.shape[0] - layout.line - 2 * layout.margin
    top = left = layout.margin
    if hypotheses is not None and width < NARROW * layout.line:
        _show_in_a_row(footer, hypotheses, layout)
        top += layout.line
    elif hypotheses is not None:
        _show_hypotheses(footer[:, :width // 2], hypotheses[:MAX_LINES], 0, layout)
        left += width // 2
    draw_legend(footer[top:note_top + layout.margin, left:width - layout.margin], entries,
                layout.smaller())
    write(footer, note, note_top, layout.margin, layout, OTHER)


def _show_in_a_row(footer: np.ndarray, hypotheses: Sequence[NamedHypothesis],
                   layout: Layout) -> None:
    """Write names and scores side by side."""
    shown = hypotheses[:MAX_LINES]
    column = (footer.shape[1] - layout.margin) // max(1, len(shown))
    score_width = text_width('100%', layout.scale, layout.stroke)
    for number, hypothesis in enumerate(shown):
        name = shortened(hypothesis.name, column - score_width - 2 * layout.margin,
                         layout.scale, layout.stroke)
        write(footer, f'{name} {hypothesis.score:.0%}', 0, layout.margin + number * column,
              layout, OTHER if number else BEST, column - layout.margin)
    if not shown:
        write(footer, NOTHING, 0, layout.margin, layout, OTHER)


def _show_hypotheses(image: np.ndarray, hypotheses: Sequence[NamedHypothesis], top: int,
                     layout: Layout) -> None:
    for number, hypothesis in enumerate(hypotheses):
        _show_hypothesis(image, hypothesis, top + number * layout.line, layout,
                         is_best=not number)
    if not hypotheses:
        write(image, NOTHING, top, layout.margin, layout, OTHER)


def _show_hypothesis(image: np.ndarray, hypothesis: NamedHypothesis, top: int, layout: Layout,
                     is_best: bool) -> None:
    """Write name and score, and draw the score as a bar over the rest of the line."""
    width = image.shape[1]
    colour = BEST if is_best else OTHER
    name_end, score_end = width * 45 // 100, width * 62 // 100
    write(image, hypothesis.name, top, layout.margin, layout, colour, name_end - layout.margin)
    write(image, f'{hypothesis.score:4.0%}', top, name_end, layout, colour)
    height = max(2, layout.line // 2)
    bar_top = top + layout.margin + (layout.line - height) // 2
    length = max(1, width - layout.margin - score_end)
    bar = image[bar_top:bar_top + height, score_end:score_end + length]
    bar[:] = TRACK
    bar[:, :round(length * hypothesis.score)] = ACCENT if is_best else OTHER
