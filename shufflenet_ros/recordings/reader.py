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

Each file of it is opened on its own, by what it begins with. ``metadata.yaml`` only says which
files there are.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
import heapq
from pathlib import Path
import shlex

from shufflenet_ros.core.errors import BagError
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.deserialize import deserialize
from shufflenet_ros.recordings.image_messages import Arrival, arrival_of, reason_of
from shufflenet_ros.recordings.mcap_stream import McapStream
from shufflenet_ros.recordings.metadata import METADATA, read_files, STORAGE
from shufflenet_ros.recordings.natural_order import natural
from shufflenet_ros.recordings.packed import is_packed, open_file, SUFFIXES
from shufflenet_ros.recordings.rosbags_storage import journals, RosbagsStorage
from shufflenet_ros.recordings.storage import (
    LeftOut,
    merged,
    RawMessage,
    SECOND_NS,
    Storage,
    window_ns,
)

CURES = {'.mcap': 'mcap recover {} -o whole.mcap saves what is left',
         '.db3': 'sqlite3 {} .recover | sqlite3 whole.db3 saves what is left',
         '.bag': 'rosbag reindex {} makes a new index'}
BEGINS = {b'\x89MCAP0': '.mcap', b'SQLite format 3': '.db3', b'#ROSBAG': '.bag'}
LONGEST_PATH = 1000
"""Characters that are shown of one: commands with it must stay whole."""
NO_BAG = ('expected a folder that ros2 bag record has made, a .mcap, .db3 or .bag file, a video, '
          'or a folder of images')


class Bag:
    """One recording, open for reading; a context manager."""

    def __init__(self, path: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Open it; ``say`` is told what is odd about it. Raises BagError."""
        self.path = path
        self._stack = ExitStack()
        self._parts: list[Storage] = []
        self.files: list[Path] = []
        """What its messages are read from, in the order of their times; journals included."""
        self._unread: list[str] = []
        try:
            self.name = path.stem if path.is_file() else path.resolve().name
            self._open_all(_parts(path, say), say)
        except BaseException as error:
            self._stack.close()
            if isinstance(error, OSError):
                raise BagError(f'{_shown(path)}: cannot be read ({error.strerror}); check who may '
                               'read it, and its disk') from error
            if isinstance(error, ValueError):  # a NUL in its name
                raise BagError(f'{_shown(path)}: no such bag ({reason_of(error)})') from error
            raise

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds, in alphabetical order."""
        return merged(pair for part in self._parts for pair in part.topics.items())

    @property
    def counts(self) -> dict[str, int]:
        """How many messages each topic has, where all its files know that."""
        counts: Counter[str] = Counter()
        for part in self._parts:
            counts.update(part.counts)
        return {topic: number for topic, number in counts.items()
                if all(topic in part.counts or topic not in part.topics for part in self._parts)}

    @property
    def start_ns(self) -> int:
        """When its first message was recorded."""
        return min(part.start_ns for part in self._parts)

    @property
    def end_ns(self) -> int:
        """Just behind the time of its last message; 0 where it has none."""
        return max(part.end_ns for part in self._parts)

    @property
    def seconds(self) -> float:
        """From its first message to its last."""
        return max(0, self.end_ns - self.start_ns) / SECOND_NS

    @property
    def is_seekable(self) -> bool:
        """Whether a part of it can be read without reading all that comes before."""
        return all(part.is_seekable for part in self._parts)

    def images(self, topics: Collection[str], start_s: float = 0.0,
               end_s: float | None = None) -> Iterator[Arrival]:
        """
        Give the images of some topics in the order in which they were recorded.

        ``start_s`` and ``end_s`` count from the first message. Raises BagError at the end where
        the bag is damaged; what came before is good.
        """
        return self.between(topics, *window_ns(self.start_ns, start_s, end_s))

    def between(self, topics: Collection[str], start_ns: int, stop_ns: int) -> Iterator[Arrival]:
        """Give those that were recorded in ``start_ns <= t < stop_ns``, else as ``images``."""
        damaged = list(self._unread)
        for raw in self._merged(topics, start_ns, stop_ns, damaged):
            yield arrival_of(raw, deserialize)
        if damaged:
            raise BagError('; '.join(damaged))

    def _merged(self, topics: Collection[str], start_ns: int, stop_ns: int,
                damaged: list[str]) -> Iterator[RawMessage]:
        """Give the messages of all files by time; a file is opened when its time has come."""
        waiting = deque(enumerate(self._parts))
        heads: list[tuple[int, int, RawMessage, Iterator[RawMessage]]] = []
        while waiting or heads:
            if waiting and (not heads or waiting[0][1].start_ns <= heads[0][0]):
                number, part = waiting.popleft()
                messages = self._messages(part, topics, start_ns, stop_ns, damaged)
            else:
                _, number, raw, messages = heapq.heappop(heads)
                yield raw
            following = next(messages, None)
            if following is not None:
                heapq.heappush(heads, (following.received_ns, number, following, messages))

    def _messages(self, part: Storage, topics: Collection[str], start_ns: int, stop_ns: int,
                  damaged: list[str]) -> Iterator[RawMessage]:
        """Give the messages of a file, and note what could not be read."""
        try:
            yield from part.messages(topics, start_ns, stop_ns)
        except LeftOut as error:
            damaged.append(f'{_shown(self.path)}: damaged, {reason_of(error)}')
        except Exception as error:  # those of the libraries share no base class
            others = ', and its other files' if len(self._parts) > 1 else ''
            damaged.append(f'{_shown(self.path)}: damaged, so only its beginning was read'
                           f'{others} ({reason_of(error)})')

    def _open_all(self, files: list[Path], say: Callable[[str], None]) -> None:
        """Open what can be opened; one unreadable file is no reason to lose the others."""
        parts: list[tuple[Path, Storage]] = []
        for file in files:
            try:
                parts.append((file, _open(file, len(files) == 1, say)))
                self._stack.callback(parts[-1][1].close)
            except BagError as error:
                if len(files) == 1:
                    raise
                self._unread.append(str(error))
        if not parts:
            raise BagError('; '.join(self._unread))
        # By time, not by name: _10 comes after _9.
        parts.sort(key=lambda part: part[1].start_ns)
        self._parts = [part for _, part in parts]
        self.files = [one for file, _ in parts for one in (file, *journals(file))]


def storage_begins(begin: bytes) -> str:
    """Give the suffix of the storage whose files begin so, or an empty string."""
    return next((kind for magic, kind in BEGINS.items() if begin.startswith(magic)), '')


def is_storage(path: Path) -> bool:
    """Whether a file is one of a bag, by its name."""
    name = path.with_suffix('') if is_packed(path) or path.suffix == '.active' else path
    return name.suffix in CURES


def bag_files(path: Path) -> list[Path]:
    """List the files of rosbag2 in a folder; of one that is there twice, the unpacked one."""
    return sorted((one for one in path.iterdir() if one.is_file() and _storage_of(one) in STORAGE
                   and not (is_packed(one) and one.with_suffix('').is_file())),
                  key=lambda one: natural(one.name))


def _parts(path: Path, say: Callable[[str], None]) -> list[Path]:
    """Find what to open: the bag itself, or its files one by one."""
    if not path.exists():
        raise BagError(f'{_shown(path)}: no such bag')
    if path.is_file():
        return [path]
    if not path.is_dir():
        # A pipe would be waited for, and a device read, without end.
        raise BagError(f'{_shown(path)}: neither a folder nor a plain file; {NO_BAG}')
    if (path / METADATA).is_file():
        return _listed(path, say)
    files = bag_files(path)
    if not files:
        raise BagError(f'{_shown(path)}: neither {METADATA} nor a {" or ".join(STORAGE)} file in '
                       f'it{_advice(path)}')
    say(f'{_shown(path)}: no {METADATA}, so the recording was not finished; reading its files '
        'one by one')
    return files


def _listed(path: Path, say: Callable[[str], None]) -> list[Path]:
    """Find the files that the metadata names, packed or not; say which are missing."""
    try:
        names = read_files(path / METADATA)
    except OSError:
        raise
    except Exception as error:  # whatever damaged text may cause
        raise _unreadable(path, error) from error
    there: list[Path] = []
    missing: list[Path] = []
    for name in names:
        file = path / name
        forms = [file, file.with_suffix('') if is_packed(file) else file,
                 *(file.with_name(file.name + end) for end in SUFFIXES)]
        found = [one for one in forms if one.is_file()]
        (there if found else missing).append(found[0] if found else file)
    if missing and not there:
        raise BagError(f'{_shown(path)}: database files are missing: '
                       f'{", ".join(_shown(one.name) for one in missing)}; expected them beside '
                       f'{METADATA}')
    if missing:
        say(f'{_shown(path)}: files are missing, reading the others: '
            f'{", ".join(_shown(one.name) for one in missing)}')
    return there


def _advice(path: Path) -> str:
    below = sorted(one.parent.name for one in path.glob(f'*/{METADATA}'))
    if below:
        return (f'; bags are below it: give {_quoted(path / below[0])}, or {_quoted(path)}/* for '
                'all')
    return f', nor an image; {NO_BAG}'


def _storage_of(path: Path) -> str:
    """Give the suffix of the format, without that of zstd."""
    return path.with_suffix('').suffix if is_packed(path) else path.suffix


def _open(path: Path, is_alone: bool, say: Callable[[str], None]) -> Storage:
    """Open one file with the library for what it begins with."""
    part: McapStream | RosbagsStorage
    try:
        with open_file(path) as file:
            begin = file.read(16)
        if not begin:
            raise ValueError(f'{path.name} seems to be empty')
        kind = storage_begins(begin)
        if not kind:
            raise ValueError('it begins like none')
        part = (McapStream(path) if kind == '.mcap'
                else RosbagsStorage(path, kind == '.bag', is_alone))
    except OSError:
        raise
    except Exception as error:  # those of the libraries share no base class
        raise _unreadable(path, error) from error
    if part.is_truncated:
        say(f'{_shown(path)}: truncated, reading what is whole')
    for line in part.remarks:
        say(f'{_shown(path)}: {line}')
    return part


def _unreadable(path: Path, error: Exception) -> BagError:
    if path.is_dir():
        cure = f'ros2 bag reindex {_quoted(path)} makes new metadata'
    else:
        cure = CURES.get(_storage_of(path), NO_BAG).format(_quoted(path.with_suffix('')
                                                           if is_packed(path) else path))
        if is_packed(path):
            cure = f'zstd -d {_quoted(path)}, then {cure}'
    return BagError(f'{_shown(path)}: cannot be read as a bag ({reason_of(error)}); {cure}')


def _quoted(path: Path) -> str:
    """Give a path as a shell takes it."""
    return shlex.quote(_shown(path))


def _shown(path: Path | str) -> str:
    return plain(path, LONGEST_PATH)
