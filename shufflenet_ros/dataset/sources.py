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
import csv
from dataclasses import dataclass
from pathlib import Path

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import images_below, SUFFIXES

SPLITS = ('train', 'val')


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

    How many rows have no label yet is logged. Raises DatasetError where DATA has none of the
    three layouts, has fewer than two classes, or where a class is missing on one side of a given
    split.
    """
    if data.is_file():
        entries = list(_from_csv(data, log))
    elif all((data / split).is_dir() for split in SPLITS):
        entries = [entry for split in SPLITS for entry in _from_folders(data / split, split)]
    else:
        _refuse_half_a_split(data)
        entries = list(_from_folders(data))
    _check_classes(data, entries)
    return entries


def class_folders(root: Path) -> list[Path]:
    """Folders of ``root`` in alphabetical order, without hidden ones; each is a class."""
    if not root.is_dir():
        raise DatasetError(f'{root}: no such folder; expected {root}/<class>/<image>')
    return sorted(path for path in root.iterdir()
                  if path.is_dir() and not path.name.startswith('.'))


def _from_folders(root: Path, split: str = '') -> Iterator[Entry]:
    folders = class_folders(root)
    if len(folders) < 2:
        raise DatasetError(
            f'{root}: {len(folders)} class folders {[folder.name for folder in folders]}, '
            'expected at least two: one folder for each class, with its images inside')
    for folder in folders:
        paths = images_below(folder)
        if not paths:
            raise DatasetError(
                f'{folder}: class {folder.name!r} has no image ({", ".join(sorted(SUFFIXES))}); '
                'add some or remove the folder')
        for path in paths:
            yield Entry(path, folder.name, split, str(Path(split, path.relative_to(root))))


def _refuse_half_a_split(data: Path) -> None:
    for there, missing in (SPLITS, SPLITS[::-1]):
        if (data / there).is_dir() and not (data / missing).is_dir():
            raise DatasetError(
                f'{data}: a folder {there!r} but none named {missing!r}; give {data / there} to '
                f'have images for val set apart, or add {data / missing}')


def _from_csv(path: Path, log: Callable[[str], None]) -> Iterator[Entry]:
    reader = csv.DictReader(_text(path).splitlines())
    try:
        columns = reader.fieldnames or []
        if not {'path', 'label'} <= set(columns):
            raise DatasetError(
                f'{path}: the first line names the columns {columns}, expected path,label or '
                'path,label,split')
        rows = labelled = 0
        for row in reader:
            rows += 1
            if (row.get('label') or '').strip():
                labelled += 1
                yield _from_row(path, reader.line_num, row, 'split' in columns)
    except csv.Error as error:
        raise DatasetError(
            f'{path}: not readable as CSV after line {reader.line_num} ({error})') from error
    if rows and not labelled:
        raise DatasetError(f'{path}: none of its {rows} rows has a label; fill in the column '
                           'label, those that stay empty are left out')
    if rows > labelled:
        log(f'{path}: {rows - labelled} of {rows} rows have no label and are left out')


def _text(path: Path) -> str:
    try:
        # A byte order mark is what spreadsheets put first.
        return path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise DatasetError(f'{path}: not UTF-8 text (byte {error.start}); save it again as '
                           '"CSV UTF-8"') from error
    except OSError as error:
        raise DatasetError(f'{path}: cannot be read ({error.strerror})') from error


def _from_row(path: Path, line: int, row: dict[str, str], with_split: bool) -> Entry:
    name, label, split = ((row.get(key) or '').strip() for key in ('path', 'label', 'split'))
    if not name:
        raise DatasetError(f'{path}: line {line} has no path')
    if with_split and split not in SPLITS:
        raise DatasetError(f'{path}: line {line} has split {split!r}, expected train or val; '
                           'leave the column out to have images for val set apart')
    return Entry(path.parent / name, label, split, name)


def _check_classes(data: Path, entries: list[Entry]) -> None:
    found = {split: {entry.label for entry in entries if entry.split == split}
             for split in {entry.split for entry in entries}}
    classes = set().union(*found.values())
    if len(classes) < 2:
        raise DatasetError(f'{data}: {len(classes)} classes {sorted(classes)}, expected at least '
                           'two; to know one thing from all others, add images of the others')
    if set(found) == {''}:
        return
    for split in SPLITS:
        missing = sorted(classes - found.get(split, set()))
        if missing:
            raise DatasetError(f'{data}: no image of class {missing[0]!r} in split {split!r}; '
                               'each class needs images in both')
