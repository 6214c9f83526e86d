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

"""Names for the classes of a checkpoint, which holds none itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
import re

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.downloads.catalogue import is_fetched, Item, LABELS, path_of
from shufflenet_ros.inference.labels import fault_of, first_double

IMAGENET_CLASSES = 1000
SYNSET = re.compile(r'n\d{8}\s+')
"""WordNet's number, which some lists put before the names of a class."""


def class_names(path: Path | None, classes: int, log: Callable[[str], None],
                imagenet: Item = LABELS) -> tuple[str, ...]:
    """
    Read one name a line for each class; names that stand twice get their class's index.

    Without a file a thousand classes are taken for ImageNet's, if their names were fetched, and
    others get numbers; which of them is logged. Raises ConfigurationError where the file cannot be
    read or does not fit.
    """
    if path is None and classes == IMAGENET_CLASSES and is_fetched(imagenet):
        path = path_of(imagenet)
        log(f"1000 classes: ImageNet's names, from {path}; --labels FILE gives others")
    if path is None:
        log(f'no --labels: the classes are called class_0 to class_{classes - 1}' + (
            f"; for ImageNet's names: shufflenet_ros fetch {imagenet.name}"
            if classes == IMAGENET_CLASSES else ''))
        return tuple(f'class_{index}' for index in range(classes))
    names = _read(path)
    if len(names) != classes:
        raise ConfigurationError(f'--labels {path}: {len(names)} lines; expected {classes}, one '
                                 "for each of the checkpoint's classes in its order")
    count = Counter(names)
    # ImageNet has two classes each of a few names; a result must say which one it is.
    told_apart = tuple(f'{name} ({index})' if count[name] > 1 else name
                       for index, name in enumerate(names))
    twice = first_double(told_apart)
    if twice is not None:
        raise ConfigurationError(f"--labels {path}: two classes would be called '{plain(twice)}'; "
                                 'give one of them another name')
    return told_apart


def _read(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode('utf-8-sig')
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f'--labels {path}: cannot be read ({error})') from error
    # Not by splitlines: it would take more than a newline for the end of a name.
    lines = [line.strip() for line in text.removesuffix('\n').split('\n')] if text else []
    for number, line in enumerate(lines, 1):
        _check(path, number, line)
    if lines and all(map(SYNSET.match, lines)):
        # Of the names that mean the same, the first is the usual one.
        return [SYNSET.sub('', line, count=1).partition(',')[0] for line in lines]
    return lines


def _check(path: Path, number: int, line: str) -> None:
    if not line:
        raise ConfigurationError(f'--labels {path}: line {number} is empty; each line must name '
                                 'one class')
    # A tab may stand between WordNet's number and the names.
    if fault := fault_of(SYNSET.sub('', line, count=1)):
        raise ConfigurationError(f"--labels {path}: line {number}: '{plain(line)}' {fault}; give "
                                 'the class another name')
