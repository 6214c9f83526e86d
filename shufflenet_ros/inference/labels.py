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

"""Names of classes: what one may be, and ``labels.txt``, which holds them one a line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from unicodedata import category

from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.text import plain

LABELS = 'labels.txt'
BYTE_ORDER_MARK = '\ufeff'
CONTROL = ('Cc', 'Zl', 'Zp')
"""Categories of Unicode whose characters end a line, or command a terminal."""


def fault_of(label: str) -> str:
    """Say why a text cannot be the name of a class, in a few words; empty where it can."""
    if not label.strip():
        return 'is blank'
    if any(category(character) == 'Cs' for character in label):
        return 'is no UTF-8 text'
    if any(category(character) in CONTROL for character in label):
        return 'has a line break or another control character in it'
    return 'starts with a byte order mark' if label.startswith(BYTE_ORDER_MARK) else ''


def first_double(labels: Iterable[str]) -> str | None:
    """Find the first name that stands there a second time."""
    seen: set[str] = set()
    for label in labels:
        if label in seen:
            return label
        seen.add(label)
    return None


def write_labels(labels: Iterable[str], path: Path) -> None:
    """Write them in index order. Raises ModelError for a name that could not be read again."""
    labels = tuple(labels)
    _check(labels, path)
    path.write_text(''.join(f'{label}\n' for label in labels), encoding='utf-8', newline='\n')


def read_labels(path: Path) -> tuple[str, ...]:
    """Class names in index order, one a line, also with the line ends of Windows."""
    try:
        text = path.read_bytes().decode('utf-8-sig')
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f'{path}: cannot be read as UTF-8 text ({error})') from error
    # Not by splitlines: it would take more than a newline for the end of a name.
    lines = text.replace('\r\n', '\n').removesuffix('\n')
    labels = tuple(lines.split('\n')) if text else ()
    _check(labels, path)
    return labels


def _check(labels: tuple[str, ...], path: Path) -> None:
    for line, label in enumerate(labels, 1):
        if not label.strip():
            raise ModelError(f'{path}: line {line} is empty; each line must name one class')
        if fault := fault_of(label):
            raise ModelError(f"{path}: line {line}: '{plain(label)}' {fault}; give the class "
                             'another name')
    twice = first_double(labels)
    if twice is not None:
        raise ModelError(f"{path}: class '{plain(twice)}' is named twice")
