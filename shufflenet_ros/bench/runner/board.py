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
What a board can do, in one small file that people can send, and such files as a table.

It is the record of the bench without raw values: cpu, features, versions, every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
LEFT_OUT = ('raw_ns', 'command', 'data_sha256')
FIGURES = {
    'int8': 'ours_int8', 'graph': 'ours_int8_graph', 'fp32': 'ort_fp32',
    'without dot product': ('ours_int8_avx2', 'ours_int8_neon'), 'QDQ': (
        'ort_qdq_s8s8', 'ort_qdq_u8s8', 'ort_qdq_s8s8_gather', 'ort_qdq_u8s8_gather')}
"""Columns of the table, and the engines whose shortest time they have."""
HEADER = ('board', 'form', 'size', *(f'{name} ms' for name in FIGURES), 'fp32 / int8',
          'onnxruntime', 'date')


def board_of(record: Record) -> dict[str, Any]:
    """Leave out of a record what nobody needs to compare boards, and what only this one knows."""
    return {name: value for name, value in record.items()
            if name not in LEFT_OUT and not name.startswith('overload_')}


def table_of(boards: Sequence[Record]) -> str:
    """Write the rows of the suite ``int8`` of some boards as a table in Markdown."""
    rows = [HEADER, ('---',) * len(HEADER)]
    for board in boards:
        sizes = dict.fromkeys((row['height'], row['width']) for row in board['results']
                              if row['suite'] == 'int8')
        rows += [_row(board, *size) for size in sizes]
    return ''.join(f'| {" | ".join(row)} |\n' for row in rows)


def _row(board: Record, height: int, width: int) -> tuple[str, ...]:
    found = {row['engine']: row for row in board['results']
             if (row['suite'], row['height'], row['width']) == ('int8', height, width)}
    machine, ours = board['environment'], found['ours_int8']
    times_ms = {name: _shortest(found, engines) for name, engines in FIGURES.items()}
    return (machine.get('board') or machine['cpu'], ours.get('form', ''), f'{width}x{height}',
            *(f'{time:.2f}' if time else '' for time in times_ms.values()),
            f'{found["ort_fp32"]["min_ms"] / ours["min_ms"]:.2f}',
            machine['packages']['onnxruntime'], machine['time'][:10])


def _shortest(found: Mapping[str, Record], engines: str | Sequence[str]) -> float | None:
    names = (engines,) if isinstance(engines, str) else engines
    return min((found[name]['min_ms'] for name in names if name in found), default=None)
