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
What a process does with one slice: read it, classify it, write its parts.

What is done twice, also at the same time by two processes, is one result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from platform import node

from shufflenet_ros.core.errors import BagError, ConfigurationError, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.recordings.frame_choice import RateLimiter
from shufflenet_ros.recordings.image_messages import Arrival
from shufflenet_ros.replay.frames import classify_all, NamedClassifier
from shufflenet_ros.replay.model import same_model
from shufflenet_ros.replay.opened import recording_of
from shufflenet_ros.replay.parts import frames_of_part, in_parts, SliceParts
from shufflenet_ros.replay.slices import Slice

Told = Callable[[int, int], None]
"""Called with the time of recording (ns) that was reached, and the frames done in this call."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files of which the digests are wanted; ``name`` is that of the task."""

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digests:
    """The SHA-256 of each file, hexadecimal."""

    name: str
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done in one slice, now and before."""

    name: str
    frames: int = 0
    """Classified in this call."""
    error: str = ''
    """Why the recording could not be read at all."""


Task = Slice | Files
Answer = Done | Digests


def do(task: Task, folder: str, told: Told = lambda at_ns, frames: None,
       by: NamedClassifier | None = None) -> Answer:
    """
    Do one task, in any process.

    ``by`` is the core of this process unless given. Raises ConfigurationError where parts cannot
    be written into ``folder``, and ModelError where this process has another model.
    """
    if not Path(folder).is_dir():
        raise ConfigurationError(f'{plain(folder)}: no such folder on {plain(node())}; --out must '
                                 'be on storage that every worker has under the same path')
    try:
        if isinstance(task, Files):
            return Digests(task.name, tuple(sha256_of(Path(name)) for name in task.paths))
        return Done(task.name, _do_slice(task, folder, told, by))
    except BagError as error:
        return Done(task.name, error=str(error))
    except OSError as error:
        return Done(task.name, error=f'{plain(error.filename or task.name)}: cannot be read '
                                     f'({system_reason(error)})')


def _do_slice(piece: Slice, folder: str, told: Told, by: NamedClassifier | None) -> int:
    """Classify what is missing of a slice; give how many frames that was."""
    parts = SliceParts(Path(folder), piece.name)
    if parts.damage() is not None:
        return 0
    if by is None:
        model = same_model(piece.model, piece.identity)
        by = model.looking_at(piece.looks)
    number, frames = parts.count(), 0
    size = frames_of_part(piece.looks, piece.model.top_k, len(by.labels))
    damaged: list[str] = []
    arrivals = recording_of(piece).between(piece.topics, piece.start_ns, piece.stop_ns)
    chosen = due(whole(arrivals, damaged), piece.every_ns)
    missing = islice(chosen, number * size, None)
    for lines in in_parts(classify_all(_watched(missing, told), piece.recording, by), size):
        parts.write(number, lines, damaged if len(lines) < size else None)
        number, frames = number + 1, frames + len(lines)
    return frames


def whole(arrivals: Iterator[Arrival], damaged: list[str]) -> Iterator[Arrival]:
    """Give all arrivals; what is damaged is told at the end."""
    try:
        yield from arrivals
    except BagError as error:
        damaged.append(str(error))


def due(arrivals: Iterator[Arrival], every_ns: int) -> Iterator[Arrival]:
    """Leave out the frames that follow too soon upon another one of their topic."""
    if not every_ns:
        yield from arrivals
        return
    limiter = RateLimiter(every_ns)
    for arrival in arrivals:
        times_ns = arrival.stamp_ns or arrival.received_ns, arrival.received_ns
        if limiter.is_due(arrival.topic, *times_ns):
            limiter.take(arrival.topic, *times_ns)
            yield arrival


def _watched(arrivals: Iterator[Arrival], told: Told) -> Iterator[Arrival]:
    for number, arrival in enumerate(arrivals):
        told(arrival.received_ns, number)
        yield arrival
