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
The whole frame as a BGR image to look at or to draw on, whatever its encoding.

It goes through the preprocess of the network, at the frame's own size and without a crop: what is
shown has the colours that the network saw.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import cv2
import numpy as np
from shufflenet_ros.core.encoding.decode import decode_with_size
from shufflenet_ros.core.frame import AnyFrame
from shufflenet_ros.core.geometry import Geometry, SMALLEST_SIDE
from shufflenet_ros.core.parts import Box
from shufflenet_ros.core.preprocess import preprocess, size_of


class Placement(NamedTuple):
    """Where the pixels of a frame, as it was sent, lie in the image made of it."""

    sent: tuple[int, int]
    """Height and width of the frame."""
    shown: Box
    """What is shown of the frame."""
    height: int
    """Of the image."""
    width: int

    def place(self, box: Box) -> Box:
        """Give the pixels of the image that show a box of the frame; they may lie outside."""
        top, bottom = (_scaled(edge - self.shown.top, self.height, self.shown.height)
                       for edge in (box.top, box.bottom))
        left, right = (_scaled(edge - self.shown.left, self.width, self.shown.width)
                       for edge in (box.left, box.right))
        return Box(top, left, max(1, bottom - top), max(1, right - left))


def bgr_image(frame: AnyFrame, max_pixels: int | None = None,
              max_side: int | None = None) -> np.ndarray:
    """
    Give a frame as BGR uint8 (height, width, 3) in memory of its own.

    Frames with less than 32 pixels in a direction come out enlarged, with square pixels. What
    would then have more than ``max_pixels``, or a side longer than ``max_side``, comes out
    smaller; of a strip that cannot be both high enough and short enough it is the middle. Raises
    FrameError for a frame that cannot be used.
    """
    return placed_image(frame, max_pixels, max_side)[0]


def placed_image(frame: AnyFrame, max_pixels: int | None = None,
                 max_side: int | None = None) -> tuple[np.ndarray, Placement]:
    """Give what :func:`bgr_image` does, and where the pixels of the frame lie in it."""
    pixels, sent = decode_with_size(frame)
    height, width = size_of(pixels)
    times = -(-SMALLEST_SIDE // min(height, width, SMALLEST_SIDE))
    size = _bounded(height * times, width * times, max_pixels, max_side)
    geometry = Geometry(*size, 1.0)
    rgb = preprocess(pixels, geometry)[0]
    return (cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR, dst=rgb),
            Placement(sent, Box(*geometry.region(*sent)), *size))


def _bounded(height: int, width: int, max_pixels: int | None,
             max_side: int | None) -> tuple[int, int]:
    scale = min(1.0, sqrt((max_pixels or height * width) / (height * width)),
                (max_side or max(height, width)) / max(height, width))
    return max(SMALLEST_SIDE, int(height * scale)), max(SMALLEST_SIDE, int(width * scale))


def _scaled(edge: int, length: int, of: int) -> int:
    """Round half up: neighbours keep the edge that they share."""
    return (2 * edge * length + of) // (2 * of)
