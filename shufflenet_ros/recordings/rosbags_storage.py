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
Databases of rosbag2 (sqlite3) and bags of ROS 1, by ``rosbags``; messages by their known fields.

Image messages have had the same fields in every release, so they are deserialized by the fields
that are known here: bags without type definitions, or with broken ones of other types, are as good
as any.
"""

from __future__ import annotations

import bz2
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing, ExitStack
import heapq
from io import BytesIO
import os
from pathlib import Path
import re
import shutil
import sqlite3
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

from lz4.frame import LZ4FrameDecompressor
from rosbags.interfaces import Connection
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag1.reader import (
    Chunk,
    ChunkInfo,
    Header,
    IndexData,
    read_bytes,
    read_uint32,
    RecordType,
)
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.recordings.damaged_database import cut_bytes, DamagedDatabase
from shufflenet_ros.recordings.packed import is_packed, unpack, unpacked_message
from shufflenet_ros.recordings.storage import (
    IMAGES,
    kind_of,
    LeftOut,
    merged,
    NEVER_NS,
    RawMessage,
)

ROS_1, ROS_2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_KILTED)
PLAIN_NAME = re.compile(r'[\w/.-]*', re.ASCII)
"""Paths that stay what they are as a part of a URI, by which the library opens databases."""
JOURNALS = ('-wal', '-journal')


def deserialize(raw: RawMessage) -> Any:
    """Give the fields of a message; raises whatever damaged bytes may cause."""
    if raw.is_ros1:
        return ROS_1.deserialize_ros1(raw.data, raw.kind)
    # The library would copy parts of bytes, but not of a view.
    return ROS_2.deserialize_cdr(memoryview(unpacked_message(raw.data)), raw.kind)


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
            self.is_truncated = file.is_truncated
            # Of several packed files each is unpacked again when it is read: never two at once.
            if is_alone and is_packed(path):
                self._kept = opened.pop_all()
        self._file = file
        self.is_seekable = not self.is_truncated and not is_packed(path)

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
            elif isinstance(file.reader, _Bag1):
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
        reader: Reader1 = _Bag1(path)
        try:
            reader.open()
        except Exception:  # of many kinds where the index is missing
            reader = _UnindexedReader(path)
            reader.open()
            self.is_truncated = True
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


class _Bag1(Reader1):
    """A bag of ROS 1 of which a damaged chunk or message costs no other."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lost = 0
        self._first: Exception | None = None
        self._chunk: tuple[int, bytes | Exception] = (-1, b'')

    def messages(self, connections: Collection[Connection] = (), start: int | None = None,
                 stop: int | None = None) -> Generator[tuple[Connection, int, bytes], None, None]:
        """Give those that can be read."""
        known = {one.id: one for one in self.connections}
        for entry in heapq.merge(*(self.indexes[one.id] for one in connections)):
            if (start or 0) <= entry.time < (NEVER_NS if stop is None else stop):
                try:
                    number, data = self._message(entry)
                    connection = known[number]
                except Exception as error:  # of many kinds
                    self._lose(error)
                    continue
                yield connection, entry.time, data

    def check(self) -> None:
        """Raise LeftOut where messages could not be read."""
        if self._first is not None:
            raise LeftOut(f'{self._lost} of its messages and chunks left out; the first: '
                          f'{self._first}')

    def _lose(self, error: Exception) -> None:
        self._lost += 1
        self._first = self._first or error

    def _message(self, entry: IndexData) -> tuple[int, bytes]:
        """Give the number of its connection, and its data as a view of the chunk."""
        chunk = self._unpacked(entry.chunk_pos)
        file = BytesIO(chunk)
        file.seek(entry.offset)
        header = Header.read(file)
        while header.get_uint8('op') == RecordType.CONNECTION:
            file.seek(read_uint32(file), os.SEEK_CUR)
            header = Header.read(file)
        if header.get_uint8('op') != RecordType.MSGDATA or header.get_time('time') != entry.time:
            raise ValueError('no message where the index has one')
        size, place = read_uint32(file), file.tell()
        data = memoryview(chunk)[place:place + size]
        if len(data) < size:
            raise ValueError('a message is longer than its chunk')
        # The library takes whatever has the buffer of bytes.
        return header.get_uint32('conn'), cast(bytes, data)

    def _unpacked(self, place: int) -> bytes:
        if self._chunk[0] != place:
            assert self.bio
            known = self.chunks[place]
            self.bio.seek(known.datapos)
            try:
                self._chunk = place, known.decompressor(read_bytes(self.bio, known.datasize))
            except Exception as error:  # of many kinds
                self._chunk = place, error
        if isinstance(self._chunk[1], Exception):
            raise self._chunk[1]
        return self._chunk[1]


class _UnindexedReader(_Bag1):
    """A bag of ROS 1 whose index is made anew from its chunks, up to where it was cut."""

    _failed: Exception | None = None
    """What was wrong in the chunk that was read last."""

    def open(self) -> None:
        """Read all records once. Raises ValueError for a file of another kind."""
        self.bio = self.path.open('rb')
        if self.bio.readline() != b'#ROSBAG V2.0\n':
            self.bio.close()
            raise ValueError('File magic is invalid')
        size = self.path.stat().st_size
        found: dict[int, list[IndexData]] = defaultdict(list)
        while self.bio.tell() < size:
            start = self.bio.tell()
            try:
                header = Header.read(self.bio)
                length = read_uint32(self.bio)
                if header.get_uint8('op') == RecordType.CHUNK:
                    # The length of a chunk is filled in when it ends.
                    length = length or size
                    self._add_chunk(start, header.get_string('compression'), length, size, found)
                else:
                    self.bio.seek(length, os.SEEK_CUR)
            except Exception:  # at the cut, of many kinds
                break
        self.indexes = {one.id: sorted(found[one.id]) for one in self.connections}
        self.connections = [one._replace(msgcount=len(self.indexes[one.id]))
                            for one in self.connections]

    def _add_chunk(self, start: int, compression: str, length: int, size: int,
                   found: dict[int, list[IndexData]]) -> None:
        assert self.bio
        place = self.bio.tell()
        length = min(length, size - place)
        # What is wrong in the last chunk is the cut.
        if self._failed is not None:
            self._lose(self._failed)
            self._failed = None
        try:
            data = WHOLE_PARTS[compression](self.bio.read(length))
        except Exception as error:  # of many kinds; the others may be good
            self._failed = error
            return
        self.chunks[start] = Chunk(length, place, WHOLE_PARTS[compression])
        times = []
        known = {one.id for one in self.connections}
        file = BytesIO(data)
        try:
            while file.tell() < len(data):
                offset = file.tell()
                header = Header.read(file)
                kind, number = header.get_uint8('op'), header.get_uint32('conn')
                end = file.tell() + 4 + read_uint32(file)
                if end > len(data):
                    raise ValueError('a record is longer than its chunk')
                if kind == RecordType.CONNECTION and number not in known:
                    self.connections.append(self._connection(file, offset))
                    known.add(number)
                elif kind == RecordType.MSGDATA:
                    times.append(header.get_time('time'))
                    found[number].append(IndexData(times[-1], start, offset))
                file.seek(end)
        except Exception as error:  # at the cut, of many kinds
            self._failed = error
        if times:
            self.chunk_infos.append(ChunkInfo(start, min(times), max(times) + 1, {}))

    def _connection(self, file: BinaryIO, offset: int) -> Any:
        """Let the library read it from the bytes of a chunk."""
        outer, self.bio = self.bio, file
        try:
            file.seek(offset)
            return self.read_connection()
        finally:
            self.bio = outer


def _kind(connection: Connection) -> str:
    """Give the type of a topic; a form that is not read here is a part of the name."""
    name = kind_of(connection.msgtype)
    form = getattr(connection.ext, 'serialization_format', '') or 'cdr'
    return name if form == 'cdr' else f'{name} in {form}, expected cdr'


def _bz2_part(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data)


def _lz4_part(data: bytes) -> bytes:
    return bytes(LZ4FrameDecompressor().decompress(data))


WHOLE_PARTS: dict[str, Callable[[bytes], bytes]] = {
    'none': bytes, 'bz2': _bz2_part, 'lz4': _lz4_part}
"""What is whole of a chunk, which may be cut."""
