"""
Labelled photographs: a folder for each class, read into memory once.

Images are RGB uint8 (height, width, 3), like what the camera side hands to the preprocess.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from shufflenet_ros.core.errors import DatasetError

SUFFIXES = {'.jpg', '.jpeg', '.png', '.bmp', '.webp'}
SMALLEST_SIDE = 32
LARGEST_SHORT_SIDE = 320


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images with the index of their class; ``skipped`` says what was left out, and why."""

    classes: tuple[str, ...]
    images: list[np.ndarray]
    labels: np.ndarray
    skipped: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)


def read_folder(root: str | Path, classes: tuple[str, ...] | None = None) -> Dataset:
    """
    Read ``root/<class>/<image>``; classes are the folder names in alphabetical order.

    With ``classes`` (those of a model) the folders must be among them and indices follow them.
    Photographs with a short side above 320 pixels are shrunk to it, which keeps more detail than
    any input size needs. Raises DatasetError where fewer than two classes are found, a class has
    no usable image, or a folder is not among ``classes``.
    """
    root = Path(root)
    if not root.is_dir():
        raise DatasetError(f'{root}: no such folder; expected {root}/<class>/<image>')
    folders = sorted(path for path in root.iterdir()
                     if path.is_dir() and not path.name.startswith('.'))
    names = tuple(folder.name for folder in folders)
    if classes is None and len(names) < 2:
        raise DatasetError(f'{root}: {len(names)} class folders {list(names)}, expected at least '
                           'two: one folder for each class, with its images inside')
    unknown = sorted(set(names) - set(classes or names))
    if unknown or not names:
        raise DatasetError(f'{root}: class folders {unknown or "missing"}; the model knows '
                           f'{", ".join(classes or ())}')
    index = {name: position for position, name in enumerate(classes or names)}
    images, labels, skipped = [], [], []
    for folder in folders:
        for path in sorted(folder.rglob('*')):
            if path.suffix.lower() not in SUFFIXES:
                continue
            image = _read_image(path)
            if isinstance(image, str):
                skipped.append(f'{path}: {image}')
            else:
                images.append(image)
                labels.append(index[folder.name])
    found = Counter(labels)
    empty = [name for name in names if not found[index[name]]]
    if empty:
        raise DatasetError(f'{root}: no usable image in class {empty[0]!r} '
                           f'({", ".join(sorted(SUFFIXES))} of at least {SMALLEST_SIDE} pixels '
                           'a side); add some or remove the folder')
    return Dataset(tuple(classes or names), images, np.array(labels, np.int64), tuple(skipped))


def _read_image(path: Path) -> np.ndarray | str:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        return 'not readable as an image'
    short = min(image.shape[:2])
    if short < SMALLEST_SIDE:
        return f'{image.shape[1]}x{image.shape[0]} pixels, under {SMALLEST_SIDE}'
    if short > LARGEST_SHORT_SIDE:
        scale = LARGEST_SHORT_SIDE / short
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
