"""
Unlabelled photographs that int8 takes its ranges from: the user's own, or some of a package.

All are RGB uint8 (height, width, 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import images_below
from shufflenet_ros.dataset.labelled_images import read_image
from shufflenet_ros.dataset.sample_images import samples_folder

IMAGES = 250
FEWEST_IMAGES = 20
KEPT_EVERY = 5
"""One photograph in so many measures int8 instead of calibrating it."""
SAMPLES = ('astronaut.png', 'chelsea.png', 'coffee.png', 'motorcycle_left.png', 'rocket.jpg')
"""The colour photographs of everyday things in scikit-image."""
SMALLEST_CROP = 0.3
"""Of the short side."""


@dataclass(frozen=True, slots=True)
class Photographs:
    """Images to calibrate with, others to measure int8 with, and what they are, for the card."""

    used: list[np.ndarray]
    kept: list[np.ndarray]
    what: str


def own_photographs(folder: Path, seed: int, say: Callable[[str], None]) -> Photographs:
    """
    Read a random few hundred photographs below a folder.

    What cannot be read is said. Raises DatasetError where there are too few.
    """
    if not folder.is_dir():
        raise DatasetError(f'--calibration {folder}: no such folder of photographs')
    paths = images_below(folder)
    images: list[np.ndarray] = []
    for index in np.random.default_rng(seed).permutation(len(paths)):
        image = read_image(paths[index])
        if isinstance(image, str):
            say(f'left out: {paths[index]}: {image}')
            continue
        images.append(image)
        if len(images) == IMAGES:
            break
    if len(images) < FEWEST_IMAGES:
        raise DatasetError(f'--calibration {folder}: {len(images)} photographs; int8 needs at '
                           f'least {FEWEST_IMAGES} of scenes like those the camera will see')
    return _parted(images, 'photographs given with --calibration')


def sample_photographs(seed: int, instead: str) -> Photographs:
    """
    Cut squares of random place and size out of a few photographs of the scikit-image package.

    Raises ConfigurationError, which tells what to do ``instead``, where they are missing.
    """
    folder = samples_folder(instead)
    sources = []
    for name in SAMPLES:
        image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise DatasetError(f'{folder / name}: missing or unreadable; install scikit-image '
                               f'again, or {instead}')
        sources.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    rng = np.random.default_rng(seed)
    return _parted([_crop(sources[rng.integers(len(sources))], rng) for _ in range(IMAGES)],
                   f'squares cut out of {len(SAMPLES)} photographs of scikit-image, unrelated to '
                   'what the camera will see')


def _crop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    side = int(min(height, width) * rng.uniform(SMALLEST_CROP, 1))
    top, left = (rng.integers(0, room - side + 1) for room in (height, width))
    crop = image[top:top + side, left:left + side]
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def _parted(images: list[np.ndarray], what: str) -> Photographs:
    return Photographs([image for number, image in enumerate(images) if number % KEPT_EVERY],
                       images[::KEPT_EVERY], what)
