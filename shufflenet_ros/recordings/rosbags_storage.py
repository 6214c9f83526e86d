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

"""Databases of rosbag2 (sqlite3) and bags of ROS 1, packed or not, as far as they are whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, ExitStack
from pathlib import Path
import re
import shutil
import sqlite3
from tempfile import TemporaryDirectory

from shufflenet_ros.recordings.damaged_database import cut_bytes, DamagedDatabase
from shufflenet_ros.recordings.packed import is_packed, unpack
from shufflenet_ros.recordings.ros1_bags import Bag1
from shufflenet_ros.recordings.ros1_scan import UnindexedBag1
from shufflenet_ros.recordings.rosbags_parts import Connection, Reader1, Reader2
from shufflenet_ros.recordings.storage import (
    IMAGES,
    kind_of,
    merged,
    RawMessage,
)

PLAIN_NAME = re.compile(r'[\w/.-]*', re.ASCII)
"""Paths that stay what they are as a part of a URI, by which the library opens databases."""
NO_INDEX = 'its index does not fit its chunks, reading all of them instead'
JOURNALS = ('-wal', '-journal')


def journals(path: Path) -> list[Path]:
    """Give what lies beside a database that was not closed: messages are in there as well."""
    return [one for end in JOURNALS
            if (one := Path(f'{path}{end}')).is_file() and one.stat().st_size]


class RosbagsStorage:
    """One database of rosbag2, or one bag of ROS 1, finished or not."""

    def __init__(self, path: Path, is_ros1: bool, is_alone: bool) -> None:
        """Find its topics and times; the errors of ``rosbags`` share no base class."""
        self._path, self._is_ros1 = path, is_ros1
        self._kept = ExitStack()
        file = _OpenFile(path, is_ros1)
        with ExitStack() as opened:
            opened.callback(file.close)
            self.counts: dict[str, int] = {}
            if file.reader is not None:
                connections = file.reader.connections
                self.topics = merged((one.topic, _kind(one)) for one in connections)
                self.start_ns, self.end_ns = file.reader.start_time, file.reader.end_time
                for one in connections:
                    self.counts[one.topic] = self.counts.get(one.topic, 0) + one.msgcount
            elif file.damaged is not None:
                self.topics = merged(file.damaged.topics.items())
                self.start_ns, self.end_ns = file.damaged.start_ns, file.damaged.end_ns
            self.is_truncated, self.remarks = file.is_truncated, file.remarks
            # Of several packed files each is unpacked again when it is read: never two at once.
            if is_alone and is_packed(path):
                self._kept = opened.pop_all()
        self._file = file
        self.is_seekable = not (self.is_truncated or self.remarks or is_packed(path))

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """
        Messages of images on some topics, in the order in which they were recorded.

        Raises LeftOut at the end where some could not be read.
        """
        with ExitStack() as opened:
            file = self._file
            if file.is_closed:
                file = opened.enter_context(closing(_OpenFile(self._path, self._is_ros1)))
            if file.damaged is not None:
                yield from file.damaged.messages(topics, start_ns, stop_ns)
            elif isinstance(file.reader, Bag1):
                yield from self._read(file.reader, topics, start_ns, stop_ns)
                file.reader.check()
            elif isinstance(file.reader, Reader2):
                yield from self._rows(file.reader, file.path, topics, start_ns, stop_ns)

    def close(self) -> None:
        """Remove what was unpacked; files are open while they are read."""
        self._kept.close()

    def _read(self, reader: Reader1 | Reader2, topics: Collection[str], start_ns: int,
              stop_ns: int) -> Iterator[RawMessage]:
        chosen = [one for one in reader.connections
                  if one.topic in topics and _kind(one) in IMAGES]
        # Without a connection the reader would give all messages.
        if chosen:
            for one, received_ns, data in reader.messages(chosen, start_ns, stop_ns):
                yield RawMessage(one.topic, _kind(one), received_ns, data, self._is_ros1)

    def _rows(self, reader: Reader2, path: Path, topics: Collection[str], start_ns: int,
              stop_ns: int) -> Iterator[RawMessage]:
        """Read a database; from a damaged page on, message by message."""
        last_ns, same = start_ns, 0
        try:
            for raw in self._read(reader, topics, start_ns, stop_ns):
                same = same + 1 if raw.received_ns == last_ns else 1
                last_ns = raw.received_ns
                yield raw
        except Exception:  # of the library that reads the database
            for raw in DamagedDatabase(path).messages(topics, last_ns, stop_ns):
                if raw.received_ns == last_ns and same:
                    same -= 1
                else:
                    yield raw


class _OpenFile:
    """An open reader of ``rosbags``, and the temporary copy that it may need."""

    is_closed = False
    is_truncated = False
    """Whether it has no index, as a recorder that was killed leaves a bag of ROS 1."""

    def __init__(self, path: Path, is_ros1: bool) -> None:
        self._stack = ExitStack()
        self.reader: Reader1 | Reader2 | None = None
        self.remarks: list[str] = []
        self.damaged: DamagedDatabase | None = None
        """In place of the reader, where that finds damaged pages at once."""
        try:
            self.path = self._unpacked(path, 'bag.bag') if is_ros1 else self._database(path)
            if is_ros1:
                self.reader = self._open_ros1(self.path)
            else:
                self._open_database()
        except BaseException:
            self._stack.close()
            raise
        if self.reader is not None:
            self._stack.callback(self.reader.close)

    def close(self) -> None:
        """Close the files, and remove what was unpacked."""
        self.is_closed = True
        self._stack.close()

    def _open_database(self) -> None:
        reader = Reader2(self.path)
        try:
            reader.open()
            self.reader = reader
        except Exception as error:  # of many kinds
            try:
                if missing := cut_bytes(self.path):
                    # sqlite does not even begin with a database that is cut off.
                    self.path = self._lengthened(missing)
                self.damaged = DamagedDatabase(self.path)
            except sqlite3.Error:
                raise error from None

    def _lengthened(self, missing: int) -> Path:
        copy = self._folder() / 'bag.db3'
        shutil.copyfile(self.path, copy)
        with copy.open('ab') as file:
            file.truncate(copy.stat().st_size + missing)
        return copy

    def _open_ros1(self, path: Path) -> Reader1:
        reader: Reader1 = Bag1(path)
        try:
            reader.open()
        except Exception:  # of many kinds where the index is missing
            reader = UnindexedBag1(path)
            reader.open()
            self.is_truncated = reader.is_cut
            self.remarks = [] if reader.is_cut else [NO_INDEX]
        return reader

    def _folder(self) -> Path:
        return Path(self._stack.enter_context(TemporaryDirectory()))

    def _unpacked(self, path: Path, name: str) -> Path:
        if not is_packed(path):
            return path
        target = self._folder() / name
        unpack(path, target)
        return target

    def _database(self, path: Path) -> Path:
        """Give a file to open: with its journal written back into a copy, by a plain name."""
        path = self._unpacked(path, 'bag.db3')
        if not journals(path):
            if PLAIN_NAME.fullmatch(str(path)) and path.suffix == '.db3':
                return path
            link = self._folder() / 'bag.db3'
            link.symlink_to(path.resolve())
            return link
        copy = self._folder() / 'bag.db3'
        for file in (path, *journals(path)):
            shutil.copyfile(file, f'{copy}{str(file)[len(str(path)):]}')
        with closing(sqlite3.connect(copy)) as database:
            database.execute('SELECT count(*) FROM sqlite_master').fetchall()
            database.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
        return copy


def _kind(connection: Connection) -> str:
    """Give the type of a topic; a form that is not read here is a part of the name."""
    name = kind_of(connection.msgtype)
    form = getattr(connection.ext, 'serialization_format', '') or 'cdr'
    return name if form == 'cdr' else f'{name} in {form}, expected cdr'
