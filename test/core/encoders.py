"""Images for the tests of encodings, and what a frame of each shows."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from shufflenet_ros.bench.baseline.encoded_frames import BAYER, PACKED

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
