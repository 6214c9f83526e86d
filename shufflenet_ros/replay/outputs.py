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

"""The files of one recording, made of its parts: each is whole or not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, ExitStack
from dataclasses import dataclass
import os
from pathlib import Path
import secrets
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.smoothing import Smoothing
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import prepare_folder, sync, writing
from shufflenet_ros.replay.averages import Averages
from shufflenet_ros.replay.counts import TopicCounts
from shufflenet_ros.replay.manifest import LATENCY, PARTS, REGIONS, RESULTS
from shufflenet_ros.replay.model import LoadedModel
from shufflenet_ros.replay.parts import SliceParts
from shufflenet_ros.replay.results import Extras, FrameResult, FrameTimes, TIME_COLUMNS
from shufflenet_ros.replay.tables import check_parquet, open_table, Row, Table, TABLES

MCAP = 'mcap'
FORMATS = (MCAP, *TABLES)


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What is written."""

    formats: tuple[str, ...] = (MCAP, 'csv')
    """Of ``FORMATS``."""
    prefix: str = '/classifier'
    """What stands before the topics of results in an mcap file."""
    annotations: bool = False
    """Whether an mcap file gets ``foxglove_msgs/ImageAnnotations`` too."""

    def __post_init__(self) -> None:
        wrong = [name for name in self.formats if name not in FORMATS]
        if wrong or not self.formats:
            raise ConfigurationError(f'--format {plain(",".join(self.formats))}: expected some of '
                                     f'{",".join(FORMATS)}, with commas between them')
        if 'parquet' in self.formats:
            check_parquet()

    @property
    def latency_formats(self) -> tuple[str, ...]:
        """Those of the tables of times: CSV where only mcap is asked for."""
        return tuple(name for name in self.formats if name in TABLES) or ('csv',)

    def paths(self, folder: Path, recording: str, extras: Extras) -> list[Path]:
        """Give every file of a recording: results, times, and cells as CSV."""
        has_cells = extras.has_regions and 'csv' in self.formats
        return [*(folder / RESULTS / f'{recording}.{name}' for name in self.formats),
                *(folder / LATENCY / f'{recording}.{name}' for name in self.latency_formats),
                *([folder / REGIONS / f'{recording}.csv'] if has_cells else [])]


def in_order(folder: Path, slices: Sequence[str], smoothing: Smoothing,
             model: LoadedModel) -> Iterator[tuple[FrameResult, FrameTimes]]:
    """Give the results of a recording from the parts of its slices, averaged where asked for."""
    averages = Averages(smoothing, model.choice.top_k, model.threshold, model.spec.labels)
    for name in slices:
        for one in SliceParts(folder / PARTS, name).read():
            yield averages.of(one) if smoothing.is_on else one.result, one.times


def assemble(folder: Path, recording: str, found: Iterable[tuple[FrameResult, FrameTimes]],
             options: OutputOptions, extras: Extras, model: LoadedModel,
             provenance: Mapping[str, Any]) -> dict[str, TopicCounts]:
    """
    Write every file of one recording; give counts by topic.

    Raises ConfigurationError where they cannot be written; a file that was there stays then.
    """
    counts: dict[str, TopicCounts] = {}
    top_k = model.choice.top_k
    with _all_of([_replaced(path) for path in options.paths(folder, recording, extras)]) as parts:
        remaining = iter(parts)
        results = [_mcap(path, options, extras, model, provenance) if name == MCAP else
                   open_table(path, name, provenance, extras.columns(), top_k)
                   for name, path in zip(options.formats, remaining)]
        latencies = [open_table(path, name, provenance, TIME_COLUMNS)
                     for name, path in zip(options.latency_formats, remaining)]
        cells = [open_table(path, 'csv', provenance, extras.region_columns(), top_k)
                 for path in remaining]
        for result, times in found:
            counts.setdefault(result.topic, TopicCounts()).add(result)
            _write(results, options.formats, result, extras)
            _write_all(latencies, [times.row(result)])
            if cells:
                _write_all(cells, result.region_rows())
        for file in (*results, *latencies, *cells):
            file.close()
    return counts


def _write(files: Iterable[Any], formats: Iterable[str], result: FrameResult,
           extras: Extras) -> None:
    row = result.row(extras)
    for file, name in zip(files, formats):
        file.write(result if name == MCAP else row)


def _write_all(tables: Iterable[Table], rows: Sequence[Row]) -> None:
    for table in tables:
        for row in rows:
            table.write(row)


def _mcap(path: Path, options: OutputOptions, extras: Extras, model: LoadedModel,
          provenance: Mapping[str, Any]) -> Any:
    # Only here: tables need neither mcap nor rosbags.
    from shufflenet_ros.replay.mcap_file import McapFile
    from shufflenet_ros.replay.messages import Messages
    messages = Messages(model.spec.labels, model.threshold)
    return McapFile(path, messages, options.prefix, options.annotations, provenance, extras)


@contextmanager
def _all_of(files: list[Any]) -> Iterator[list[Path]]:
    """Enter all of them."""
    with ExitStack() as stack:
        yield [stack.enter_context(file) for file in files]


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file takes its place when it is done."""
    prepare_folder(path.parent)
    part = path.with_name(f'.{secrets.token_hex(8)}{path.suffix}')
    with writing(path, 'make room; the parts are kept, and the same command goes on from there'):
        try:
            yield part
            sync(part)
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
