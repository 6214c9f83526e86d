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
Bags of ROS 1 by ``rosbags``: by their index where that is right, else by what is in their chunks.

Damage in a bag costs what lies in it; the format is that of https://wiki.ros.org/Bags/Format/2.0.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
import bz2
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Generator, Iterator
import heapq
from io import BytesIO
import mmap
import os
from pathlib import Path
from typing import Any, BinaryIO, cast, NamedTuple

from lz4.frame import LZ4FrameDecompressor
from shufflenet_ros.recordings.rosbags_parts import (
    Chunk,
    Connection,
    Header,
    IndexData,
    read_bytes,
    read_uint32,
    Reader1,
    RecordType,
)
from shufflenet_ros.recordings.storage import LeftOut, NEVER_NS

MAGIC = b'#ROSBAG V2.0\n'
CHUNK_OP = b'\x04\x00\x00\x00op=\x05'
"""In the header of each chunk."""
LONGEST_HEADER, ENTRY_BYTES = 200, 12
"""Of a chunk, and of one message in the index."""


class Bag1(Reader1):
    """A bag of ROS 1 of which a damaged chunk or message costs no other."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lost = 0
        self._first: Exception | None = None
        self._chunk: tuple[int, bytes | Exception] = (-1, b'')
        self._ends: dict[int, int] = {}
        """Where the index of each chunk ends."""
        self._compared: dict[int, set[_Entry]] = {}
        """What the index has of some chunks."""

    @property
    def start_time(self) -> int:
        """When the first message was recorded."""
        return min((one[0].time for one in self.indexes.values() if one), default=NEVER_NS)

    @property
    def end_time(self) -> int:
        """Just behind the time of the last message."""
        return max((one[-1].time + 1 for one in self.indexes.values() if one), default=0)

    def open(self) -> None:
        """Read the index. Raises ValueError, and others, where it is not that of the chunks."""
        super().open()
        try:
            self._check_counts()
            self._check_places()
            for place, entries in self._compared.items():
                self._check_chunk(place, entries)
        except BaseException:
            self.close()
            raise

    def read_index_data(self, pos: int, indexes: dict[int, list[IndexData]]) -> None:
        """Read the index of one topic in a chunk."""
        assert self.bio
        if not self._compared:
            count = len(self.chunk_infos)
            self._compared = {self.chunk_infos[number].pos: set()
                              for number in (0, count // 2, count - 1)}
        found: dict[int, list[IndexData]] = defaultdict(list)
        super().read_index_data(pos, found)
        for number, entries in found.items():
            indexes[number] += entries
            if pos in self._compared:
                self._compared[pos] |= {
                    _Entry(number, one.time, one.offset) for one in entries}
        self._ends[pos] = self.bio.tell()

    def messages(self, connections: Collection[Connection] = (), start: int | None = None,
                 stop: int | None = None) -> Generator[tuple[Connection, int, bytes], None, None]:
        """Give those that can be read."""
        chosen = {one.id: one for one in connections}
        listed = _ListedMessages({number: self.indexes[number] for number in chosen})
        for entry in heapq.merge(*(self.indexes[number] for number in chosen)):
            if (start or 0) <= entry.time < (NEVER_NS if stop is None else stop):
                try:
                    chunk = self._unpacked(entry.chunk_pos)
                    number, data = listed.message(chunk, entry)
                except Exception as error:  # of many kinds
                    self._lose(error)
                    continue
                yield chosen[number], entry.time, data

    def check(self) -> None:
        """Raise LeftOut where messages could not be read."""
        if self._first is not None:
            raise LeftOut(f'{self._lost} of its messages and chunks left out; the first: '
                          f'{self._first}')

    def _lose(self, error: Exception) -> None:
        self._lost += 1
        self._first = self._first or error

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

    def _check_counts(self) -> None:
        """Compare the two places that say how many messages a topic has."""
        listed: Counter[int] = Counter()
        for info in self.chunk_infos:
            listed.update(info.connection_counts)
        if any(count != len(self.indexes.get(number, ())) for number, count in listed.items()):
            raise ValueError('its index has other messages than its list of chunks')

    def _check_places(self) -> None:
        """Look for chunks and topics that the index does not name, without unpacking any."""
        end = len(MAGIC)
        size = self.path.stat().st_size
        spans = sorted((place, self._ends.get(place, one.datapos + one.datasize))
                       for place, one in self.chunks.items())
        for place, following in [*spans, (size, size)]:
            if place < end:
                raise ValueError('chunks of its index overlap')
            self._check_between(end, place)
            end = following

    def _check_between(self, place: int, stop: int) -> None:
        assert self.bio
        known = {one.id for one in self.connections}
        self.bio.seek(place)
        while self.bio.tell() < stop:
            try:
                header = Header.read(self.bio)
                kind, length = header.get_uint8('op'), read_uint32(self.bio)
                is_known = kind != RecordType.CONNECTION or header.get_uint32('conn') in known
            except Exception:  # of many kinds; damage here says nothing about the index
                return
            if kind in (RecordType.CHUNK, RecordType.IDXDATA) or not is_known:
                raise ValueError('its index does not name all that is in it')
            if kind == RecordType.CHUNK_INFO:
                return
            self.bio.seek(length, os.SEEK_CUR)

    def _check_chunk(self, place: int, entries: set[_Entry]) -> None:
        """Compare what the index has of a chunk with its records, if all of them are whole."""
        try:
            records = [*_records(self._unpacked(place))]
        except Exception:  # of many kinds; damage of a chunk is no fault of the index
            return
        # An entry may point to what describes the topic, in front of the message.
        messages: dict[int, int] = {}
        before: list[int] = []
        for one in records:
            before.append(one.offset)
            if one.time is not None:
                messages.update(dict.fromkeys(before, one.offset))
                before.clear()
        if ({one._replace(offset=messages.get(one.offset, -1)) for one in entries}
                != {one for one in records if one.time is not None}):
            raise ValueError('its index points to where no message is')


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
            for one in _records(data):
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


class _Entry(NamedTuple):
    """One record of a chunk."""

    number: int
    """Of its connection."""
    time: int | None
    """None where it describes a topic."""
    offset: int


class _ListedMessages:
    """Messages of some topics by their index, or in the same chunk where that has them wrong."""

    def __init__(self, indexes: dict[int, list[IndexData]]) -> None:
        self._indexes = indexes
        self._found: dict[int, dict[int, list[int]]] = {}
        self._given: set[tuple[int, ...]] = set()
        """Entries of the last time."""
        self._time = 0

    def message(self, chunk: bytes, entry: IndexData) -> tuple[int, bytes]:
        """Give number of connection and data of a message; each once, entries come by time."""
        if entry.time != self._time:
            self._time = entry.time
            self._given.clear()
        try:
            if tuple(entry) in self._given:
                raise ValueError('two entries of the index are the same')
            self._given.add(tuple(entry))
            return self._chosen(chunk, entry.offset, entry.time)
        except Exception:  # of many kinds
            if entry.chunk_pos not in self._found:
                self._found[entry.chunk_pos] = self._search(chunk, entry.chunk_pos)
            offsets = self._found[entry.chunk_pos].get(entry.time)
            if not offsets:
                raise
            return self._chosen(chunk, offsets.pop(0), entry.time)

    def _chosen(self, chunk: bytes, offset: int, time_ns: int) -> tuple[int, bytes]:
        number, data = _message(chunk, offset, time_ns)
        if number not in self._indexes:
            raise ValueError('a message of another topic where the index has one')
        return number, data

    def _search(self, chunk: bytes, place: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        try:
            for one in _records(chunk):
                if one.time is not None and one.number in self._indexes:
                    entries, key = self._indexes[one.number], IndexData(one.time, 0, 0)
                    # They compare by time alone.
                    same = entries[bisect_left(entries, key):bisect_right(entries, key)]
                    if all(other[1:] != (place, one.offset) for other in same):
                        found[one.time].append(one.offset)
        except Exception:  # of many kinds; what came before may be good
            pass
        return found


def _records(data: bytes) -> Iterator[_Entry]:
    """Give the records of a chunk; raises errors of many kinds where they do not fit together."""
    file = BytesIO(data)
    while file.tell() < len(data):
        offset = file.tell()
        header = Header.read(file)
        kind, number = header.get_uint8('op'), header.get_uint32('conn')
        end = file.tell() + 4 + read_uint32(file)
        if end > len(data):
            raise ValueError('a record is longer than its chunk')
        if kind == RecordType.MSGDATA:
            yield _Entry(number, header.get_time('time'), offset)
        elif kind == RecordType.CONNECTION:
            yield _Entry(number, None, offset)
        file.seek(end)


def _message(chunk: bytes, offset: int, time_ns: int) -> tuple[int, bytes]:
    """Give the number of its connection, and its data as a view of the chunk."""
    file = BytesIO(chunk)
    file.seek(offset)
    header = Header.read(file)
    while header.get_uint8('op') == RecordType.CONNECTION:
        file.seek(read_uint32(file), os.SEEK_CUR)
        header = Header.read(file)
    if header.get_uint8('op') != RecordType.MSGDATA or header.get_time('time') != time_ns:
        raise ValueError('no message where the index has one')
    size, place = read_uint32(file), file.tell()
    data = memoryview(chunk)[place:place + size]
    if len(data) < size:
        raise ValueError('a message is longer than its chunk')
    # The library takes whatever has the buffer of bytes.
    return header.get_uint32('conn'), cast(bytes, data)


def _bz2_part(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data)


def _lz4_part(data: bytes) -> bytes:
    return bytes(LZ4FrameDecompressor().decompress(data))


WHOLE_PARTS: dict[str, Callable[[bytes], bytes]] = {
    'none': bytes, 'bz2': _bz2_part, 'lz4': _lz4_part}
"""What is whole of a chunk, which may be cut."""
