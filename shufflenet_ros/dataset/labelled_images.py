"""
Labelled photographs in memory, read once.

Images are RGB uint8 (height, width, 3), like what the camera side hands to the preprocess, turned
upright after their EXIF orientation as OpenCV does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import hashlib
from pathlib import Path

import cv2
import numpy as np

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import decode_image, images_below, SUFFIXES
from shufflenet_ros.dataset.sources import class_folders, Entry

SMALLEST_SIDE = 32
LARGEST_SHORT_SIDE = 320
RAW_BYTES = 2 ** 30
"""Pixels kept as they are; images beyond are kept as JPEG: 20,000 photographs take 2.5 GB."""
JPEG_QUALITY = 95
READERS = 2
READ_AHEAD = 128


class Images(Sequence):
    """Images in bounded memory: the first GiB as pixels, the rest as JPEG of quality 95."""

    def __init__(self, raw_bytes: int = RAW_BYTES) -> None:
        self._left = raw_bytes
        self._kept: list[np.ndarray] = []

    def append(self, image: np.ndarray) -> None:
        """Keep an RGB uint8 image (height, width, 3)."""
        if image.nbytes <= self._left:
            self._left -= image.nbytes
        else:
            image = cv2.imencode('.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
                                 (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1]
        self._kept.append(image)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, index: int) -> np.ndarray:
        kept = self._kept[index]
        return kept if kept.ndim == 3 else cv2.imdecode(kept, cv2.IMREAD_COLOR)[:, :, ::-1]

    @property
    def nbytes(self) -> int:
        """Memory (bytes) that the images take."""
        return sum(kept.nbytes for kept in self._kept)

    def chosen(self, indices: Sequence[int]) -> Images:
        """Choose images, in that order, sharing their memory."""
        found = Images(0)
        found._kept = [self._kept[index] for index in indices]
        return found


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images with the index of their class; ``skipped`` says what was left out, and why."""

    classes: tuple[str, ...]
    images: Sequence[np.ndarray]
    labels: np.ndarray
    skipped: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    """Where each image comes from."""
    digests: tuple[str, ...] = ()
    """SHA-256 of each image's file."""

    def __len__(self) -> int:
        return len(self.images)

    def chosen(self, indices: Sequence[int]) -> Dataset:
        """Choose images, in that order; nothing is copied."""
        return Dataset(self.classes, self.images.chosen(indices), self.labels[list(indices)], (),
                       *(tuple(every[index] for index in indices)
                         for every in (self.entries, self.digests)))

    def digest(self) -> str:
        """SHA-256 over names, classes and contents, in order: equal for equal data alone."""
        lines = (f'{entry.name}\n{entry.label}\n{digest}\n'
                 for entry, digest in zip(self.entries, self.digests))
        return hashlib.sha256(''.join(lines).encode('utf-8', 'surrogateescape')).hexdigest()


def read_entries(entries: Sequence[Entry], classes: tuple[str, ...],
                 progress: Callable[[int], None] = lambda done: None) -> Dataset:
    """
    Read the images of ``entries``, labelled by the position of their class in ``classes``.

    Photographs with a short side above 320 pixels are shrunk to it, which keeps more detail than
    any input size needs. Raises DatasetError where a class of ``entries`` has no usable image.
    """
    index = {name: position for position, name in enumerate(classes)}
    images, kept, digests, skipped = Images(), [], [], []
    for done, (entry, found) in enumerate(zip(entries, _read_all(entries)), 1):
        if isinstance(found, str):
            skipped.append(f'{entry.path}: {found}')
        else:
            images.append(found[0])
            digests.append(found[1])
            kept.append(entry)
        progress(done)
    _check_filled(entries, kept)
    return Dataset(classes, images, np.array([index[entry.label] for entry in kept], np.int64),
                   tuple(skipped), tuple(kept), tuple(digests))


def read_folder(root: str | Path, classes: tuple[str, ...] | None = None) -> Dataset:
    """
    Read ``root/<class>/<image>``; classes are the folder names in alphabetical order.

    With ``classes`` (those of a model) the folders must be among them and indices follow them.
    Raises DatasetError where fewer than two classes are found, a class has no usable image, or a
    folder is not among ``classes``.
    """
    root = Path(root)
    folders = class_folders(root)
    names = tuple(folder.name for folder in folders)
    if classes is None and len(names) < 2:
        raise DatasetError(f'{root}: {len(names)} class folders {list(names)}, expected at least '
                           'two: one folder for each class, with its images inside')
    unknown = sorted(set(names) - set(classes or names))
    if unknown or not names:
        raise DatasetError(f'{root}: class folders {unknown or "missing"}; the model knows '
                           f'{", ".join(classes or ())}')
    entries = [Entry(path, folder.name, '', str(path.relative_to(root)))
               for folder in folders for path in images_below(folder)]
    empty = sorted(set(names) - {entry.label for entry in entries})
    if empty:
        raise _no_image(empty[0])
    return read_entries(entries, tuple(classes or names))


def read_image(path: Path) -> np.ndarray | str:
    """Read one image, shrunk as above; a string says why it cannot be used."""
    found = _read(Entry(path, ''))
    return found if isinstance(found, str) else found[0]


def _read_all(entries: Sequence[Entry]) -> Iterator[tuple[np.ndarray, str] | str]:
    with ThreadPoolExecutor(READERS) as readers:
        # In parts, so that the readers are never far ahead of what bounds the memory.
        for start in range(0, len(entries), READ_AHEAD):
            yield from readers.map(_read, entries[start:start + READ_AHEAD])


def _read(entry: Entry) -> tuple[np.ndarray, str] | str:
    try:
        content = entry.path.read_bytes()
    except OSError as error:
        return f'cannot be read ({error.strerror})'
    image = decode_image(content)
    if image is None:
        return 'not readable as an image'
    short = min(image.shape[:2])
    if short < SMALLEST_SIDE:
        return f'{image.shape[1]}x{image.shape[0]} pixels, under {SMALLEST_SIDE}'
    if short > LARGEST_SHORT_SIDE:
        scale = LARGEST_SHORT_SIDE / short
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB), hashlib.sha256(content).hexdigest()


def _check_filled(entries: Sequence[Entry], kept: Sequence[Entry]) -> None:
    found = Counter((entry.label, entry.split) for entry in kept)
    for entry in entries:
        if not found[entry.label, entry.split]:
            raise _no_image(entry.label, entry.split)


def _no_image(label: str, split: str = '') -> DatasetError:
    where = f' of split {split!r}' if split else ''
    return DatasetError(f'no usable image in class {label!r}{where} '
                        f'({", ".join(sorted(SUFFIXES))} of at least {SMALLEST_SIDE} pixels a '
                        'side); add some or remove the class')
