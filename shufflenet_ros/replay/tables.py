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
Results and times as tables: CSV, JSON Lines, Parquet; row by row, so that memory stays small.

Where each comes from (model, input, options, versions) is in the file itself: the first line of
CSV, ``# {...}``; the first line of JSON Lines, ``{"provenance": {...}}``; the key
``shufflenet_ros`` of the metadata of a Parquet schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import csv
from pathlib import Path
from typing import Any, Protocol

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.dataset.csv_files import safe_cell
from shufflenet_ros.replay.results import as_json, Extras, RAW, RAW_COLUMNS, REGIONS

TABLES = ('csv', 'jsonl', 'parquet')
KEY = 'shufflenet_ros'
"""Of the provenance in Parquet and mcap files."""
GROUP_ROWS = 8192
"""Rows of Parquet that are held until they are written; each cell counts as one."""
INTEGERS = ('received_ns', 'stamp_ns', 'width', 'height', 'x', 'y')
LISTS = ('hypotheses', f'{RAW}hypotheses', REGIONS)
Row = Mapping[str, Any]


class Table(Protocol):
    """One table that is being written."""

    def write(self, row: Row) -> None:
        """Add a row."""

    def close(self) -> None:
        """Finish the file."""


def open_table(path: Path, kind: str, provenance: Mapping[str, Any], columns: Sequence[str],
               top_k: int = 0) -> Table:
    """
    Begin a table with these columns, of results with at most ``top_k`` hypotheses.

    ``kind`` is one of ``TABLES``. Raises OSError, and ConfigurationError without pyarrow.
    """
    if kind == 'csv':
        return _Csv(path, columns, provenance, top_k)
    if kind == 'jsonl':
        return _JsonLines(path, columns, provenance)
    return _Parquet(path, columns, provenance)


def check_parquet() -> None:
    """Raise ConfigurationError where Parquet cannot be written here."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            f'--format parquet needs pyarrow ({error}): pip install pyarrow, or leave parquet '
            'out') from error


class _Csv:
    """
    Hypotheses become the columns ``class_1``, ``score_1``, ``class_2`` and so on.

    Cells have a table of their own, and of results without an average only the best is here.
    """

    def __init__(self, path: Path, columns: Sequence[str], provenance: Mapping[str, Any],
                 top_k: int) -> None:
        self._columns = [column for column in columns if column not in LISTS]
        self._pairs = range(top_k)
        self._file = path.open('w', encoding='utf-8', newline='')
        self._file.write(f'# {as_json(provenance)}\n')
        self._writer = csv.writer(self._file, lineterminator='\n')
        self._writer.writerow([*self._columns, *(
            f'{kind}_{number + 1}' for number in self._pairs for kind in ('class', 'score'))])

    def write(self, row: Row) -> None:
        cells = [row[column] for column in self._columns]
        for number in self._pairs:
            found = row['hypotheses'][number:number + 1]
            cells += [found[0]['label'], found[0]['score']] if found else ['', '']
        self._writer.writerow([safe_cell(one) if isinstance(one, str) else one for one in cells])

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    """One object in each line, see https://jsonlines.org."""

    def __init__(self, path: Path, columns: Sequence[str],
                 provenance: Mapping[str, Any]) -> None:
        self._file = path.open('w', encoding='utf-8')
        self.write({'provenance': provenance})

    def write(self, row: Row) -> None:
        self._file.write(f'{as_json(row)}\n')

    def close(self) -> None:
        self._file.close()


class _Parquet:
    """Hypotheses are a list of ``class_id``, ``label`` and ``score``, cells a list as well."""

    def __init__(self, path: Path, columns: Sequence[str],
                 provenance: Mapping[str, Any]) -> None:
        import pyarrow
        from pyarrow import parquet
        cell = Extras(has_raw=RAW_COLUMNS[0] in columns).cell_columns()
        hypothesis = pyarrow.struct([('class_id', pyarrow.int32()), ('label', pyarrow.string()),
                                     ('score', pyarrow.float64())])

        def kind_of(column: str) -> Any:
            if column == REGIONS:
                return pyarrow.list_(pyarrow.struct([(name, kind_of(name)) for name in cell]))
            if column.endswith('hypotheses'):
                return pyarrow.list_(hypothesis)
            if column in INTEGERS:
                return pyarrow.int64()
            is_number = column.endswith(('score', '_ms'))
            return pyarrow.float64() if is_number else pyarrow.string()

        self._schema = pyarrow.schema([(column, kind_of(column)) for column in columns],
                                      metadata={KEY: as_json(provenance)})
        self._table = pyarrow.Table
        self._writer = parquet.ParquetWriter(path, self._schema, compression='zstd')
        self._rows: list[Row] = []
        self._held = 0

    def write(self, row: Row) -> None:
        self._rows.append(row)
        self._held += 1 + len(row.get(REGIONS, ()))
        if self._held >= GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._held = [], 0
