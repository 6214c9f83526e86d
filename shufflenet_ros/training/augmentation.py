"""
Random changes of a training image that a robot's camera makes as well.

Heading (flips and quarter turns), height (random crops, low resolution), mono cameras (grey),
white balance, exposure, motion, focus and noise. Each draws from the generator it is given alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, exp, log, pi, sin, sqrt
from typing import Any

import cv2
import numpy as np

LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue in grey (ITU-R BT.601), as in OpenCV's conversion."""


def _share(default: float, text: str) -> Any:
    return field(default=default, metadata={'help': text, 'range': (0, 1)})


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly images are changed in training; shares are of the images."""

    smallest_crop: float = field(default=0.3, metadata={
        'help': "smallest part of an image's area that a random crop keeps", 'range': (0.01, 1)})
    quarter_turns: bool = False
    """For downward cameras, where every heading is as likely."""
    flip: float = _share(0.5, 'share of images mirrored left to right; 0 where sides mean '
                              'something (text, arrows)')
    grey: float = _share(0.2, 'share of images turned grey: many robots carry mono cameras')
    low_resolution: float = _share(0.15, 'share of images from a coarser camera')
    motion_blur: float = _share(0.15, 'share of images blurred by motion')
    blur: float = _share(0.2, 'share of images out of focus')
    exposure: float = _share(0.3, 'share of images with another gamma: dark or washed out')
    noise: float = _share(0.1, 'share of images with the noise of a dark scene')
    strength: float = field(default=0.4, metadata={
        'help': 'largest change of brightness, contrast and saturation', 'range': (0, 0.9)})

    def __call__(self, image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        """RGB uint8 (height, width, 3) of any size to float32 0-255 (size, size, 3)."""
        image = _random_crop(image, self.smallest_crop, rng)
        if rng.random() < self.low_resolution:
            small = int(rng.integers(size // 3, size))
            image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        # Like the preprocess at times, and with clean downscaling at others: both occur.
        rule = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_AREA
        image = cv2.resize(image, (size, size), interpolation=rule)
        image = self._blur(self._turn(image, rng), size, rng)
        return self._recolour(image.astype(np.float32), rng)

    def _turn(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if rng.random() < self.flip:
            image = image[:, ::-1]
        if self.quarter_turns:
            image = np.rot90(image, rng.integers(0, 4))
        return np.ascontiguousarray(image)

    def _blur(self, image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        if rng.random() < self.motion_blur:
            # Up to a sixteenth of the image: 40 pixels of 640, a fast turn at 1/60 s.
            length = rng.uniform(2, max(3, size / 16))
            image = cv2.filter2D(image, -1, motion_kernel(length, rng.uniform(0, pi)))
        if rng.random() < self.blur:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
        return image

    def _recolour(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        low, high = 1 - self.strength, 1 + self.strength
        if rng.random() < self.grey:
            colours = colour_matrix(0.0, np.ones(3))
        else:
            colours = colour_matrix(rng.uniform(low, high), rng.uniform(0.88, 1.12, 3))
        image = cv2.transform(image, colours)
        if rng.random() < self.exposure:
            gamma = np.float32(exp(rng.uniform(log(0.6), log(1.7))))
            image = 255 * (np.clip(image, 0, 255) / 255) ** gamma
        mean = image.mean()
        contrast, brightness = rng.uniform(low, high), rng.uniform(low, high)
        image *= contrast
        image += mean * (brightness - contrast)
        if rng.random() < self.noise:
            deviation = np.float32(rng.uniform(2, 10))
            image += deviation * rng.standard_normal(image.shape, np.float32)
        return np.clip(image, 0, 255, out=image)


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


def _random_crop(image: np.ndarray, smallest: float, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    for _ in range(10):
        area = height * width * rng.uniform(smallest, 1)
        ratio = exp(rng.uniform(log(3 / 4), log(4 / 3)))
        crop_width, crop_height = round(sqrt(area * ratio)), round(sqrt(area / ratio))
        if 0 < crop_width <= width and 0 < crop_height <= height:
            break
    else:
        crop_width = crop_height = min(height, width)
    top = rng.integers(0, height - crop_height + 1)
    left = rng.integers(0, width - crop_width + 1)
    return image[top:top + crop_height, left:left + crop_width]
