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
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, ExitStack
from io import BytesIO
import os
from pathlib import Path
import re
import shutil
import sqlite3
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from lz4.frame import LZ4FrameDecompressor
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag1.reader import Chunk, ChunkInfo, Header, IndexData, read_uint32, RecordType
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.recordings.packed import is_packed, unpack, unpacked_message
from shufflenet_ros.recordings.storage import IMAGES, kind_of, RawMessage

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

    def __init__(self, path: Path, is_ros1: bool) -> None:
        """Find its topics and times; the errors of ``rosbags`` share no base class."""
        self._path, self._is_ros1 = path, is_ros1
        with closing(_OpenFile(path, is_ros1)) as file:
            # What is packed is unpacked again when it is read: never two files at once.
            self.topics = {one.topic: kind_of(one.msgtype) for one in file.reader.connections}
            self.counts: dict[str, int] = {}
            for one in file.reader.connections:
                self.counts[one.topic] = self.counts.get(one.topic, 0) + one.msgcount
            self.start_ns, self.end_ns = file.reader.start_time, file.reader.end_time
            self.is_truncated = file.is_truncated
        self.is_seekable = not self.is_truncated and not is_packed(path)

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """Messages of images on some topics, in the order in which they were recorded."""
        with closing(_OpenFile(self._path, self._is_ros1)) as file:
            chosen = [one for one in file.reader.connections
                      if one.topic in topics and kind_of(one.msgtype) in IMAGES]
            # Without a connection the reader would give all messages.
            if chosen:
                for one, received_ns, data in file.reader.messages(chosen, start_ns, stop_ns):
                    yield RawMessage(one.topic, kind_of(one.msgtype), received_ns, data,
                                     self._is_ros1)

    def close(self) -> None:
        """Do nothing: files are open while they are read."""


class _OpenFile:
    """An open reader of ``rosbags``, and the temporary copy that it may need."""

    is_truncated = False
    """Whether it has no index, as a recorder that was killed leaves a bag of ROS 1."""

    def __init__(self, path: Path, is_ros1: bool) -> None:
        self._stack = ExitStack()
        self.reader: Reader1 | Reader2
        try:
            if is_ros1:
                self.reader = self._open_ros1(self._unpacked(path, 'bag.bag'))
            else:
                self.reader = Reader2(self._database(path))
                self.reader.open()
        except BaseException:
            self._stack.close()
            raise
        self._stack.callback(self.reader.close)

    def close(self) -> None:
        """Close the files, and remove what was unpacked."""
        self._stack.close()

    def _open_ros1(self, path: Path) -> Reader1:
        reader = Reader1(path)
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


class _UnindexedReader(Reader1):
    """A bag of ROS 1 whose index is made anew from its chunks, up to where it was cut."""

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
        data = WHOLE_PARTS[compression](self.bio.read(length))
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
                    break
                if kind == RecordType.CONNECTION and number not in known:
                    self.connections.append(self._connection(file, offset))
                    known.add(number)
                elif kind == RecordType.MSGDATA:
                    times.append(header.get_time('time'))
                    found[number].append(IndexData(times[-1], start, offset))
                file.seek(end)
        except Exception:  # at the cut, of many kinds
            pass
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


def _bz2_part(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data)


def _lz4_part(data: bytes) -> bytes:
    return bytes(LZ4FrameDecompressor().decompress(data))


WHOLE_PARTS: dict[str, Callable[[bytes], bytes]] = {
    'none': bytes, 'bz2': _bz2_part, 'lz4': _lz4_part}
"""What is whole of a chunk, which may be cut."""
