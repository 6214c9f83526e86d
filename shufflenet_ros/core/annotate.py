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
Draw a result on its image: the crop that the network saw, the best hypotheses, a line of text.

All sizes follow from the size of the image, so that 320x240 can be read as well as 1920x1080.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from shufflenet_ros.core.lettering import put_text, shortened

BEST, OTHER, ACCENT, TRACK = (245, 245, 245), (190, 190, 190), (90, 200, 80), (70, 70, 70)  # BGR
OUTSIDE_BRIGHTNESS = 0.55
"""Of what the network does not see."""
PANEL_BRIGHTNESS = 0.3
"""Of the image under the text."""
MAX_LINES = 3


@dataclass(frozen=True, slots=True)
class NamedHypothesis:
    """One hypothesis: the name of its class and its score in [0, 1]."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes (pixels) that suit an image."""

    line: int
    """Distance of two lines of text."""
    margin: int
    scale: float
    """Of OpenCV's font."""
    stroke: int

    @classmethod
    def of(cls, height: int, width: int) -> Layout:
        """Let lines be a twentieth of the height, but never too small for the font."""
        line = max(14, min(height // 20, width // 22))
        return cls(line, max(4, line // 3), line / 34, max(1, round(line / 18)))


def annotate(image: np.ndarray, hypotheses: Sequence[NamedHypothesis],
             region: tuple[int, int, int, int], note: str) -> None:
    """
    Draw on an image, BGR uint8 (height, width, 3).

    ``region`` is top, left, height and width (pixels) of the crop that the network sees;
    ``hypotheses`` come best first, at most three are shown; ``note`` is a line of small text.
    """
    height, width = image.shape[:2]
    layout = Layout.of(height, width)
    _show_crop(image, region, layout)
    shown = hypotheses[:min(MAX_LINES, max(1, height // (2 * layout.line) - 1))]
    lines = max(1, len(shown)) + 1
    top = max(0, height - lines * layout.line - layout.margin)
    _darken(image[top:], PANEL_BRIGHTNESS)
    for number, hypothesis in enumerate(shown):
        _show_hypothesis(image, hypothesis, top + number * layout.line, layout,
                         is_best=not number)
    if not shown:
        _write(image, 'nothing above the threshold', top, layout.margin, layout, OTHER)
    _write(image, note, top + (lines - 1) * layout.line, layout.margin, layout, OTHER)


def _show_crop(image: np.ndarray, region: tuple[int, int, int, int], layout: Layout) -> None:
    top, left, height, width = region
    bottom, right = top + height, left + width
    for outside in (image[:top], image[bottom:], image[top:bottom, :left],
                    image[top:bottom, right:]):
        _darken(outside, OUTSIDE_BRIGHTNESS)
    corners = (left, top), (right - 1, bottom - 1)
    cv2.rectangle(image, *corners, (0, 0, 0), 3 * layout.stroke)
    cv2.rectangle(image, *corners, ACCENT, max(1, 2 * layout.stroke - 1))


def _show_hypothesis(image: np.ndarray, hypothesis: NamedHypothesis, top: int, layout: Layout,
                     is_best: bool) -> None:
    """Write name and score, and draw the score as a bar over the rest of the line."""
    width = image.shape[1]
    colour = BEST if is_best else OTHER
    name_end, score_end = width * 45 // 100, width * 62 // 100
    _write(image, hypothesis.name, top, layout.margin, layout, colour, name_end - layout.margin)
    _write(image, f'{hypothesis.score:4.0%}', top, name_end, layout, colour)
    height = max(2, layout.line // 2)
    bar_top = top + layout.margin + (layout.line - height) // 2
    length = max(1, width - layout.margin - score_end)
    bar = image[bar_top:bar_top + height, score_end:score_end + length]
    bar[:] = TRACK
    bar[:, :round(length * hypothesis.score)] = ACCENT if is_best else OTHER


def _write(image: np.ndarray, text: str, top: int, left: int, layout: Layout,
           colour: tuple[int, int, int], max_width: int | None = None) -> None:
    max_width = image.shape[1] - left if max_width is None else max_width
    put_text(image, shortened(text, max_width, layout.scale, layout.stroke), left,
             top + layout.margin + layout.line * 3 // 4, layout.scale, colour, layout.stroke)


def _darken(part: np.ndarray, brightness: float) -> None:
    if part.size:
        part[:] = cv2.convertScaleAbs(part, alpha=brightness)
