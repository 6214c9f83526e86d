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

"""What is in one chunk of a bag of ROS 1, found by the index of the bag or without it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
import bz2
from collections import defaultdict
from collections.abc import Callable, Iterator
from io import BytesIO
import os
from typing import cast, NamedTuple

from lz4.frame import LZ4FrameDecompressor
from shufflenet_ros.recordings.rosbags_parts import Header, IndexData, read_uint32, RecordType


class Entry(NamedTuple):
    """One record of a chunk."""

    number: int
    """Of its connection."""
    time: int | None
    """None where it describes a topic."""
    offset: int


class ListedMessages:
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
            for one in records_of(chunk):
                if one.time is not None and one.number in self._indexes:
                    entries, key = self._indexes[one.number], IndexData(one.time, 0, 0)
                    # They compare by time alone.
                    same = entries[bisect_left(entries, key):bisect_right(entries, key)]
                    if all(other[1:] != (place, one.offset) for other in same):
                        found[one.time].append(one.offset)
        except Exception:  # of many kinds; what came before may be good
            pass
        return found


def records_of(data: bytes) -> Iterator[Entry]:
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
            yield Entry(number, header.get_time('time'), offset)
        elif kind == RecordType.CONNECTION:
            yield Entry(number, None, offset)
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
