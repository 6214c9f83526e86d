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
What frames really show, as a user wrote it down, and how right results are by it.

A CSV file with a column ``label``, and for each row the frame (``stamp_ns`` or ``received_ns``) or
the time (``start_s`` and ``end_s``, from the beginning of the recording on) that it is about.
``topic`` and ``recording`` say where it holds; ``frames.csv`` of ``shufflenet_ros frames`` has
such rows too, with ``bag`` for the recording. Rows about cells (``cell``) are refused: results are
compared by whole frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.agreement import Confused, count_pairs
from shufflenet_ros.comparison.results import cleaned, Results, seconds_of, streams_of
from shufflenet_ros.core.errors import ConfigurationError, DatasetError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.csv_files import CsvFile, FORMULA, Row, trimmed
from shufflenet_ros.evaluation.report.classes import wilson

COLUMNS = ('expected a column label, and stamp_ns, received_ns, or start_s and end_s; also topic '
           'and recording where the same time has several frames')
INSTEAD_OF_CELLS = (
    'give labels of frames, such as frames.csv of shufflenet_ros frames without --grid. To '
    'measure a model on cells, sort their images into a folder per class for shufflenet_ros '
    'evaluate')
LISTED = 1000


class Statement(NamedTuple):
    """One row of the file."""

    line: int
    label: str
    topic: str
    """Empty for all, as ``recording``."""
    recording: str
    column: str
    """``stamp_ns`` or ``received_ns``, or empty for a time."""
    time_ns: int
    start_s: float
    end_s: float
    """Not part of it."""


class Truth:
    """The rows of one file."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises ConfigurationError for a file that cannot be such."""
        self.path = path
        try:
            file = CsvFile(path)
            self._statements = list(_statements(path, file))
        except DatasetError as error:
            raise ConfigurationError(f'--labels {error}') from error
        if not self._statements:
            raise ConfigurationError(f'--labels {plain(path)}: no row in it has a label; fill in '
                                     'the column label')

    def __len__(self) -> int:
        return len(self._statements)

    def of(self, results: Results) -> np.ndarray:
        """
        Give what each frame shows, object (frames,); empty where nobody said it.

        Raises ConfigurationError where two rows disagree about a frame, or none is about any.
        """
        labels = np.full(len(results), '', object)
        lines = np.zeros(len(results), np.int64)
        for stream in streams_of(results):
            seconds = seconds_of(results, stream)
            frames: dict[tuple[str, int], list[int]] = {}
            for row in stream.rows.tolist():
                received_ns, stamp_ns = results.received_ns[row], results.stamp_ns[row]
                frames.setdefault(('received_ns', int(received_ns)), []).append(row)
                # A frame without a stamp is known by its time of recording, as in frames.csv.
                frames.setdefault(('stamp_ns', int(stamp_ns or received_ns)), []).append(row)
            for one in self._statements:
                if not _holds(one, stream.recording, stream.topic):
                    continue
                rows = frames.get((one.column, one.time_ns), []) if one.column else (
                    stream.rows[slice(*np.searchsorted(seconds, (one.start_s, one.end_s)))])
                self._put(labels, lines, one, np.asarray(rows, np.int64))
        if not (labels != '').any():
            raise ConfigurationError(
                f'--labels {plain(self.path)}: none of its {len(self)} rows is about a frame of '
                f'{plain(results.name)}; check times, topic and recording')
        return labels

    def _put(self, labels: np.ndarray, lines: np.ndarray, one: Statement,
             rows: np.ndarray) -> None:
        others = rows[(labels[rows] != '') & (labels[rows] != one.label)]
        if len(others):
            raise ConfigurationError(
                f'--labels {plain(self.path)}: line {one.line} says {plain(one.label, 60)!r}, and '
                f'line {lines[others[0]]} says {plain(labels[others[0]], 60)!r} of the same '
                'frame; correct one of them')
        labels[rows], lines[rows] = one.label, one.line


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How right results are where the truth is known; damaged messages count as wrong."""

    hits: int
    frames: int
    confusion: list[Confused]
    """Truth first, then the best class."""
    classes: Mapping[str, Mapping[str, Any]]
    """Class to ``precision`` and ``recall``, each with its 95 % interval."""

    @property
    def share(self) -> float | None:
        """Share of frames whose best class is right."""
        return self.hits / self.frames if self.frames else None

    def describe(self) -> dict[str, Any]:
        """Give the figures, ready for JSON."""
        return {'accuracy': _share(self.hits, self.frames), 'hits': self.hits,
                'frames': self.frames, 'classes': dict(self.classes),
                'confusion': [{'truth': one.a, 'best': one.b, 'frames': one.frames}
                              for one in self.confusion[:LISTED]]}


def accuracy_of(results: Results, truth: np.ndarray, rows: np.ndarray | None = None) -> Accuracy:
    """Compare the best class with the truth, of some rows or of all."""
    rows = np.arange(len(results)) if rows is None else rows
    rows = rows[truth[rows] != '']
    best, labels = results.best[rows], truth[rows]
    hits = int((best == labels).sum())
    return Accuracy(hits, len(rows), count_pairs(labels, best), _per_class(best, labels))


def _per_class(best: np.ndarray, labels: np.ndarray) -> dict[str, dict[str, Any]]:
    found = {}
    for name in sorted({*labels, *best} - {''}):
        said, true = best == name, labels == name
        hits = int((said & true).sum())
        found[name] = {'frames': int(true.sum()), 'named': int(said.sum()),
                       'precision': _share(hits, int(said.sum())),
                       'recall': _share(hits, int(true.sum()))}
    return found


def _share(hits: int, frames: int) -> dict[str, float | None]:
    """Give a share with its interval after Wilson."""
    share = wilson(hits, frames)
    return {'value': share.value if frames else None, 'low': share.low, 'high': share.high}


def _statements(path: Path, file: CsvFile) -> Iterator[Statement]:
    columns = set(file.columns)
    by = next((name for name in ('received_ns', 'stamp_ns') if name in columns), '')
    if 'label' not in columns or not (by or {'start_s', 'end_s'} <= columns):
        raise ConfigurationError(f'--labels {plain(path)}: its columns are '
                                 f'{plain(", ".join(file.columns))}; {COLUMNS}')
    for row in file.rows():
        label = cleaned(_text(row, 'label'))
        if not label:
            continue
        if cell := _text(row, 'cell'):
            raise ConfigurationError(
                f'--labels {plain(path)}: line {file.line} is about the cell {plain(cell, 60)}, '
                f'and results are compared by whole frames; {INSTEAD_OF_CELLS}')
        where = (cleaned(_text(row, 'topic')), cleaned(_text(row, 'recording') or _bag(row)))
        if by and row[by].strip():
            yield Statement(file.line, label, *where, by, _ns(path, file.line, by, row[by]), 0, 0)
        elif {'start_s', 'end_s'} <= columns:
            yield Statement(file.line, label, *where, '', 0, *_span(path, file.line, row))
        else:
            raise ConfigurationError(f'--labels {plain(path)}: line {file.line} has no {by}; '
                                     'expected ns')


def _text(row: Row, name: str) -> str:
    value = trimmed(row.get(name, ''))
    return value[1:] if value[:1] == "'" and value[1:].lstrip()[:1] in FORMULA else value


def _bag(row: Row) -> str:
    return PurePath(_text(row, 'bag')).name


def _holds(one: Statement, recording: str, topic: str) -> bool:
    # A bag of ROS 1 and a video have the suffix in frames.csv, and not in the name of results.
    names = one.recording, PurePath(one.recording).stem
    return (not one.topic or one.topic == topic) and (not one.recording or recording in names)


def _ns(path: Path, line: int, name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ConfigurationError(f'--labels {plain(path)}: line {line}, {name} '
                                 f'{plain(value, 60)!r}, expected ns as a whole number') from error


def _span(path: Path, line: int, row: Row) -> tuple[float, float]:
    try:
        start_s, end_s = (float(row[name]) for name in ('start_s', 'end_s'))
        if not (isfinite(start_s) and isfinite(end_s) and start_s < end_s):
            raise ValueError
    except ValueError as error:
        raise ConfigurationError(
            f'--labels {plain(path)}: line {line}, start_s {plain(row["start_s"], 60)!r} and '
            f'end_s {plain(row["end_s"], 60)!r}, expected seconds, the end after the '
            'start') from error
    return start_s, end_s
