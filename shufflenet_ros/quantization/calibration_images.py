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
Images that int8 takes its ranges from: of the training split, the user's own, or of a package.

All are RGB uint8 (height, width, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import list_files, name_others, read_image
from shufflenet_ros.dataset.images import in_grey
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.dataset.sample_images import samples_folder

TRAINING_IMAGES = 200
IMAGES = 250
FEWEST_IMAGES = 20
KEPT_EVERY = 5
"""One image in so many measures int8 instead of calibrating it."""
SAMPLES = ('astronaut.png', 'chelsea.png', 'coffee.png', 'motorcycle_left.png', 'rocket.jpg')
"""The colour images of everyday things in scikit-image."""
SMALLEST_CROP = 0.3
"""Of the short side."""


@dataclass(frozen=True, slots=True)
class CalibrationImages:
    """Images to calibrate with, others to measure int8 with, and what they are, for the card."""

    used: list[np.ndarray]
    kept: list[np.ndarray]
    what: str


def every_third_in_grey(images: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Turn the first of every three images grey: mono cameras are common where this runs."""
    return [image if number % 3 else in_grey(image) for number, image in enumerate(images)]


def training_images(train: Dataset, seed: int) -> list[np.ndarray]:
    """Draw two hundred images of the training split, every third in grey."""
    drawn = np.random.default_rng(seed).permutation(len(train))[:TRAINING_IMAGES]
    return every_third_in_grey([train.images[index] for index in drawn])


def own_images(folder: Path, seed: int, log: Callable[[str], None]) -> CalibrationImages:
    """
    Read a random few hundred images below a folder.

    What cannot be read is logged. Raises DatasetError where there are too few.
    """
    if not folder.is_dir():
        raise DatasetError(f'--calibration {folder}: no such folder of images')
    paths, others = list_files(folder)
    for line in name_others(folder, others):
        log(line)
    images: list[np.ndarray] = []
    for index in np.random.default_rng(seed).permutation(len(paths)):
        found = read_image(paths[index])
        if isinstance(found, str):
            log(f'left out: {paths[index]}: {found}')
            continue
        images.append(found[0])
        if len(images) == IMAGES:
            break
    if len(images) < FEWEST_IMAGES:
        raise DatasetError(f'--calibration {folder}: {len(images)} images; int8 needs at '
                           f'least {FEWEST_IMAGES} of scenes like those the camera will see')
    return _parted(images, 'images given with --calibration')


def sample_images(seed: int, instead: str) -> CalibrationImages:
    """
    Cut squares of random place and size out of a few images of the scikit-image package.

    Raises ConfigurationError, which tells what to do ``instead``, where they are missing.
    """
    sources = _read_samples(samples_folder(instead), instead)
    rng = np.random.default_rng(seed)
    return _parted([_crop(sources[rng.integers(len(sources))], rng) for _ in range(IMAGES)],
                   f'squares cut out of {len(SAMPLES)} images of scikit-image, unrelated to '
                   'what the camera will see')


def _read_samples(folder: Path, instead: str) -> list[np.ndarray]:
    sources = []
    for name in SAMPLES:
        image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise DatasetError(f'{folder / name}: missing or unreadable; install scikit-image '
                               f'again, or {instead}')
        sources.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    return sources


def _crop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    side = int(min(height, width) * rng.uniform(SMALLEST_CROP, 1))
    top, left = (rng.integers(0, room - side + 1) for room in (height, width))
    crop = image[top:top + side, left:left + side]
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def _parted(images: list[np.ndarray], what: str) -> CalibrationImages:
    return CalibrationImages([image for number, image in enumerate(images) if number % KEPT_EVERY],
                             images[::KEPT_EVERY], what)
