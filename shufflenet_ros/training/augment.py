"""
Random changes of a training image that a robot's camera makes as well.

Heading (flips and quarter turns), height (random crops, low resolution), mono cameras (grey),
white balance, exposure, blur and noise. Each draws from the generator it is given alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import cv2
import numpy as np


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly images are changed in training."""

    smallest_crop: float = 0.3
    """Smallest share of the image's area that a random crop keeps."""
    quarter_turns: bool = True
    """For downward cameras, where every heading is as likely."""
    grey: float = 0.35
    """Share of images turned grey: drones carry mono cameras."""
    low_resolution: float = 0.2
    blur: float = 0.25
    noise: float = 0.15

    def __call__(self, image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
        """RGB uint8 (height, width, 3) of any size to float32 0-255 (size, size, 3)."""
        image = _random_crop(image, self.smallest_crop, rng)
        if rng.random() < self.low_resolution:
            small = int(rng.integers(size // 3, size))
            image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        # Like the preprocess at times, and with clean downscaling at others: both occur.
        rule = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_AREA
        image = cv2.resize(image, (size, size), interpolation=rule)
        if rng.random() < 0.5:
            image = image[:, ::-1]
        if self.quarter_turns:
            image = np.rot90(image, rng.integers(0, 4))
        image = np.ascontiguousarray(image)
        if rng.random() < self.blur:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
        return self._recolour(image.astype(np.float32), rng)

    def _recolour(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, np.newaxis]
        if rng.random() < self.grey:
            image = np.repeat(grey, 3, 2)
        else:
            image = grey + (image - grey) * np.float32(rng.uniform(0.5, 1.5))
            image *= rng.uniform(0.88, 1.12, 3).astype(np.float32)
        mean = image.mean()
        image = (image - mean) * rng.uniform(0.5, 1.5) + mean * rng.uniform(0.5, 1.5)
        if rng.random() < self.noise:
            image += rng.normal(0, rng.uniform(2, 10), image.shape)
        return np.clip(image, 0, 255).astype(np.float32)


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
