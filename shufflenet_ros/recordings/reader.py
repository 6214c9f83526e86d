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
One recording, finished or not, as a stream of image messages.

A finished recording is opened as a whole. Of one that was not finished, or has mcap files without
a usable index, each file is opened on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from shufflenet_ros.core.errors import BagError
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.image_messages import Arrival, arrival_of, reason_of, SECOND_NS
from shufflenet_ros.recordings.mcap_stream import has_no_index, is_truncated, McapStream
from shufflenet_ros.recordings.rosbags_storage import RosbagsStorage
from shufflenet_ros.recordings.storage import IMAGES, NEVER_NS, Storage

STORAGE = ('.mcap', '.db3')
METADATA = 'metadata.yaml'
CURES = {'.mcap': 'mcap recover {} -o whole.mcap saves what is left',
         '.db3': 'sqlite3 {} .recover | sqlite3 whole.db3 saves what is left',
         '.bag': 'rosbag reindex {} makes a new index'}
LONGEST_PATH = 1000
"""Characters that are shown of one: commands with it must stay whole."""
NO_BAG = 'expected a folder that ros2 bag record has made, or a .mcap, .db3 or .bag file'


class Bag:
    """One recording, open for reading; a context manager."""

    def __init__(self, path: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Open it; ``say`` is told what is odd about it. Raises BagError."""
        self.path = path
        self._stack = ExitStack()
        self._parts: list[Storage] = []
        try:
            self.name = path.stem if path.is_file() else path.resolve().name
            for part in _parts(path, say):
                self._parts.append(_open(part, say))
                self._stack.callback(self._parts[-1].close)
        except BaseException as error:
            self._stack.close()
            if isinstance(error, OSError):
                raise BagError(f'{_shown(path)}: cannot be read ({error.strerror}); check who may '
                               'read it, and its disk') from error
            if isinstance(error, ValueError):  # a NUL in its name
                raise BagError(f'{_shown(path)}: no such bag ({reason_of(error)})') from error
            raise
        # The parts of an unfinished recording: _10 comes after _9.
        self._parts.sort(key=lambda part: part.start_ns)

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds, in alphabetical order."""
        return dict(sorted(pair for part in self._parts for pair in part.topics.items()))

    @property
    def start_ns(self) -> int:
        """When its first message was recorded."""
        return min(part.start_ns for part in self._parts)

    @property
    def seconds(self) -> float:
        """From its first message to its last."""
        return max(0, max(part.end_ns for part in self._parts) - self.start_ns) / SECOND_NS

    def images(self, topics: Sequence[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """
        Give the images of some topics in the order in which they were recorded.

        ``start_s`` and ``end_s`` count from the first message. Raises BagError where the bag is
        damaged; what came before is good.
        """
        if self.start_ns == NEVER_NS:
            return
        start_ns = self._time_ns(start_s) if start_s else 0
        stop_ns = NEVER_NS if end_s is None else self._time_ns(end_s)
        for part in self._parts:
            try:
                for raw in part.messages(topics, start_ns, stop_ns):
                    yield arrival_of(raw, part.deserialize)
            except Exception as error:  # those of the libraries share no base class
                raise BagError(f'{self.path}: damaged, so only its beginning was read '
                               f'({reason_of(error)})') from error

    def _time_ns(self, seconds: float) -> int:
        return min(self.start_ns + round(seconds * SECOND_NS), NEVER_NS)


def image_topics(topics: dict[str, str]) -> list[str]:
    """Choose those that carry images."""
    return [topic for topic, kind in topics.items() if kind in IMAGES]


def _parts(path: Path, say: Callable[[str], None]) -> list[Path]:
    """Find what to open: the bag itself, or its files one by one."""
    if not path.exists():
        raise BagError(f'{_shown(path)}: no such bag')
    if path.is_file():
        return [path]
    if not path.is_dir():
        # A pipe would be waited for, and a device read, without end.
        raise BagError(f'{_shown(path)}: neither a folder nor a plain file; {NO_BAG}')
    files = sorted(one for one in path.iterdir() if one.suffix in STORAGE and one.is_file())
    has_metadata = (path / METADATA).is_file()
    if has_metadata and not any(_needs_stream(one) for one in files):
        return [path]
    if not files:
        raise BagError(f'{_shown(path)}: neither {METADATA} nor a {" or ".join(STORAGE)} file in '
                       f'it{_advice(path)}')
    if not has_metadata:
        say(f'{_shown(path)}: no {METADATA}, so the recording was not finished; reading its files '
            'one by one')
    return files


def _advice(path: Path) -> str:
    below = sorted(one.parent.name for one in path.glob(f'*/{METADATA}'))
    if below:
        return f'; bags are below it: give {_shown(path / below[0])}, or {_shown(path)}/* for all'
    if any(path.glob('*.zst*')):
        return f'; its files are compressed and need it: ros2 bag reindex {_shown(path)}'
    return '; expected a folder that ros2 bag record has made, or a .bag file of ROS 1'


def _needs_stream(path: Path) -> bool:
    return path.suffix == '.mcap' and (is_truncated(path) or has_no_index(path))


def _open(path: Path, say: Callable[[str], None]) -> Storage:
    """Open one bag or file with the library for it."""
    try:
        if path.is_file() and _needs_stream(path):
            if is_truncated(path):
                say(f'{_shown(path)}: truncated, reading what is whole')
            return McapStream(path)
        _refuse_journal(path)
        return RosbagsStorage(path)
    except BagError:
        raise
    except Exception as error:  # those of the libraries share no base class
        raise _unreadable(path, error) from error


def _refuse_journal(path: Path) -> None:
    """Refuse a database with a journal: its last messages would be missing without a word."""
    journal = Path(f'{path}-wal')
    if journal.is_file() and journal.stat().st_size:
        raise BagError(f'{_shown(path)}: its last messages are still in {_shown(journal.name)}; '
                       f'have them written back first: sqlite3 {_shown(path)} '
                       "'PRAGMA wal_checkpoint(TRUNCATE)'")


def _unreadable(path: Path, error: Exception) -> BagError:
    reason, cure = reason_of(error), NO_BAG
    if not path.is_dir():
        cure = CURES.get(path.suffix, NO_BAG).format(_shown(path))
    else:
        # The reader of a folder names the file that it stopped at, if it is not the metadata.
        culprits = [one for one in path.iterdir()
                    if one.suffix in STORAGE and str(one) in str(error)]
        cure = (CURES[culprits[0].suffix].format(_shown(culprits[0])) if culprits else
                f'ros2 bag reindex {_shown(path)} makes new metadata')
    return BagError(f'{_shown(path)}: cannot be read as a bag ({reason}); {cure}')


def _shown(path: Path | str) -> str:
    return plain(path, LONGEST_PATH)
