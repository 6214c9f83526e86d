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
What DATA of ``shufflenet_ros train`` may be: it is listed here, no image is opened.

Three layouts: ``train/<class>/`` and ``val/<class>/``; ``<class>/`` folders alone; a CSV file with
the columns ``path``, ``label`` and, if wanted, ``split`` (``train`` or ``val``); rows without a
label are not labelled yet, and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import os
from pathlib import Path
from unicodedata import category

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.csv_files import CsvFile, Row, trimmed
from shufflenet_ros.dataset.image_files import list_files, name_others, subfolders
from shufflenet_ros.dataset.layouts import find_split, refuse_unclear, TRAIN, VAL

SPLITS = ('train', 'val')
NO_TEXT = ('Cc', 'Cs', 'Zl', 'Zp')
"""Categories of Unicode that end a line or show nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One image file, its class, and its split: ``train``, ``val``, or empty where none is."""

    path: Path
    label: str
    split: str = ''
    name: str = ''
    """The path as reports show it: below DATA."""


def find_entries(data: Path, log: Callable[[str], None] = lambda line: None) -> list[Entry]:
    """
    List the images of DATA, in an order that does not depend on the machine.

    What is left out is logged: rows without a label, files that are no images, folders beside a
    split. Raises DatasetError where DATA has none of the three layouts or may be several of them,
    has fewer than two classes, or where a class is missing on one side of a given split.
    """
    if os.path.isfile(data):
        entries = list(_from_csv(data, log))
    elif not os.path.isdir(data):
        raise DatasetError(f'{plain(data)}: no such folder; expected a folder '
                           f'{plain(data)}/<class>/<image>, or a CSV file')
    elif (found := find_split(data)):
        if found.others:
            log(f'{plain(data)}: {found.train.name!r} and {found.val.name!r} are the split; left '
                f'out: {", ".join(repr(one.name) for one in found.others)}')
        entries = [entry for folder, split in zip((found.train, found.val), SPLITS)
                   for entry in _from_folders(data, folder, split, log)]
    else:
        entries = list(_from_folders(data, data, '', log))
    _check_classes(data, entries)
    return entries


def class_folders(root: Path) -> list[Path]:
    """Folders of ``root`` in alphabetical order, without hidden ones; each is a class."""
    if not os.path.isdir(root):
        raise DatasetError(f'{plain(root)}: no such folder; expected '
                           f'{plain(root)}/<class>/<image>')
    return subfolders(root)


def _from_folders(data: Path, root: Path, split: str,
                  log: Callable[[str], None]) -> Iterator[Entry]:
    folders = class_folders(root)
    if len(folders) < 2:
        raise DatasetError(
            f'{plain(root)}: {len(folders)} class folders {[folder.name for folder in folders]}, '
            'expected at least two: one folder for each class, with its images inside')
    refuse_unclear(root, folders)
    others: list[Path] = []
    for folder in folders:
        listing = list_files(folder)
        others += listing.others
        if not listing.images:
            raise DatasetError(
                f'{plain(folder)}: class {folder.name!r} has no image; add some or remove the '
                'folder')
        for path in listing.images:
            yield Entry(path, folder.name, split, str(path.relative_to(data)))
    for line in name_others(root, others):
        log(line)


def _from_csv(path: Path, log: Callable[[str], None]) -> Iterator[Entry]:
    file = CsvFile(path)
    if not {'path', 'label'} <= set(file.columns):
        raise DatasetError(
            f'{plain(path)}: the first line names the columns {file.columns}, expected path,label '
            'or path,label,split')
    rows = labelled = 0
    for row in file.rows():
        rows += 1
        if trimmed(row['label']):
            labelled += 1
            yield _from_row(file, row)
    if rows and not labelled:
        raise DatasetError(f'{plain(path)}: none of its {rows} rows has a label; fill in the '
                           'column label, those that stay empty are left out')
    if rows > labelled:
        log(f'{plain(path)}: {rows - labelled} of {rows} rows have no label and are left out')


def _from_row(file: CsvFile, row: Row) -> Entry:
    name, label, split = (trimmed(row.get(key, '')) for key in ('path', 'label', 'split'))
    where = f'{plain(file.path)}: line {file.line}'
    if not name:
        raise DatasetError(f'{where} has no path')
    if any(category(character) in NO_TEXT for character in label):
        raise DatasetError(f'{where} has label {label!r}, expected one line of text without '
                           'control characters')
    if 'split' in file.columns:
        side = split.casefold()
        split = 'train' if side in TRAIN else 'val' if side in VAL else split
        if split not in SPLITS:
            raise DatasetError(f'{where} has split {split!r}, expected train or val; leave the '
                               'column out to have images for val set apart')
    return Entry(_there(file.path.parent, name), label, split, name)


def _there(folder: Path, name: str) -> Path:
    """Find a file by the path that a row gives, which Windows may have written."""
    path = folder / name
    if '\\' in name and not path.exists():
        written_there = folder / name.replace('\\', '/')
        return written_there if written_there.exists() else path
    return path


def _check_classes(data: Path, entries: list[Entry]) -> None:
    found = {split: {entry.label for entry in entries if entry.split == split}
             for split in {entry.split for entry in entries}}
    classes = set().union(*found.values())
    if len(classes) < 2:
        raise DatasetError(f'{plain(data)}: {len(classes)} classes {sorted(classes)}, expected at '
                           'least two; to know one thing from all others, add images of the '
                           'others')
    if set(found) == {''}:
        return
    for split in SPLITS:
        missing = sorted(classes - found.get(split, set()))
        if missing:
            raise DatasetError(f'{plain(data)}: no image of class {missing[0]!r} in split '
                               f'{split!r}; each class needs images in both')
