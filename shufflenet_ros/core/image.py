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

import cv2
import numpy as np
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.encoding.layouts import LumaChroma
from shufflenet_ros.core.frame import AnyFrame
from shufflenet_ros.core.geometry import Geometry, SMALLEST_SIDE
from shufflenet_ros.core.preprocess import preprocess


def bgr_image(frame: AnyFrame) -> np.ndarray:
    """
    Give a frame as BGR uint8 (height, width, 3) in memory of its own.

    Frames with less than 32 pixels in a direction come out enlarged, with square pixels. Raises
    FrameError for a frame that cannot be used.
    """
    pixels = decode(frame)
    samples = pixels.luma if isinstance(pixels, LumaChroma) else pixels.rows
    height, width = samples.shape[:2]
    times = -(-SMALLEST_SIDE // min(height, width, SMALLEST_SIDE))
    rgb = preprocess(pixels, Geometry(height * times, width * times, 1.0))[0]
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
