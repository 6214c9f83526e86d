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
Random changes of a training image that a robot's camera makes as well.

Heading (flips and quarter turns), height (random crops, low resolution), mono cameras (grey),
white balance, exposure, motion, focus and noise. All is drawn from one generator, in this order.
"""

from __future__ import annotations

from math import cos, exp, log, pi, sin, sqrt

import cv2
import numpy as np
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.core.preprocess import with_bars
from shufflenet_ros.training.recipe import AugmentationSettings

LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue in grey (ITU-R BT.601), as in OpenCV's conversion."""


def augment(image: np.ndarray, geometry: Geometry, settings: AugmentationSettings,
            rng: np.random.Generator) -> np.ndarray:
    """
    RGB uint8 (height, width, 3) of any size to float32 0-255 of the geometry's size.

    A random crop has the shape of what the network sees of that image, by the ``resize_mode``, or
    nearly so: what ``squash`` stretches in the node is stretched as much here, and the bars of
    ``letterbox`` are where the node has them, of the same grey.
    """
    seen = geometry.region(*image.shape[:2])[2:]
    height, width = geometry.scaled_size(*seen)
    if geometry.resize_mode != RESIZE_MODES[0]:
        # Before the crop: a camera that is turned stretches, and has bars, as it did before.
        image = _quarter_turn(image, settings, rng)
    image = _random_crop(image, _aspect(geometry, seen), settings.smallest_crop, rng)
    if rng.random() < settings.low_resolution:
        image = _coarse(image, height, width, rng)
    # Like the preprocess at times, and with clean downscaling at others: both occur.
    rule = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_AREA
    image = cv2.resize(image, (width, height), interpolation=rule)
    if rng.random() < settings.flip:
        image = image[:, ::-1]
    if geometry.resize_mode == RESIZE_MODES[0]:
        image = _quarter_turn(image, settings, rng)
    image = _blur(np.ascontiguousarray(image), settings, rng)
    return with_bars(_recolour(image.astype(np.float32), settings, rng), geometry)


def colour_matrix(saturation: float, balance: np.ndarray) -> np.ndarray:
    """
    Matrix (3, 3) from a pixel's red, green and blue to those that a camera may have seen instead.

    ``saturation`` 0 is grey and 1 leaves colours as they are; ``balance`` (3,) are the factors of
    the white balance.
    """
    return balance[:, np.newaxis] * (saturation * np.eye(3) + (1 - saturation) * LUMA)


def motion_kernel(length: float, angle: float) -> np.ndarray:
    """
    Blur of a straight motion: ``length`` in pixels, ``angle`` in radians from the row's direction.

    Returns a kernel of odd side whose weights add up to 1.
    """
    side = 2 * int(length / 2 + 1) + 1
    kernel = np.zeros((side, side), np.float32)
    steps = np.linspace(-length / 2, length / 2, 8 * side)
    rows, columns = (side // 2 + steps * part for part in (sin(angle), cos(angle)))
    np.add.at(kernel, (np.rint(rows).astype(int), np.rint(columns).astype(int)), 1)
    return kernel / kernel.sum()


def _aspect(geometry: Geometry, seen: tuple[int, int]) -> float:
    """Width by height of what the network sees of an image; of a crop, without its rounding."""
    height, width = seen
    return (geometry.width / geometry.height if geometry.resize_mode == RESIZE_MODES[0]
            else width / height)


def _random_crop(image: np.ndarray, aspect: float, smallest: float,
                 rng: np.random.Generator) -> np.ndarray:
    """Crop to an area from ``smallest`` to all of it; the aspect is hit to a third."""
    height, width = image.shape[:2]
    for _ in range(10):
        area = height * width * rng.uniform(smallest, 1)
        ratio = aspect * exp(rng.uniform(log(3 / 4), log(4 / 3)))
        crop_width, crop_height = round(sqrt(area * ratio)), round(sqrt(area / ratio))
        if 0 < crop_width <= width and 0 < crop_height <= height:
            break
    else:
        scale = min(height, width / aspect)
        crop_height, crop_width = max(1, round(scale)), max(1, round(scale * aspect))
    top = rng.integers(0, height - crop_height + 1)
    left = rng.integers(0, width - crop_width + 1)
    return image[top:top + crop_height, left:left + crop_width]


def _coarse(image: np.ndarray, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Shrink it to what a coarser camera shows: a third of the pixels a side, or more."""
    size = max(height, width)
    small = int(rng.integers(size // 3, size))
    return cv2.resize(image, (max(2, width * small // size), max(2, height * small // size)),
                      interpolation=cv2.INTER_AREA)


def _quarter_turn(image: np.ndarray, settings: AugmentationSettings,
                  rng: np.random.Generator) -> np.ndarray:
    return np.rot90(image, int(rng.integers(0, 4))) if settings.quarter_turns else image


def _blur(image: np.ndarray, settings: AugmentationSettings,
          rng: np.random.Generator) -> np.ndarray:
    if rng.random() < settings.motion_blur:
        # Up to a sixteenth of the image: 40 pixels of 640, a fast turn at 1/60 s.
        length = rng.uniform(2, max(3, len(image) / 16))
        image = cv2.filter2D(image, -1, motion_kernel(length, rng.uniform(0, pi)))
    if rng.random() < settings.blur:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    return image


def _recolour(image: np.ndarray, settings: AugmentationSettings,
              rng: np.random.Generator) -> np.ndarray:
    low, high = 1 - settings.strength, 1 + settings.strength
    if rng.random() < settings.grey:
        colours = colour_matrix(0.0, np.ones(3))
    else:
        colours = colour_matrix(rng.uniform(low, high), rng.uniform(0.88, 1.12, 3))
    image = cv2.transform(image, colours)
    if rng.random() < settings.exposure:
        gamma = np.float32(exp(rng.uniform(log(0.6), log(1.7))))
        image = 255 * (np.clip(image, 0, 255) / 255) ** gamma
    mean = image.mean()
    contrast, brightness = rng.uniform(low, high), rng.uniform(low, high)
    image *= contrast
    image += mean * (brightness - contrast)
    if rng.random() < settings.noise:
        deviation = np.float32(rng.uniform(2, 10))
        image += deviation * rng.standard_normal(image.shape, np.float32)
    return np.clip(image, 0, 255, out=image)
