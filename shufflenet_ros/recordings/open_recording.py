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
Any recording as one stream of frames: a bag, a video file, a folder of images.

All of them are read through :class:`Recording`; which one it is can be told by nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Protocol

from shufflenet_ros.recordings.image_messages import Arrival
from shufflenet_ros.recordings.reader import Bag


class Recording(Protocol):
    """One recording, open for reading; a context manager."""

    @property
    def name(self) -> str:
        """Give what results are called by: the name of its file or folder."""

    @property
    def path(self) -> Path:
        """Give what was opened."""

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds, in alphabetical order."""

    @property
    def start_ns(self) -> int:
        """When its first message was recorded; above ``end_ns`` where it has none."""

    @property
    def end_ns(self) -> int:
        """Just behind the time of its last message, as far as it is known."""

    @property
    def seconds(self) -> float:
        """From its first message to its last."""

    @property
    def files(self) -> list[Path]:
        """Give what its frames are read from."""

    @property
    def is_seekable(self) -> bool:
        """Whether a part of it can be read without reading all that comes before."""

    def images(self, topics: Collection[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """
        Give the images of some topics in the order in which they were recorded.

        ``start_s`` and ``end_s`` count from the first message. Raises BagError at the end where
        the recording is damaged; what came before is good.
        """

    def between(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Arrival]:
        """Give those that were recorded in ``start_ns <= t < stop_ns``, else as ``images``."""

    def __enter__(self) -> Recording: ...

    def __exit__(self, *_: object) -> None: ...


def open_recording(path: Path, say: Callable[[str], None] = lambda line: None) -> Recording:
    """Open a recording; ``say`` is told what is odd about it. Raises BagError."""
    return Bag(path, say)
