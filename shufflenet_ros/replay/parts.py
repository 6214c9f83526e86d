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
Part files: the results of one slice as they come, each file whole or not there.

A part holds ``frames_of_part`` lines of :func:`.results.to_line`; the last one of a slice may hold
fewer, and ends with a line that says so. A slice that was interrupted goes on behind its last
part. Two processes that do the same slice write the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import json
from pathlib import Path

from shufflenet_ros.process.files import write_whole
from shufflenet_ros.replay.model import Looks
from shufflenet_ros.replay.results import as_json, Classified, from_line, to_line

PART_FRAMES = 1000
"""Frames of a part at most, and what a kill may cost."""
PART_NUMBERS = 1_000_000
"""Scores in a part, which is held in memory until it is written."""
SUFFIX = '.jsonl'


class SliceParts:
    """The parts of one slice in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def count(self) -> int:
        """Count the parts that are there, from the first one on without a gap."""
        return len(self._paths())

    def damage(self) -> list[str] | None:
        """Give what was wrong with the recording, none or more; None while parts are missing."""
        paths = self._paths()
        return _end_of(paths[-1]) if paths else None

    def write(self, number: int, lines: list[str], damage: list[str] | None) -> None:
        """Write a part; ``damage`` where it is the last one, a list that may be empty."""
        end = [] if damage is None else [as_json({'end': damage})]
        write_whole(self._path(number), ''.join(f'{line}\n' for line in (*lines, *end)),
                    'make room; the parts before it are kept, and the same command goes on from '
                    'there')

    def read(self) -> Iterator[Classified]:
        """Give the results in order."""
        for path in self._paths():
            with path.open(encoding='utf-8') as file:
                yield from (from_line(line) for line in file if line.startswith('['))

    def _paths(self) -> list[Path]:
        found: list[Path] = []
        while (path := self._path(len(found))).is_file():
            found.append(path)
        return found

    def _path(self, number: int) -> Path:
        return self._folder / f'{self._name}-{number:06d}{SUFFIX}'


def remove_half_written(folder: Path) -> None:
    """Remove what a run that was killed had not finished."""
    for path in folder.glob('.*.part'):
        path.unlink(missing_ok=True)


def frames_of_part(looks: Looks, hypotheses: int, classes: int) -> int:
    """Say how many frames a part holds: fewer where each has many cells or scores."""
    grid = looks.view.grid
    answers = 1 + (grid.columns * grid.rows if grid else 0)
    numbers = answers * (hypotheses + (classes if looks.keeps_scores else 0))
    return max(1, min(PART_FRAMES, PART_NUMBERS // numbers))


def in_parts(results: Iterable[Classified], frames: int) -> Iterator[list[str]]:
    """Collect lines until there are enough for a part; the rest comes last, and may be empty."""
    lines: list[str] = []
    for one in results:
        lines.append(to_line(one))
        if len(lines) == frames:
            yield lines
            lines = []
    yield lines


def _end_of(path: Path) -> list[str] | None:
    """Give what the end of a slice says; None where this part is not its last."""
    with path.open('rb') as file:
        file.seek(max(0, path.stat().st_size - 65536))
        last = file.read().splitlines()[-1:]
    return json.loads(last[0])['end'] if last and last[0].startswith(b'{"end"') else None
