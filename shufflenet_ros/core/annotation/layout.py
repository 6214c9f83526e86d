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

"""Sizes of what is drawn on an image: all follow from its size, so that any can be read."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from shufflenet_ros.core.lettering import put_text, shortened

BEST, OTHER, ACCENT, TRACK = (245, 245, 245), (190, 190, 190), (90, 200, 80), (70, 70, 70)  # BGR
SMALLEST_LINE = 14
"""Pixels from line to line: what OpenCV's font needs to be read."""


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
        return cls.of_line(max(SMALLEST_LINE, min(height // 20, width // 22)))

    @classmethod
    def of_line(cls, line: int) -> Layout:
        """Give the sizes that go with lines so far apart."""
        return cls(line, max(4, line // 3), line / 34, max(1, round(line / 18)))

    def smaller(self) -> Layout:
        """Give the sizes of labels, of which there are many."""
        return self.of_line(max(SMALLEST_LINE, self.line * 7 // 10))


def write(image: np.ndarray, text: str, top: int, left: int, layout: Layout,
          colour: tuple[int, int, int], max_width: int | None = None) -> None:
    """Write a line below ``top``, shortened to a width: by default, what is left of the image."""
    max_width = image.shape[1] - left if max_width is None else max_width
    put_text(image, shortened(text, max_width, layout.scale, layout.stroke), left,
             top + layout.margin + layout.line * 3 // 4, layout.scale, colour, layout.stroke)


def darken(part: np.ndarray, brightness: float) -> None:
    """Leave that share (0 to 1) of the brightness."""
    if part.size:
        part[:] = cv2.convertScaleAbs(part, alpha=brightness)
