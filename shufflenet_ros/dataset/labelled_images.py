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
Labelled images in memory, read once.

Images are RGB uint8 (height, width, 3), like what the camera side hands to the preprocess, turned
upright after their EXIF orientation as OpenCV does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
import hashlib
import os
from pathlib import Path

import numpy as np
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.image_files import list_files, name_others, read_image, SMALLEST_SIDE
from shufflenet_ros.dataset.images import Images
from shufflenet_ros.dataset.sources import class_folders, Entry
from shufflenet_ros.process.progress import Progress

READERS = 2
READ_AHEAD = 128
OUT_OF_DISTRIBUTION = 'strangers'
"""The only class of images of other things, called as the option is."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images with the index of their class; ``skipped`` says what was left out, and why."""

    classes: tuple[str, ...]
    images: Images
    labels: np.ndarray
    skipped: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    """Where each image comes from."""
    digests: tuple[str, ...] = ()
    """SHA-256 of each image's file."""

    def __len__(self) -> int:
        return len(self.images)

    def select(self, indices: Sequence[int]) -> Dataset:
        """Select images, in that order; nothing is copied."""
        return Dataset(self.classes, self.images.select(indices), self.labels[list(indices)], (),
                       tuple(self.entries[index] for index in indices),
                       tuple(self.digests[index] for index in indices))

    def counts(self) -> dict[str, int]:
        """Count the images of each class, by its name."""
        found = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(found[label]) for label, name in enumerate(self.classes)}

    def digest(self) -> str:
        """SHA-256 over names, classes and contents, in order: equal for equal data alone."""
        lines = (f'{entry.name}\n{entry.label}\n{digest}\n'
                 for entry, digest in zip(self.entries, self.digests))
        return hashlib.sha256(''.join(lines).encode('utf-8', 'surrogateescape')).hexdigest()


def read_entries(entries: Sequence[Entry], classes: tuple[str, ...],
                 update: Callable[[int], None] = lambda done: None) -> Dataset:
    """
    Read the images of ``entries``, labelled by the position of their class in ``classes``.

    Raises DatasetError where most files are not there, or a class of ``entries`` has no usable
    image.
    """
    _check_there(entries)
    index = {name: position for position, name in enumerate(classes)}
    images = Images()
    kept: list[Entry] = []
    digests: list[str] = []
    skipped: list[str] = []
    for done, (entry, found) in enumerate(zip(entries, _read_all(entries)), 1):
        if isinstance(found, str):
            skipped.append(f'{plain(entry.path)}: {found}')
        else:
            images.append(found[0])
            digests.append(found[1])
            kept.append(entry)
        update(done)
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
    _check_names(root, names, classes)
    listings = [list_files(folder) for folder in folders]
    entries = [Entry(path, folder.name, '', str(path.relative_to(root)))
               for folder, listing in zip(folders, listings) for path in listing.images]
    empty = sorted(set(names) - {entry.label for entry in entries})
    if empty:
        raise _no_image(empty[0])
    data = read_entries(entries, tuple(classes or names))
    return _with_others(data, root, [path for listing in listings for path in listing.others])


def read_out_of_distribution(folder: Path, progress: Progress) -> Dataset:
    """Read images of other things, anywhere below a folder; DatasetError where there is none."""
    if not os.path.isdir(folder):
        raise DatasetError(f'--strangers {plain(folder)}: no such folder')
    listing = list_files(folder)
    entries = [Entry(path, OUT_OF_DISTRIBUTION, '', str(path.relative_to(folder)))
               for path in listing.images]
    if not entries:
        raise DatasetError(f'--strangers {plain(folder)}: no image in it')
    data = read_entries(
        entries, (OUT_OF_DISTRIBUTION,), progress.start(OUT_OF_DISTRIBUTION, len(entries)))
    return _with_others(data, folder, listing.others)


def _with_others(data: Dataset, root: Path, others: Sequence[Path]) -> Dataset:
    return replace(data, skipped=(*data.skipped, *name_others(root, others)))


def _read_all(entries: Sequence[Entry]) -> Iterator[tuple[np.ndarray, str] | str]:
    with ThreadPoolExecutor(READERS) as readers:
        # In parts, so that the readers are never far ahead of what bounds the memory.
        for start in range(0, len(entries), READ_AHEAD):
            paths = [entry.path for entry in entries[start:start + READ_AHEAD]]
            yield from readers.map(read_image, paths)


def _check_names(root: Path, names: tuple[str, ...], classes: tuple[str, ...] | None) -> None:
    if classes is None and len(names) < 2:
        raise DatasetError(f'{plain(root)}: {len(names)} class folders {list(names)}, expected '
                           'at least two: one folder for each class, with its images inside')
    unknown = sorted(set(names) - set(classes or names))
    if unknown or not names:
        raise DatasetError(f'{plain(root)}: class folders {unknown or "missing"}; the model knows '
                           f'{", ".join(classes or ())}')


def _check_there(entries: Sequence[Entry]) -> None:
    """Refuse the list of another machine; a few files that are missing are left out later."""
    is_there = [os.path.exists(entry.path) for entry in entries]
    absent = [entry for entry, there in zip(entries, is_there) if not there]
    filled = {(entry.label, entry.split) for entry, there in zip(entries, is_there) if there}
    if 2 * len(absent) > len(entries) or any(
            (entry.label, entry.split) not in filled for entry in absent):
        raise DatasetError(f'{len(absent)} of {len(entries)} files are not there, e.g. '
                           f'{plain(absent[0].path)}; paths in a CSV file are absolute or begin '
                           'at its folder')


def _check_filled(entries: Sequence[Entry], kept: Sequence[Entry]) -> None:
    found = Counter((entry.label, entry.split) for entry in kept)
    for entry in entries:
        if not found[entry.label, entry.split]:
            raise _no_image(entry.label, entry.split)


def _no_image(label: str, split: str = '') -> DatasetError:
    where = f' of split {split!r}' if split else ''
    return DatasetError(f'no usable image in class {label!r}{where} '
                        f'(readable, at least {SMALLEST_SIDE} pixels a side); add some or remove '
                        'the class')
