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
CSV files of users: as spreadsheets, other systems and scripts write them.

Lines end at line breaks alone: U+0085, U+2028 and their like stay inside a value.
"""

from __future__ import annotations

from collections.abc import Iterator
import csv
import io
from pathlib import Path

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain

LARGEST_FILE = 512 * 2 ** 20
"""Bytes."""
BLANK = '\ufeff\u200b\u2060'
"""Characters without width, which str.strip() leaves: byte order marks of joined files."""

LONGEST_CELL = 10_000
"""Characters of a value that is written."""
FORMULA = '=+-@\uff1d\uff0b\uff0d\uff20'
"""What a cell begins with that spreadsheets calculate; the last four are in full width."""

Row = dict[str, str]


class CsvFile:
    """A CSV file in UTF-8 whose first line names the columns; ``line`` is that read last."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises DatasetError where it is no such file."""
        self.path = path
        self._reader = csv.DictReader(io.StringIO(_text(path), newline=''), restval='')
        try:
            self.columns = [trimmed(name) for name in self._reader.fieldnames or []]
        except csv.Error as error:
            raise self._unreadable(error) from error
        self._reader.fieldnames = self.columns

    @property
    def line(self) -> int:
        """Number of the line read last, from 1 on."""
        return self._reader.line_num

    def rows(self) -> Iterator[Row]:
        """Give each row by the names of its columns. Raises DatasetError at a broken one."""
        try:
            for row in self._reader:
                yield {name: value or '' for name, value in row.items() if name is not None}
        except csv.Error as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: csv.Error) -> DatasetError:
        return DatasetError(f'{plain(self.path)}: not readable as CSV after line {self.line} '
                            f'({error})')


def trimmed(value: str) -> str:
    """Take spaces and characters without width from both ends."""
    kept = value.strip()
    while kept != (kept := kept.strip(BLANK).strip()):
        pass
    return kept


def safe_cell(text: str) -> str:
    """Make text from outside safe in a cell: in one line, in UTF-8, and never a formula."""
    shown = plain(text, LONGEST_CELL)
    return f"'{shown}" if shown.lstrip()[:1] in FORMULA and shown.strip() else shown


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DatasetError(f'{plain(path)}: {path.stat().st_size} bytes, expected at most '
                               f'{LARGEST_FILE}; split the file')
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f'{plain(path)}: cannot be read ({error.strerror})') from error
    cure = 'save it again as "CSV UTF-8"'
    if data.startswith((b'\xff\xfe', b'\xfe\xff')):
        raise DatasetError(f'{plain(path)}: not UTF-8 text (byte 0 begins UTF-16); {cure}')
    try:
        # A byte order mark is what spreadsheets put first.
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise DatasetError(
            f'{plain(path)}: not UTF-8 text (byte {error.start}); {cure}') from error
    if '\0' in text:
        line = text.count('\n', 0, text.index('\0')) + 1
        raise DatasetError(f'{plain(path)}: line {line} has a NUL byte, which no text has; {cure}')
    return text
