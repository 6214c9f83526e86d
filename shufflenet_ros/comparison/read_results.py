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

"""Results of any kind, read: the folder of a replay, one file of it, a bag of a node's outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.comparison.read_bags import is_bag, read_bag
from shufflenet_ros.comparison.read_tables import kind_of, read_table, Table, TIMES_NEEDED
from shufflenet_ros.comparison.results import (
    cleaned,
    nth_of,
    Results,
    Source,
    STAGES,
    streams_of,
    texts,
)
from shufflenet_ros.core.errors import ConfigurationError, one_line, system_reason
from shufflenet_ros.core.text import plain

MANIFEST, RESULTS, LATENCY = 'manifest.json', 'results', 'latency'
FORMATS = ('.parquet', '.jsonl', '.csv', '.mcap')
"""In the order in which they are read: tables know all classes, and Parquet is the fastest."""
TABLES = FORMATS[:3]
COLUMNS = ('recording', 'topic', 'received_ns', 'stamp_ns', 'best', 'score', 'label', 'problem')
EXPECTED = ('expected a folder that `shufflenet_ros replay` wrote, one of its results (.parquet, '
            '.jsonl, .csv or .mcap), or a bag with the outputs of a node')


class _Part(NamedTuple):
    """Results of one file."""

    table: Table
    recording: str
    """Where the table does not say it."""
    times: dict[str, list[float]]
    has_best: bool
    is_node: bool


def read_results(path: Path) -> Results:
    """
    Read all results at a path.

    Raises ConfigurationError where there are none, or where they are damaged.
    """
    remarks: list[str] = []
    given, path = path, _folder_of(path)
    try:
        if not path.exists():
            raise ConfigurationError(f'{plain(path)}: no such file or folder; {EXPECTED}')
        manifest = _manifest(path)
        if path.is_dir() and (manifest or (path / RESULTS).is_dir()):
            parts = _of_folder(path, manifest, remarks)
        elif (path.is_dir() or path.is_file()) and is_bag(path):
            parts = [_of_bag(path, remarks)]
        elif path.is_file():
            parts = [_of_table(path, remarks)]
        else:
            raise ConfigurationError(f'{plain(path)}: no results; {EXPECTED}')
    except OSError as error:
        raise ConfigurationError(
            f'{plain(path)}: cannot be read ({system_reason(error)})') from error
    except ValueError as error:  # a NUL in its name
        raise ConfigurationError(f'{plain(path)}: no such file or folder') from error
    return _joined(given, parts, manifest, remarks)


def _folder_of(path: Path) -> Path:
    """Give the folder of a replay where its folder of results was meant."""
    above = path.absolute().parent
    is_inside = path.absolute().name == RESULTS and (above / MANIFEST).exists()
    return above if is_inside else path


def _manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of the folder, or of the folder that a file of results lies in."""
    folder = path if path.is_dir() else path.absolute().parent.parent
    file = folder / MANIFEST
    if not file.is_file() or (path.is_file() and path.absolute().parent.name != RESULTS):
        return {}
    try:
        content = json.loads(file.read_bytes())
        if not isinstance(content, dict):
            raise ValueError('expected an object')
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f'{plain(file)}: damaged ({plain(one_line(error), 100)}); '
                                 'replay the recordings again') from error
    return content


def _of_folder(path: Path, manifest: Mapping[str, Any], remarks: list[str]) -> list[_Part]:
    if manifest.get('state', 'complete') != 'complete':
        remarks.append('the replay was not finished: the same command goes on with it')
    recordings = manifest.get('recordings')
    for one in recordings.values() if isinstance(recordings, Mapping) else ():
        damage = one.get('damage') if isinstance(one, Mapping) else None
        remarks += [cleaned(line) for line in damage] if isinstance(damage, list) else []
    folder = path / RESULTS
    files = [one for one in folder.iterdir() if one.suffix in FORMATS
             and not one.name.startswith('.')] if folder.is_dir() else []
    chosen: dict[str, Path] = {}
    for file in sorted(files, key=_by_format):
        chosen.setdefault(file.stem, file)
    if not chosen:
        raise ConfigurationError(f'{plain(path)}: no results in it yet; finish the replay with '
                                 'the command that began it')
    return [_of_bag(file, remarks) if file.suffix == '.mcap' else _of_table(file, remarks)
            for _, file in sorted(chosen.items())]


def _by_format(path: Path) -> int:
    """Sort by format; without pyarrow, Parquet comes last."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return len(FORMATS) if path.suffix == '.parquet' else FORMATS.index(path.suffix)
    return FORMATS.index(path.suffix)


def _of_table(path: Path, remarks: list[str]) -> _Part:
    with path.open('rb') as file:
        if not kind_of(file.read(64).lstrip(b'\xef\xbb\xbf')):
            raise ConfigurationError(f'{plain(path)}: no results; {EXPECTED}')
    table = read_table(path)
    return _Part(table, path.stem, _times(path, table, remarks), True, False)


def _of_bag(path: Path, remarks: list[str]) -> _Part:
    found = read_bag(path)
    remarks += found.remarks
    recording = path.stem if path.is_file() else path.resolve().name
    return _Part(found.table, recording, _times(path, found.table, remarks), False,
                 found.is_node)


def _times(path: Path, table: Table, remarks: list[str]) -> dict[str, list[float]]:
    """Read the times of the frames of a file of results, which stand in a folder beside it."""
    folder = path.absolute().parent.parent / LATENCY
    files = [folder / f'{path.stem}{suffix}' for suffix in TABLES]
    there = sorted((one for one in files if one.is_file()), key=_by_format)
    if path.absolute().parent.name != RESULTS or not there:
        return {}
    times = read_table(there[0], TIMES_NEEDED)
    known = {key: row for row, key in enumerate(_keys(times))}
    rows = [known.get(key) for key in _keys(table)]
    if None in rows:
        remarks.append(f'{plain(there[0].name)}: {rows.count(None)} of the frames have no times')
    nan = float('nan')
    return {stage: [nan if row is None else times.columns[f'{stage}_ms'][row] for row in rows]
            for stage in STAGES if f'{stage}_ms' in times.columns}


def _keys(table: Table) -> list[tuple[Any, ...]]:
    """Give what a frame is recognized by: its topic, its time, how many such come before it."""
    keys = list(zip(map(cleaned, table.columns['topic']), table.columns['received_ns']))
    return [(*key, nth) for key, nth in zip(keys, nth_of(keys))]


def _joined(path: Path, parts: Sequence[_Part], manifest: Mapping[str, Any],
            remarks: list[str]) -> Results:
    """Put all parts below one another, by recording, topic and time."""
    def column(name: str, default: Any) -> list[Any]:
        return [one for part in parts for one in part.table.columns.get(
            name, [default(part)] * len(part.table.columns['topic']))]

    received_ns = np.array(column('received_ns', lambda part: 0), np.int64)
    provenance = parts[0].table.provenance or manifest
    _check_cells(path, provenance, remarks)
    good = texts(column('problem', lambda part: '')) == ''
    results = Results(
        str(path), _common(provenance), texts(column('recording', lambda part: part.recording)),
        texts(column('topic', lambda part: '')), received_ns,
        np.array(column('stamp_ns', lambda part: 0), np.int64),
        texts(column('best', lambda part: '')),
        np.array(column('score', lambda part: 0.0), np.float64),
        texts(column('label', lambda part: '')), texts(column('problem', lambda part: '')),
        {stage: _stage(parts, stage, good) for stage in STAGES
         if any(stage in part.times for part in parts)},
        _sources(manifest), all(part.has_best for part in parts),
        all(not part.is_node for part in parts), tuple(dict.fromkeys(remarks)))
    return results if len(results) == 0 else _in_order(results)


def _check_cells(path: Path, provenance: Mapping[str, Any], remarks: list[str]) -> None:
    """Say that cells are left out; ConfigurationError where there is nothing else."""
    options = provenance.get('options')
    grid = options.get('grid') if isinstance(options, Mapping) else ''
    if not grid or not isinstance(options, Mapping):
        return
    if not options.get('classify_whole', True):
        raise ConfigurationError(
            f'{plain(path)}: its images were classified in cells only, and what is compared is '
            'the class of the whole; replay without --no-classify-whole')
    remarks.append(f'the cells of its grid ({cleaned(grid)}) are not compared, only the whole')


def _stage(parts: Sequence[_Part], stage: str, good: np.ndarray) -> np.ndarray:
    nan = float('nan')
    found = np.array([one for part in parts for one in part.times.get(
        stage, [nan] * len(part.table.columns['topic']))], np.float64)
    # Damaged messages went through no stage.
    return np.where(good, found, nan)


def _in_order(results: Results) -> Results:
    order = np.concatenate([stream.rows for stream in streams_of(results)])
    return replace(results, times={stage: one[order] for stage, one in results.times.items()},
                   **{name: getattr(results, name)[order] for name in COLUMNS})


def _common(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Give what all recordings have in common."""
    return {key: provenance[key] for key in ('package', 'model', 'options', 'versions')
            if key in provenance}


def _sources(manifest: Mapping[str, Any]) -> dict[str, Source]:
    """Say where the recordings were, as far as the manifest knows it."""
    recordings = manifest.get('recordings')
    if not isinstance(recordings, Mapping):
        return {}
    return {cleaned(name): Source(_text(one.get('path')), _start_ns(one.get('span_ns')))
            for name, one in recordings.items() if isinstance(one, Mapping)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ''


def _start_ns(span: Any) -> int:
    first = span[0] if isinstance(span, Sequence) and span else 0
    return first if isinstance(first, int) and 0 < first < 2 ** 62 else 0
