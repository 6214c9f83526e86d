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

"""Images for the tests of encodings, and what a frame of each shows."""

from importlib.util import find_spec
from pathlib import Path
import platform

import cv2
import numpy as np
from shufflenet_ros.bench.baseline.encoded_frames import BAYER, PACKED

RESIZE_LEVELS = 0 if platform.machine() in ('x86_64', 'AMD64') else 2
"""
Levels by which OpenCV resizes 1 and 4 channels of 8 bits unlike 3, on the images of these tests.

Its builds for ARM take other code for them, which rounds otherwise: by up to 5 levels in noise
(measured on 1000 random crops), and never for 2 or 3 channels.
"""
GREY = [name for name, order in PACKED.items() if order == 'g']


def colour_image(height, width):
    """Give part of an image of scikit-image: uint8 RGB (height, width, 3), at most 500x741."""
    path = Path(find_spec('skimage').origin).parent / 'data' / 'motorcycle_left.png'
    return np.ascontiguousarray(cv2.imread(str(path))[:height, :width, ::-1])


def seen(image, encoding):
    """Give what a frame shows of an RGB image: its green as grey, whole blocks of Bayer."""
    if encoding in GREY:
        return np.repeat(image[:, :, 1:2], 3, 2)
    height, width = image.shape[:2]
    return image[:height // 2 * 2, :width // 2 * 2] if encoding in BAYER else image
