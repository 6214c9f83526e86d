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

"""What became of the images of a topic: every message ends in one of the counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from shufflenet_ros.dataset.image_files import SMALLEST_SIDE
from shufflenet_ros.recordings.reasons import Reasons

SHOWN = 3
"""Reasons that are named, each once."""


@dataclass(slots=True)
class TopicCounts:
    """Counts of one topic, over all bags."""

    messages: int = 0
    written: int = 0
    written_before: int = 0
    """By an earlier run."""
    too_soon: int = 0
    near_duplicates: int = 0
    undecodable: int = 0
    cut: int | None = None
    """Messages that were cut into patches; then the images counted are these. None for frames."""
    too_small: int = 0
    """Messages whose patches would be too small to train with."""
    unstamped: int = 0
    """With the time of recording instead of a stamp."""
    standing: int = 0
    """The same, since the stamp stood still."""
    reasons: Reasons = field(default_factory=Reasons)
    """Why images were undecodable."""

    def add_undecodable(self, reason: str) -> None:
        """Count an image that cannot be decoded."""
        self.undecodable += 1
        self.reasons.add(reason)

    def __str__(self) -> str:
        before = f'{self.written_before} there before, ' if self.written_before else ''
        if self.cut is not None:
            return (f'{self.messages} messages: {self.cut} cut, {self.too_soon} too soon, '
                    f'{self.too_small} too small, {self.undecodable} undecodable; patches: '
                    f'{self.written} written, {before}{self.near_duplicates} alike')
        return (f'{self.messages} messages: {self.written} written, {before}{self.too_soon} too '
                f'soon, {self.near_duplicates} alike, {self.undecodable} undecodable')

    def remarks(self) -> list[str]:
        """Say what the counts do not."""
        lines = []
        if self.unstamped:
            lines.append(f'{self.unstamped} without a stamp: the time of their recording was '
                         'taken instead')
        if self.standing:
            lines.append(f'{self.standing} with a stamp that stands still: the time of their '
                         'recording was taken instead')
        if self.too_small:
            lines.append(f'{self.too_small} with patches under {SMALLEST_SIDE} pixels a side, '
                         'which train leaves out: give fewer cells, or a larger --region')
        lines += [f'undecodable, {count} times: {reason}'
                  for reason, count in self.reasons.shown(SHOWN)]
        if len(self.reasons.counts) > SHOWN:
            lines.append(f'... and for {len(self.reasons.counts) - SHOWN} more reasons')
        return lines
