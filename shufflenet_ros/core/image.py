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

import cv2
import numpy as np
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.encoding.layouts import LumaChroma
from shufflenet_ros.core.frame import AnyFrame
from shufflenet_ros.core.geometry import Geometry, SMALLEST_SIDE
from shufflenet_ros.core.preprocess import preprocess


def bgr_image(frame: AnyFrame, max_pixels: int | None = None,
              max_side: int | None = None) -> np.ndarray:
    """
    Give a frame as BGR uint8 (height, width, 3) in memory of its own.

    Frames with less than 32 pixels in a direction come out enlarged, with square pixels. What
    would then have more than ``max_pixels``, or a side longer than ``max_side``, comes out
    smaller; of a strip that cannot be both high enough and short enough it is the middle. Raises
    FrameError for a frame that cannot be used.
    """
    pixels = decode(frame)
    samples = pixels.luma if isinstance(pixels, LumaChroma) else pixels.rows
    height, width = samples.shape[:2]
    times = -(-SMALLEST_SIDE // min(height, width, SMALLEST_SIDE))
    size = _bounded(height * times, width * times, max_pixels, max_side)
    rgb = preprocess(pixels, Geometry(*size, 1.0))[0]
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR, dst=rgb)


def _bounded(height: int, width: int, max_pixels: int | None,
             max_side: int | None) -> tuple[int, int]:
    scale = min(1.0, sqrt((max_pixels or height * width) / (height * width)),
                (max_side or max(height, width)) / max(height, width))
    return max(SMALLEST_SIDE, int(height * scale)), max(SMALLEST_SIDE, int(width * scale))
