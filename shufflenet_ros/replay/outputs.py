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
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import prepare_folder, sync, writing
from shufflenet_ros.replay.counts import TopicCounts
from shufflenet_ros.replay.manifest import LATENCY, PARTS, RESULTS
from shufflenet_ros.replay.model import LoadedModel
from shufflenet_ros.replay.parts import SliceParts
from shufflenet_ros.replay.results import FrameResult, FrameTimes
from shufflenet_ros.replay.tables import check_parquet, open_table, TABLES

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

    def paths(self, folder: Path, recording: str) -> list[Path]:
        """Give every file of a recording."""
        return [*(folder / RESULTS / f'{recording}.{name}' for name in self.formats),
                *(folder / LATENCY / f'{recording}.{name}' for name in self.latency_formats)]


def assemble(folder: Path, recording: str, slices: Sequence[str], options: OutputOptions,
             model: LoadedModel, provenance: Mapping[str, Any]) -> dict[str, TopicCounts]:
    """
    Write every file of one recording from the parts of its slices; give counts by topic.

    Raises ConfigurationError where they cannot be written; a file that was there stays then.
    """
    counts: dict[str, TopicCounts] = {}
    top_k = model.choice.top_k
    with _all_of([_replaced(path) for path in options.paths(folder, recording)]) as parts:
        number = len(options.formats)
        results = [_mcap(path, options, model, provenance) if name == MCAP else
                   open_table(path, name, provenance, top_k)
                   for path, name in zip(parts, options.formats)]
        latencies = [open_table(path, name, provenance, None)
                     for path, name in zip(parts[number:], options.latency_formats)]
        for result, times in _in_order(folder, slices):
            counts.setdefault(result.topic, TopicCounts()).add(result)
            _write(results, options.formats, result)
            row = times.row(result)
            for table in latencies:
                table.write(row)
        for file in (*results, *latencies):
            file.close()
    return counts


def _write(files: Iterable[Any], formats: Iterable[str], result: FrameResult) -> None:
    row = result.row()
    for file, name in zip(files, formats):
        file.write(result if name == MCAP else row)


def _in_order(folder: Path, slices: Sequence[str]) -> Iterator[tuple[FrameResult, FrameTimes]]:
    for name in slices:
        yield from SliceParts(folder / PARTS, name).read()


def _mcap(path: Path, options: OutputOptions, model: LoadedModel,
          provenance: Mapping[str, Any]) -> Any:
    # Only here: tables need neither mcap nor rosbags.
    from shufflenet_ros.replay.mcap_file import McapFile
    from shufflenet_ros.replay.messages import Messages
    messages = Messages(model.spec.labels, model.threshold)
    return McapFile(path, messages, options.prefix, options.annotations, provenance)


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
