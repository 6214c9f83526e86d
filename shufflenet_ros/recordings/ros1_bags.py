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
A bag of ROS 1 by its index, which is compared with the chunks when the bag is opened.

Damage costs what lies in it; the format is that of https://wiki.ros.org/Bags/Format/2.0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Generator
import heapq
import os
from pathlib import Path

from shufflenet_ros.recordings.ros1_chunks import Entry, ListedMessages, records_of
from shufflenet_ros.recordings.rosbags_parts import (
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


class Bag1(Reader1):
    """A bag of ROS 1 of which a damaged chunk or message costs no other."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lost = 0
        self._first: Exception | None = None
        self._chunk: tuple[int, bytes | Exception] = (-1, b'')
        self._ends: dict[int, int] = {}
        """Where the index of each chunk ends."""
        self._compared: dict[int, set[Entry]] = {}
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
                    Entry(number, one.time, one.offset) for one in entries}
        self._ends[pos] = self.bio.tell()

    def messages(self, connections: Collection[Connection] = (), start: int | None = None,
                 stop: int | None = None) -> Generator[tuple[Connection, int, bytes], None, None]:
        """Give those that can be read."""
        chosen = {one.id: one for one in connections}
        listed = ListedMessages({number: self.indexes[number] for number in chosen})
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

    def _check_chunk(self, place: int, entries: set[Entry]) -> None:
        """Compare what the index has of a chunk with its records, if all of them are whole."""
        try:
            records = [*records_of(self._unpacked(place))]
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
