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

"""Tables of results and of times: CSV, JSON Lines and Parquet, read as ``replay`` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
import csv
import json
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from shufflenet_ros.core.errors import ConfigurationError, one_line, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.csv_files import FORMULA

KEY = 'shufflenet_ros'
"""Of the provenance in the metadata of a Parquet schema."""
TEXTS, WHOLE, REAL = ('recording', 'topic', 'best', 'label', 'problem'), (
    'received_ns', 'stamp_ns'), ('score',)
NEEDED = ('topic', 'received_ns', 'best', 'score', 'label')
TIMES_NEEDED = ('topic', 'received_ns', 'total_ms')
LARGEST_NS = 2 ** 63 - 1
CURE = 'replay the recording again'


class Table(NamedTuple):
    """Columns of equal length by name, with what the file says of where they come from."""

    provenance: dict[str, Any]
    columns: dict[str, list[Any]]


def read_table(path: Path, needed: tuple[str, ...] = NEEDED) -> Table:
    """
    Read one table by what it begins with.

    Raises ConfigurationError where it is none, is damaged, or lacks a column of ``needed``.
    """
    try:
        with path.open('rb') as file:
            begin = file.read(64).lstrip(b'\xef\xbb\xbf')
        reader = _READERS[kind_of(begin)]
        table = reader(path)
    except OSError as error:
        raise ConfigurationError(
            f'{plain(path)}: cannot be read ({system_reason(error)})') from error
    except KeyError as error:
        raise ConfigurationError(
            f'{plain(path)}: no table of results; expected CSV, JSON Lines or Parquet as '
            '`shufflenet_ros replay` writes them') from error
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        raise ConfigurationError(
            f'{plain(path)}: no results, it lacks the column {", ".join(lacking)}; expected a '
            'table that `shufflenet_ros replay` has written')
    return table


def kind_of(begin: bytes) -> str:
    """Give the format of a file by how it begins: parquet, jsonl or csv; '' for another one."""
    if begin.startswith(b'PAR1'):
        return 'parquet'
    if begin.lstrip().startswith(b'{'):
        return 'jsonl'
    if begin.startswith(b'# {') or begin.startswith(b'recording,'):
        return 'csv'
    return ''


def _read_csv(path: Path) -> Table:
    with path.open(encoding='utf-8-sig', newline='') as file:
        try:
            return _csv_table(path, file)
        except UnicodeDecodeError as error:
            raise _damaged(path, 1, f'not UTF-8 text, byte {error.start}') from error
        except csv.Error as error:
            raise _damaged(path, 1, str(error)) from error


def _csv_table(path: Path, file: Iterable[str]) -> Table:
    lines = iter(file)
    first = next(lines, '')
    provenance: dict[str, Any] = {}
    if first.startswith('#'):
        provenance = _object(path, 1, first[1:])
        names = next(csv.reader(lines), [])
    else:
        names = next(csv.reader([first]), [])
    before = 2 if provenance else 1
    columns: dict[str, list[Any]] = {name: [] for name in names if _is_read(name)}
    places = [(names.index(name), columns[name], _cell_reader(name)) for name in columns]
    for number, row in enumerate(csv.reader(lines), before + 1):
        if not row:
            continue
        if len(row) != len(names):
            raise _damaged(path, number, f'{len(row)} values for {len(names)} columns')
        for place, column, read in places:
            try:
                column.append(read(row[place]))
            except ValueError as error:
                raise _damaged(path, number, f'{names[place]} {plain(row[place], 60)!r}, '
                               f'{error}') from error
    return Table(provenance, columns)


def _read_jsonl(path: Path) -> Table:
    columns: dict[str, list[Any]] = {}
    provenance: dict[str, Any] = {}
    number = 0
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        row = _object(path, number, line)
        if number == 1 and 'provenance' in row:
            found = row['provenance']
            provenance = found if isinstance(found, dict) else {}
            continue
        if not columns:
            columns = {name: [] for name in row if _is_read(name)}
        _add_row(path, number, columns, row)
    if not columns and provenance:
        columns = {name: [] for name in (*TEXTS, *WHOLE, *REAL, 'total_ms')}
    return Table(provenance, columns)


def _add_row(path: Path, number: int, columns: Mapping[str, list[Any]],
             row: Mapping[str, Any]) -> None:
    for name, column in columns.items():
        if name not in row:
            raise _damaged(path, number, f'{name} is missing')
        try:
            column.append(_value(name, row[name]))
        except ValueError as error:
            raise _damaged(path, number, f'{name} {plain(row[name], 60)!r}, {error}') from error


def _read_parquet(path: Path) -> Table:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise ConfigurationError(f'{plain(path)}: reading Parquet needs pyarrow ({error}): '
                                 'pip install pyarrow') from error
    try:
        names = [name for name in parquet.read_schema(path).names if _is_read(name)]
        found = parquet.read_table(path, columns=names)
        columns = {name: found.column(name).to_pylist() for name in names}
    except (ArrowException, OSError, ValueError) as error:
        raise ConfigurationError(f'{plain(path)}: damaged ({plain(one_line(error), 200)}); '
                                 f'{CURE}') from error
    for name, column in columns.items():
        try:
            columns[name] = [_value(name, one) for one in column]
        except ValueError as error:
            raise ConfigurationError(f'{plain(path)}: column {name}, {error}; {CURE}') from error
    text = (found.schema.metadata or {}).get(KEY.encode(), b'{}')
    return Table(_object(path, 0, text.decode('utf-8', 'replace')), columns)


def _is_read(name: str) -> bool:
    return name in (*TEXTS, *WHOLE, *REAL) or name.endswith('_ms')


def _cell_reader(name: str) -> Callable[[str], Any]:
    if name in TEXTS:
        return _unquoted
    if name in WHOLE:
        return lambda cell: _whole(int(cell))
    return lambda cell: _real(float(cell))


def _unquoted(cell: str) -> str:
    """Take away what keeps a spreadsheet from calculating a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] in FORMULA else cell


def _value(name: str, value: Any) -> Any:
    if name in TEXTS:
        if not isinstance(value, str):
            raise ValueError('expected text')
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError('expected a number')
    return _whole(value) if name in WHOLE else _real(value)


def _whole(value: float) -> int:
    if value != int(value) or abs(value) > LARGEST_NS:
        raise ValueError('expected ns as a whole number')
    return int(value)


def _real(value: float) -> float:
    if not isfinite(value):
        raise ValueError('expected a finite number')
    return float(value)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding='utf-8-sig', newline='\n') as file:
        try:
            yield from file
        except UnicodeDecodeError as error:
            raise _damaged(path, 1, f'not UTF-8 text, byte {error.start}') from error


def _object(path: Path, line: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, line, f'not JSON: {plain(one_line(error), 100)}') from error
    if not isinstance(found, dict):
        raise _damaged(path, line, 'expected an object of JSON')
    return found


def _damaged(path: Path, line: int, reason: str) -> ConfigurationError:
    return ConfigurationError(f'{plain(path)}: damaged in line {line} ({reason}); {CURE}')


_READERS: dict[str, Callable[[Path], Table]] = {
    'csv': _read_csv, 'jsonl': _read_jsonl, 'parquet': _read_parquet}
