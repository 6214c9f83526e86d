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

"""What is asked of a file in chunks, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from shufflenet_ros.recordings.image_messages import reason_of
from shufflenet_ros.recordings.storage import LeftOut, NEVER_NS, RawMessage


class ChunkContent(NamedTuple):
    """What was found in one chunk."""

    images: list[RawMessage]
    is_sound: bool = True
    """Whether its checksum is right."""
    unknown: int = 0
    """Messages whose channel is not there: it was in what is damaged."""
    error: Exception | None = None
    """Why its records could not be read."""

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.is_sound and not self.unknown and self.error is None


class Reading:
    """What is read, and what could not be."""

    def __init__(self, topics: Collection[str], start_ns: int, stop_ns: int) -> None:
        self.topics, self.start_ns, self.stop_ns = topics, start_ns, stop_ns
        self.left_out: list[Exception] = []
        """Why chunks could not be read to their end."""
        self.failed = self.doubtful = 0
        """Chunks whose checksum is wrong, and the images in them."""
        self.unknown = 0

    def overlaps(self, first_ns: int, last_ns: int) -> bool:
        """Whether a chunk may have messages of the times that are read."""
        # Damaged times must cost nothing where all is read.
        if self.start_ns <= 0 and self.stop_ns >= NEVER_NS:
            return True
        return first_ns < self.stop_ns and self.start_ns <= last_ns

    def accept(self, chunk: ChunkContent) -> list[RawMessage]:
        """Take the images of a chunk; what is wrong with it is counted."""
        self.unknown += chunk.unknown
        if chunk.error is not None:
            self.left_out.append(chunk.error)
        if not chunk.is_sound:
            self.failed += 1
            self.doubtful += len(chunk.images)
        return chunk.images

    def check(self) -> None:
        """Raise LeftOut where something could not be read, or may not be what was written."""
        lines = []
        if self.failed:
            lines.append(f'the checksum of {self.failed} of its chunks is wrong: their '
                         f'{self.doubtful} images were read, and may be damaged')
        if self.left_out:
            lines.append(f'{len(self.left_out)} of its chunks not read to their end; the first: '
                         f'{reason_of(self.left_out[0])}')
        if self.unknown:
            lines.append(f'{self.unknown} messages of topics that are not known, since the '
                         'record that names them is damaged')
        if lines:
            raise LeftOut('; '.join(lines))
