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

"""How the memory of a replay grows with its frames, seen from outside."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path
import shutil
from statistics import median
from typing import Any

from shufflenet_ros.bench.replays.process import Memory, run
from shufflenet_ros.bench.replays.takes import command, Subject

TENTHS = 10
"""The first tenth of the frames is warm-up; growth is from the part behind it to the last one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory while so many frames were written."""

    frames: int
    memory: Memory


def watched(subject: Subject, cores: Set[int]) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Replay the longer recording; give growth and peaks (MB), and all samples."""
    samples: list[Sample] = []
    parts = _Parts(subject.out / 'parts')
    run(command((), subject, subject.long), cores,
        lambda memory: samples.append(Sample(parts.frames(), memory)))
    shutil.rmtree(subject.out)
    series = [{'frames': one.frames, 'rss_mb': round(one.memory.rss_mb, 2),
               'own_mb': round(one.memory.own_mb, 2)} for one in samples]
    return growth(samples, subject.frames), series


def growth(samples: Iterable[Sample], frames: int) -> dict[str, float]:
    """
    Give how much more memory there was later than behind the first tenth of the frames (MB).

    ``rss_growth_mb`` before the last part, ``rss_peak_growth_mb`` at most while frames were
    classified, ``rss_end_growth_mb`` at most while the files were written at the end.
    """
    found = [one for one in samples if one.frames * TENTHS >= frames]
    running = [one for one in found if one.frames < frames]
    if not running:
        return {}
    start_mb, last_mb = (median(one.memory.rss_mb for one in running if one.frames == edge.frames)
                         for edge in (running[0], running[-1]))
    return {'rss_start_mb': start_mb, 'rss_growth_mb': last_mb - start_mb,
            'rss_peak_growth_mb': max(one.memory.rss_mb for one in running) - start_mb,
            'rss_end_growth_mb': max(one.memory.rss_mb for one in found) - start_mb}


class _Parts:
    """Counts the results in part files, each once: they are never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts: dict[str, int] = {}

    def frames(self) -> int:
        """Give how many frames are written."""
        for path in self._folder.glob('[!.]*.jsonl'):
            if path.name not in self._counts:
                with path.open('rb') as file:
                    self._counts[path.name] = sum(line.startswith(b'[') for line in file)
        return sum(self._counts.values())
