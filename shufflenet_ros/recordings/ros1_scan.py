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

"""A bag of ROS 1 whose index is missing or wrong, read by its chunks."""

from __future__ import annotations

from collections import defaultdict
from io import BytesIO
import mmap
from typing import Any, BinaryIO

from shufflenet_ros.recordings.ros1_bags import Bag1, MAGIC
from shufflenet_ros.recordings.ros1_chunks import records_of, WHOLE_PARTS
from shufflenet_ros.recordings.rosbags_parts import (
    Chunk,
    Header,
    IndexData,
    read_uint32,
    RecordType,
)

CHUNK_OP = b'\x04\x00\x00\x00op=\x05'
"""In the header of each chunk."""
LONGEST_HEADER, ENTRY_BYTES = 200, 12
"""Of a chunk, and of one message in the index."""


class UnindexedBag1(Bag1):
    """A bag of ROS 1 whose index is made anew from its chunks, up to where it was cut."""

    is_cut = True
    """Whether it ends before its index does."""
    _failed: Exception | None = None
    """What was wrong in the chunk that was read last."""

    def open(self) -> None:
        """Read all records once. Raises ValueError for a file of another kind."""
        self.bio = self.path.open('rb')
        if self.bio.readline() != MAGIC:
            self.bio.close()
            raise ValueError('File magic is invalid')
        size = self.path.stat().st_size
        found: dict[int, list[IndexData]] = defaultdict(list)
        good = self.bio.tell()
        while self.bio.tell() < size:
            start = self.bio.tell()
            try:
                if self._add_record(start, size, found):
                    good = self.bio.tell()
            except Exception as error:  # of many kinds
                following = self._next_chunk(good)
                if following is None:
                    self.is_cut = True
                    break
                # Behind the damage of an index nothing is lost that this reads.
                if not self._begins(start, RecordType.IDXDATA):
                    self._lose(ValueError(f'no record at byte {start} ({error})'))
                self.bio.seek(following)
                good = following + 1
        # What is wrong in a last chunk that reaches to the end is the cut.
        if self._failed is not None and good < size:
            self._lose(self._failed)
        self.indexes = {one.id: sorted(found[one.id]) for one in self.connections}
        self.connections = [one._replace(msgcount=len(self.indexes[one.id]))
                            for one in self.connections]

    def _add_record(self, start: int, size: int, found: dict[int, list[IndexData]]) -> bool:
        """Read one record and go behind it; give whether it is a chunk."""
        assert self.bio
        header = Header.read(self.bio)
        length = read_uint32(self.bio)
        kind, place = header.get_uint8('op'), self.bio.tell()
        if kind == RecordType.CHUNK:
            # The length of a chunk is filled in when it ends.
            self._add_chunk(start, header.get_string('compression'), length or size, size, found)
            return True
        if kind == RecordType.CONNECTION:
            if header.get_uint32('conn') not in {one.id for one in self.connections}:
                self.connections.append(self._connection(self.bio, start))
        elif kind == RecordType.IDXDATA and length != header.get_uint32('count') * ENTRY_BYTES:
            raise ValueError('an index of another length than its header says')
        if place + length > size:
            raise ValueError('a record is longer than the file')
        self.is_cut &= kind != RecordType.CHUNK_INFO
        self.bio.seek(place + length)
        return False

    def _next_chunk(self, place: int) -> int | None:
        """Find where the next chunk begins."""
        assert self.bio
        with mmap.mmap(self.bio.fileno(), 0, access=mmap.ACCESS_READ) as data:
            while (place := data.find(CHUNK_OP, place)) >= 0:
                for start in range(place - 4, max(0, place - LONGEST_HEADER), -1):
                    length = int.from_bytes(data[start:start + 4], 'little')
                    if place - start <= length + 4 <= LONGEST_HEADER and self._begins(
                            start, RecordType.CHUNK):
                        return start
                place += 1
        return None

    def _begins(self, start: int, kind: RecordType) -> bool:
        assert self.bio
        self.bio.seek(start)
        try:
            return bool(Header.read(self.bio, kind))
        except Exception:  # of many kinds where it is none
            return False

    def _add_chunk(self, start: int, compression: str, length: int, size: int,
                   found: dict[int, list[IndexData]]) -> None:
        assert self.bio
        place = self.bio.tell()
        length = min(length, size - place)
        if self._failed is not None:
            self._lose(self._failed)
            self._failed = None
        try:
            part = self.bio.read(length)
            data = WHOLE_PARTS[compression](part)
        except Exception as error:  # of many kinds; the others may be good
            self._failed = error
            return
        self.chunks[start] = Chunk(length, place, WHOLE_PARTS[compression])
        known = {one.id for one in self.connections}
        try:
            for one in records_of(data):
                if one.time is not None:
                    found[one.number].append(IndexData(one.time, start, one.offset))
                elif one.number not in known:
                    self.connections.append(self._connection(BytesIO(data), one.offset))
                    known.add(one.number)
        except Exception as error:  # at the cut, of many kinds
            self._failed = error

    def _connection(self, file: BinaryIO, offset: int) -> Any:
        """Let the library read it from where it is."""
        outer, self.bio = self.bio, file
        try:
            file.seek(offset)
            return self.read_connection()
        finally:
            self.bio = outer
