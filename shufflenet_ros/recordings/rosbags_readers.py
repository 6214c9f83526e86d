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
What is read by ``rosbags``: bags of ROS 1 with or without their index, and fields of messages.

Damage in a bag costs what lies in it; the format is that of https://wiki.ros.org/Bags/Format/2.0.
Image messages have had the same fields in every release, so they are deserialized by the fields
that are known here: bags without type definitions, or with broken ones of other types, are as good
as any.
"""

from __future__ import annotations

import bz2
from collections import defaultdict
from collections.abc import Callable, Collection, Generator
import heapq
from io import BytesIO
import os
from pathlib import Path
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
from shufflenet_ros.recordings.packed import unpacked_message
from shufflenet_ros.recordings.storage import LeftOut, NEVER_NS, RawMessage

__all__ = ['Bag1', 'Connection', 'deserialize', 'Reader1', 'Reader2', 'UnindexedBag1']

ROS_1, ROS_2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_KILTED)


def deserialize(raw: RawMessage) -> Any:
    """Give the fields of a message; raises whatever damaged bytes may cause."""
    if raw.is_ros1:
        return ROS_1.deserialize_ros1(raw.data, raw.kind)
    # The library would copy parts of bytes, but not of a view.
    return ROS_2.deserialize_cdr(memoryview(unpacked_message(raw.data)), raw.kind)


class Bag1(Reader1):
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


class UnindexedBag1(Bag1):
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


def _bz2_part(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data)


def _lz4_part(data: bytes) -> bytes:
    return bytes(LZ4FrameDecompressor().decompress(data))


WHOLE_PARTS: dict[str, Callable[[bytes], bytes]] = {
    'none': bytes, 'bz2': _bz2_part, 'lz4': _lz4_part}
"""What is whole of a chunk, which may be cut."""
