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
What one frame costs: in a part of a replay alone, and in the whole command as users type it.

The whole command is run on two lengths of a recording, in turns with all else: their difference
is what frames cost, and what is left is its start, with the load of the model and the end.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
import json
from pathlib import Path
import shutil
from statistics import mean, median
from typing import Any

from shufflenet_ros.bench.replays.process import Finished, run
from shufflenet_ros.bench.replays.recordings import SECOND_NS, Wanted, WRITE
from shufflenet_ros.core.errors import ShufflenetRosError

COMMAND = ('shufflenet_ros.cli.main', 'replay')
ALONE = 'shufflenet_ros.bench.replays.alone'
LONG_S = 4 * 61
"""Of the longer recording, which are four pieces of work of a minute each; the shorter is two."""


SHORTEST_NS = 1.0
"""For a frame: where something else used the core, the shorter one may have taken longer."""


@dataclass(frozen=True, slots=True)
class Take:
    """One measurement: time, and CPU time, for some frames."""

    wall_ns: float
    cpu_ns: float
    frames: int


@dataclass(slots=True)
class Takes:
    """All turns of one work."""

    long: list[Take] = field(default_factory=list)
    short: list[Take] = field(default_factory=list)
    """Of half the frames; none where a process told its own time, without its start."""

    def frame_ns(self, what: str = 'wall_ns') -> list[float]:
        """Give what a frame took in each turn, ``wall_ns`` or ``cpu_ns``."""
        half_ns = median(getattr(one, what) for one in self.short) if self.short else 0.0
        half = self.short[0].frames if self.short else 0
        return [max(SHORTEST_NS, (getattr(one, what) - half_ns) / (one.frames - half))
                for one in self.long]

    def start_ns(self) -> float:
        """Give what the command takes beside the frames."""
        if not self.short:
            return 0.0
        return median(one.wall_ns for one in self.short) - (
            median(self.frame_ns()) * self.short[0].frames)


@dataclass(frozen=True, slots=True)
class Subject:
    """The recordings of one kind, the longer twice as long, and the model."""

    kind: str
    long: Path
    short: Path
    frames: int
    """Of the longer one."""
    model: str
    out: Path
    """Folder for results, which is removed each time."""

    @property
    def bytes_per_frame(self) -> float:
        """Give what a frame takes on the disk."""
        return self.long.stat().st_size / self.frames


def write_recordings(kind: str, height: int, width: int, frames: int, model: str,
                     folder: Path) -> Subject:
    """Write both recordings of a kind. Raises ConfigurationError where that cannot be done."""
    suffix, write = WRITE[kind]
    long, short = (folder / f'{kind}_{name}{suffix}' for name in ('long', 'short'))
    period_ns = LONG_S * SECOND_NS // frames
    for path, number in ((long, frames), (short, frames // 2)):
        write(path, Wanted(height, width, number, period_ns))
    return Subject(kind, long, short, frames, model, folder / 'out')


def alone(work: str, subject: Subject, cores: Set[int], takes: Takes) -> None:
    """Time a part of the work; see :mod:`shufflenet_ros.bench.replays.alone`."""
    takes.long.append(_alone(work, subject, cores))


def alone_on_each(work: str, subject: Subject, cores: Set[int], takes: Takes) -> None:
    """Time a process on each core, all at once: what the cores of this machine give together."""
    with ThreadPoolExecutor(len(cores)) as pool:
        found = list(pool.map(lambda core: _alone(work, subject, {core}), sorted(cores)))
    takes.long.append(Take(mean(one.wall_ns for one in found), sum(one.cpu_ns for one in found),
                           sum(one.frames for one in found)))


def whole(options: Sequence[str], subject: Subject, cores: Set[int], takes: Takes) -> None:
    """Time the command on both lengths."""
    for path, frames, found in ((subject.short, subject.frames // 2, takes.short),
                                (subject.long, subject.frames, takes.long)):
        done = _replay(options, subject, path, cores)
        found.append(Take(done.wall_ns, done.cpu_ns, frames))


def _alone(work: str, subject: Subject, cores: Set[int]) -> Take:
    done = run((ALONE, work, subject.model, str(subject.long), str(subject.frames)), cores)
    found = json.loads(done.output.splitlines()[-1])
    return Take(found['wall_ns'], found['cpu_ns'], found['frames'])


def check(options: Sequence[str], subject: Subject, cores: Set[int]) -> str:
    """
    Replay the longer one, untimed, and give which form of the model ran.

    Raises ShufflenetRosError unless every frame was classified.
    """
    _replay(options, subject, subject.long, cores, keep=True)
    manifest: dict[str, Any] = json.loads((subject.out / 'manifest.json').read_text())
    shutil.rmtree(subject.out)
    counts = [topic for one in manifest['recordings'].values() for topic in one['topics'].values()]
    if [(one['images'], one['classified']) for one in counts] != [(subject.frames,) * 2]:
        raise ShufflenetRosError(f'{subject.kind}: of {subject.frames} images a replay gave '
                                 f'{counts}; such a figure would be no measurement')
    return manifest['model']['form']


def command(options: Sequence[str], subject: Subject, recording: Path) -> list[str]:
    """Give the command as a user types it."""
    return [*COMMAND, str(recording), '--model', subject.model, '--out', str(subject.out),
            *options]


def _replay(options: Sequence[str], subject: Subject, recording: Path, cores: Set[int],
            keep: bool = False) -> Finished:
    done = run(command(options, subject, recording), cores)
    if not keep:
        shutil.rmtree(subject.out)
    return done
