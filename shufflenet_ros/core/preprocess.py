"""
Rows of pixels to the network's input: crop first, then one resize of the crop, all in uint8.

This is the only preprocess: training, calibration, evaluation and the node use it, so a model
sees on the robot what it saw in training. Mean, scale and channel order are folded into the
model's first convolution; this file knows nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shufflenet_ros.core.decode import Pixels
from shufflenet_ros.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Geometry:
    """
    What part of the image the network sees, and at which size.

    ``crop_fraction`` is the height of the centred crop as a share of the largest centred
    rectangle with the aspect ratio of the input: 1.0 takes all of it, 0.875 is the customary
    "resize to 256, crop 224" of ImageNet in one step.
    """

    height: int
    width: int
    crop_fraction: float = 0.875

    def __post_init__(self) -> None:
        if self.height < 32 or self.width < 32:
            raise ConfigurationError(
                f'input of {self.width}x{self.height} pixels: the network halves the image five '
                'times and needs at least 32x32')
        if not 0.0 < self.crop_fraction <= 1.0:
            raise ConfigurationError(
                f'crop_fraction {self.crop_fraction!r}: expected above 0 and at most 1')

    def region(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Top, left, height and width (pixels) of the centred crop of an image."""
        scale = min(height / self.height, width / self.width) * self.crop_fraction
        crop_height = max(1, round(self.height * scale))
        crop_width = max(1, round(self.width * scale))
        return (height - crop_height) // 2, (width - crop_width) // 2, crop_height, crop_width


def preprocess(pixels: Pixels, geometry: Geometry) -> np.ndarray:
    """
    Crop, resize once (bilinear) and make RGB: uint8 tensor (1, height, width, 3).

    Bilinear without antialiasing at every scale: it is what the node can afford (0.1 ms), and
    using it everywhere keeps training and the robot alike.
    """
    top, left, crop_height, crop_width = geometry.region(*pixels.rows.shape[:2])
    crop = pixels.rows[top:top + crop_height, left:left + crop_width]
    resized = cv2.resize(crop, (geometry.width, geometry.height), interpolation=cv2.INTER_LINEAR)
    if pixels.to_rgb is not None:
        resized = cv2.cvtColor(resized, pixels.to_rgb)
    return resized[np.newaxis]
