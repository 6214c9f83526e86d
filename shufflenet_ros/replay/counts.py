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

"""What became of the images of one recording, topic by topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.reasons import Reasons
from shufflenet_ros.replay.results import FrameResult

SHOWN = 3


@dataclass(slots=True)
class TopicCounts:
    """Counts of one topic."""

    images: int = 0
    classified: int = 0
    below_threshold: int = 0
    problems: Reasons = field(default_factory=Reasons)
    """Why images have no class."""

    def add(self, result: FrameResult) -> None:
        """Count one result."""
        self.images += 1
        if result.problem:
            self.problems.add(result.problem)
            return
        self.classified += 1
        self.below_threshold += not result.label

    def describe(self) -> dict[str, Any]:
        """Give them for the manifest."""
        return {'images': self.images, 'classified': self.classified,
                'below_threshold': self.below_threshold, 'problems': dict(self.problems.counts)}


def lines_of(recording: str, topics: dict[str, dict[str, Any]]) -> list[str]:
    """Say in words what the manifest has of a recording."""
    lines = [] if topics else [f'{plain(recording)}: no image in these times']
    for topic, counts in sorted(topics.items()):
        below = counts['below_threshold']
        lines.append(f'{plain(recording)} {plain(topic)}: {counts["classified"]} of '
                     f'{counts["images"]} images classified'
                     f'{f", {below} below the threshold" if below else ""}')
        reasons = sorted(counts['problems'].items(), key=lambda pair: -pair[1])
        lines += [f'  {number} left out: {plain(reason)}' for reason, number in reasons[:SHOWN]]
        if len(reasons) > SHOWN:
            rest = sum(number for _, number in reasons[SHOWN:])
            lines.append(f'  {rest} left out for {len(reasons) - SHOWN} more reasons, see '
                         'manifest.json')
    return lines


def none_classified(recording: str, topics: dict[str, dict[str, Any]]) -> str:
    """Say that a recording has images of which not one has a class, else an empty string."""
    images = sum(counts['images'] for counts in topics.values())
    if not images or any(counts['classified'] for counts in topics.values()):
        return ''
    reasons = sorted((pair for counts in topics.values() for pair in counts['problems'].items()),
                     key=lambda pair: -pair[1])
    return (f'{plain(recording)}: none of its {images} images could be classified; most often '
            f'({reasons[0][1]} times): {plain(reasons[0][0])}')
