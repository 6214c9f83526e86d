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
import re
from typing import Protocol

from shufflenet_ros.core.encoding.image_header import codec_of
from shufflenet_ros.core.errors import BagError, DatasetError, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.image_files import images_below, subfolders, SUFFIXES
from shufflenet_ros.recordings.image_folder import ImageFolder
from shufflenet_ros.recordings.image_messages import Arrival
from shufflenet_ros.recordings.metadata import METADATA
from shufflenet_ros.recordings.reader import Bag, bag_files, is_storage, storage_begins
from shufflenet_ros.recordings.storage import Contents
from shufflenet_ros.recordings.video import is_video, VideoFile
from shufflenet_ros.recordings.video import SUFFIXES as VIDEOS

BEGIN_BYTES = 16


class Recording(Contents, Protocol):
    """One recording, open for reading; a context manager."""

    @property
    def name(self) -> str:
        """Give what results are called by: the name of its file or folder."""

    @property
    def path(self) -> Path:
        """Give what was opened."""

    @property
    def seconds(self) -> float:
        """From its first message to its last."""

    @property
    def files(self) -> list[Path]:
        """Give what its frames are read from."""

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
    try:
        return _kind(path)(path, say)
    except OSError as error:
        raise BagError(f'{plain(path)}: cannot be read ({system_reason(error)}); check who may '
                       'read it, and its disk') from error


def find_recordings(path: Path) -> list[Path]:
    """
    List the recordings below a folder, in alphabetical order; any other path is one itself.

    A folder with ``metadata.yaml``, or with the pieces of one bag, is one recording; in other
    folders each bag or video file is one. Where there are no bags, all images below the folder
    are one, which is the folder itself. Raises BagError where a folder cannot be read.
    """
    try:
        if not path.is_dir():
            return [path]
        found = _below(path)
        if not any(map(_is_bag, found)) and images_below(path):
            found.insert(0, path)
        return found or [path]
    except (OSError, DatasetError) as error:
        raise BagError(f'{plain(path)}: cannot be read ({system_reason(error)}); check who may '
                       'read it, and its disk') from error


def _kind(path: Path) -> Callable[[Path, Callable[[str], None]], Recording]:
    try:
        if path.is_dir():
            has_bags = any(map(_is_bag, _below(path)))
            return ImageFolder if not has_bags and images_below(path) else Bag
        if not path.is_file():
            return Bag
    except (ValueError, DatasetError):  # of a name that none can have
        return Bag
    with path.open('rb') as file:
        begin = file.read(BEGIN_BYTES)
    if storage_begins(begin) or is_storage(path):
        return Bag
    if is_video(path, begin):
        return VideoFile
    return ImageFolder if path.suffix.lower() in SUFFIXES or codec_of(begin) else Bag


def _below(folder: Path) -> list[Path]:
    if (folder / METADATA).is_file():
        return [folder]
    files = bag_files(folder)
    if files and len({_piece_of(one) for one in files}) == 1:
        return [folder]
    found = [one for one in sorted(folder.iterdir())
             if one in files or one.is_file() and not one.name.startswith('.') and (
                 is_storage(one) or one.suffix.lower() in VIDEOS - SUFFIXES)]
    for one in subfolders(folder):
        found += _below(one)
    return sorted(found)


def _is_bag(path: Path) -> bool:
    return path.suffix.lower() not in VIDEOS or path.is_dir()


def _piece_of(path: Path) -> str:
    """Give the name of the bag whose piece a file is: a recorder numbers them, ``_0`` and on."""
    return re.sub(r'(_\d+)?(\.[a-z0-9]+)+$', '', path.name)
