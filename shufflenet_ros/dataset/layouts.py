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
Which folders of DATA are a split, which are classes, and where that cannot be told.

Folders are judged by their names, in any case, and by what lies in them; no image is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
import re
from typing import NamedTuple

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.image_files import list_files, subfolders

TRAIN = {'train', 'training', 'trn'}
VAL = {'val', 'valid', 'validation', 'dev', 'development'}
TEST = {'test', 'testing', 'tst', 'eval', 'evaluation', 'holdout'}
"""What takes the place of val where there is none."""
DECORATION = re.compile(r'(set|data|images?|imgs?|split|folder|\d+|[\W_]+)$')
"""What a name may end in: ``train_set``, ``val2017``."""
PARTS = re.compile(
    r'(day|run|session|take|part|batch|drive|seq|sequence|bag|flight|trip|cam|camera|clip|video|'
    r'round|week|month|robot|img|images?)?[\W_]*\d[\d\W_tz]*|'
    r'left|right|front|rear|images?|imgs?|photos?|raw|jpe?gs?|pngs?', re.IGNORECASE)
"""Names of what a class is recorded in, such as days; no class is called so."""
SHOWN = 3


class SplitFolders(NamedTuple):
    """The two sides of a split that the user made."""

    train: Path
    val: Path
    others: tuple[Path, ...]
    """Folders beside them."""


def find_split(data: Path) -> SplitFolders | None:
    """
    Find the folders of a split, such as ``Train/`` and ``Validation/``; None where there is none.

    Raises DatasetError where a side is missing, or there several times.
    """
    folders = subfolders(data)
    train, val, test = ([one for one in folders if _word(one.name) in names]
                        for names in (TRAIN, VAL, TEST))
    if not (train and (val or test)):
        _refuse_half_a_split(data, [*train, *val, *test])
        return None
    measures = val or test
    for side, found in (('train', train), ('val', measures)):
        if len(found) > 1:
            raise DatasetError(f'{plain(data)}: {_names(found)} all look like the {side} side of '
                               'a split; leave one of them there')
    sides = (train[0], measures[0])
    return SplitFolders(*sides, tuple(one for one in folders if one not in sides))


def refuse_unclear(root: Path, classes: Sequence[Path]) -> None:
    """
    Raise DatasetError where the folders of ``root`` may as well be days as classes.

    That is where several of them hold the same folders and no images of their own, or where they
    are all called like days and hold folders that are not.
    """
    below = {one: {path.name.casefold() for path in subfolders(one)} for one in classes}
    below = {one: names for one, names in below.items() if names and not _has_images(one)}
    count = Counter(name for names in below.values() for name in names)
    if len(below) == len(classes) and _are_parts([one.name for one in classes]):
        unclear = sorted(count)
    else:
        unclear = sorted(name for name, times in count.items() if times > 1)
        if len(unclear) < 2 or _are_parts(unclear):
            return
    parents = [one for one, names in below.items() if names & {*unclear}]
    raise DatasetError(
        f'{plain(root)}: folders ({_list(unclear)}) lie in each of {_names(parents)}, so which of '
        'them are the classes cannot be told; have one folder for each class, train/<class> and '
        'val/<class>, or a CSV file with path,label')


def _word(name: str) -> str:
    """Reduce the name of a folder to what it says: ``Train_Set`` and ``train2017`` to train."""
    word = name.casefold()
    while word != (word := DECORATION.sub('', word)):
        pass
    return word


def _are_parts(names: Sequence[str]) -> bool:
    return all(map(PARTS.fullmatch, names))


def _refuse_half_a_split(data: Path, found: Sequence[Path]) -> None:
    # A class may be called so as well; below a side of a split there are folders.
    halves = [one for one in found if subfolders(one) and not _has_images(one)]
    if halves:
        there = halves[0]
        missing = 'val' if _word(there.name) in TRAIN else 'train'
        raise DatasetError(
            f'{plain(data)}: a folder {there.name!r} but none named {missing!r}; give '
            f'{plain(there)} to have images for val set apart, or add {plain(data / missing)}')


def _has_images(folder: Path) -> bool:
    return any(path.parent == folder for path in list_files(folder).images)


def _names(folders: Sequence[Path]) -> str:
    return _list([one.name for one in folders])


def _list(names: Sequence[str]) -> str:
    shown = ', '.join(plain(name) for name in names[:SHOWN])
    return f'{shown} and {len(names) - SHOWN} more' if len(names) > SHOWN else shown
