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
mcap files as messages of images by time: by their index, or from their beginning on without one.

A recorder that was killed leaves a truncated file: it ends anywhere, without index and footer.
Others write no index, or none of messages (presets of rosbag2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
import heapq
from pathlib import Path
from typing import NamedTuple

from shufflenet_ros.recordings.image_messages import reason_of
from shufflenet_ros.recordings.mapped_file import MappedFile
from shufflenet_ros.recordings.mcap_records import (
    Channel,
    Chunk,
    chunk_at,
    CRCValidationError,
    is_truncated,
    Message,
    MessageIndex,
    OpenChunk,
    outer_records,
    read_index,
    Schema,
    TRUNCATED,
)
from shufflenet_ros.recordings.packed import is_packed
from shufflenet_ros.recordings.storage import (
    IMAGES,
    kind_of,
    LeftOut,
    merged,
    NEVER_NS,
    RawMessage,
)

SORTED_BYTES, SORTED_MESSAGES = 64 << 20, 4096
"""Images that are held back to sort them by time; beyond, they come as they were written."""
READABLE = 'cdr', 'ros1'
"""Encodings of messages."""


class McapStream:
    """The whole records of one mcap file, packed or not, up to its end or to where it was cut."""

    def __init__(self, path: Path) -> None:
        """Find its topics and times; raises what damaged bytes cause at its start."""
        self._path = path
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, Channel] = {}
        self._numbers: Counter[int] = Counter()
        self.start_ns, self.end_ns = NEVER_NS, 0
        self.is_truncated = not is_packed(path) and is_truncated(path)
        self._index = None if self.is_truncated or is_packed(path) else read_index(path)
        if self._index is None:
            self._scan()
            return
        self._channels = dict(self._index.channels)
        self._schemas = {number: one.name for number, one in self._index.schemas.items()}
        self._numbers.update(self._index.counts)
        if self._index.message_count:
            self.start_ns, self.end_ns = self._index.start_ns, self._index.end_ns

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds."""
        return merged((one.topic, self._kind(one)) for one in self._channels.values())

    @property
    def counts(self) -> dict[str, int]:
        """Messages of each topic."""
        counts: Counter[str] = Counter()
        for number, one in self._channels.items():
            counts[one.topic] += self._numbers[number]
        return dict(counts)

    @property
    def is_seekable(self) -> bool:
        """Whether what has other times can be passed over."""
        return self._index is not None

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """
        Messages of images on some topics by time, as far as a bounded buffer can sort them.

        Raises what damaged bytes cause, after all that could be read.
        """
        reading = _Reading(topics, start_ns, stop_ns)
        held: list[tuple[int, int, RawMessage]] = []
        size = number = 0
        error = None
        batches = self._batches(reading)
        while True:
            try:
                later_ns, batch = next(batches)
            except StopIteration:
                break
            except Exception as caught:  # whatever damaged bytes may cause; raised below
                error = caught
                break
            for raw in batch:
                number += 1
                heapq.heappush(held, (raw.received_ns, number, raw))
                size += len(raw.data)
            while held and (held[0][0] < later_ns or size > SORTED_BYTES
                            or len(held) > SORTED_MESSAGES):
                first = heapq.heappop(held)[2]
                size -= len(first.data)
                yield first
        while held:
            yield heapq.heappop(held)[2]
        if error is not None:
            raise error
        reading.check()

    def close(self) -> None:
        """Do nothing: files are open while they are read."""

    def _batches(self, reading: _Reading) -> Iterator[tuple[int, list[RawMessage]]]:
        """Give messages, each time with how early those that follow may be."""
        chunks = self._index.chunks if self._index else []
        if not chunks:
            yield from ((0, batch) for batch in self._stream(reading))
            return
        starts = [*(one.message_start_time for one in chunks[1:]), NEVER_NS]
        with MappedFile(self._path) as file:
            for one, later_ns in zip(chunks, starts):
                channels = one.message_index_offsets
                if not reading.overlaps(one.message_start_time, one.message_end_time) or (
                        channels and not any(self._is_wanted(each, reading) for each in channels)):
                    continue
                try:
                    chunk = chunk_at(file, one)
                except Exception as error:  # of many kinds; the others may be good
                    reading.left_out.append(error)
                    continue
                yield later_ns, reading.accept(self._content(chunk, reading))

    def _stream(self, reading: _Reading) -> Iterator[list[RawMessage]]:
        """Give messages as they were written, of chunk after chunk or one by one."""
        # A chunk with damage waits for the next record: is there none, the file was cut in it.
        last: _Content | None = None
        try:
            for record in outer_records(self._path, validate=True):
                if last is not None:
                    yield reading.accept(last)
                    last = None
                if isinstance(record, Chunk):
                    if self._index is None or reading.overlaps(
                            record.message_start_time, record.message_end_time):
                        last = self._content(record, reading)
                        if last.is_good:
                            yield last.images
                            last = None
                elif isinstance(record, Message):
                    if (raw := self._raw(record, reading)) is not None:
                        yield [raw]
                else:
                    self._note(record)
        except TRUNCATED:
            if not self.is_truncated and not is_packed(self._path):
                raise
            self.is_truncated = True
        except CRCValidationError:  # of the whole file: that of a chunk says more
            if not reading.left_out and not reading.failed and last is None:
                raise
        if last is not None and not self.is_truncated:
            yield reading.accept(last)

    def _content(self, chunk: Chunk, reading: _Reading) -> _Content:
        """Read a chunk, up to where its records do not fit together."""
        unknown, is_sound = 0, True

        def is_wanted(number: int) -> bool:
            nonlocal unknown
            unknown += number not in self._channels
            return self._is_wanted(number, reading)

        found = []
        try:
            opened = OpenChunk(chunk)
            is_sound = opened.is_sound()
            for record in opened.records(is_wanted):
                if isinstance(record, Message):
                    if (raw := self._raw(record, reading)) is not None:
                        found.append(raw)
                elif is_sound or record.id not in self._channels:
                    self._note(record)
        except Exception as error:  # of many kinds; the others may be good
            return _Content(found, is_sound, unknown, error)
        return _Content(found, is_sound, unknown)

    def _is_wanted(self, number: int, reading: _Reading) -> bool:
        """Whether a channel is known, and has images of a topic that is read."""
        channel = self._channels.get(number)
        return (channel is not None and channel.topic in reading.topics
                and self._kind(channel) in IMAGES)

    def _raw(self, message: Message, reading: _Reading) -> RawMessage | None:
        if not (self._is_wanted(message.channel_id, reading)
                and reading.start_ns <= message.log_time < reading.stop_ns):
            return None
        channel = self._channels[message.channel_id]
        return RawMessage(channel.topic, self._kind(channel), message.log_time, message.data,
                          channel.message_encoding == 'ros1')

    def _kind(self, channel: Channel) -> str:
        """Give its type; an encoding that is not read here is a part of the name."""
        name = kind_of(self._schemas.get(channel.schema_id, '')) or 'no type'
        if channel.message_encoding in READABLE:
            return name
        return (f'{name} in {channel.message_encoding or "no encoding"}, expected '
                f'{" or ".join(READABLE)}')

    def _scan(self) -> None:
        """Find topics and times without an index."""
        chunk: Chunk | None = None
        counts: Counter[int] = Counter()
        try:
            for record in outer_records(self._path, validate=False):
                if isinstance(record, MessageIndex):
                    counts[record.channel_id] += len(record.records)
                    continue
                if chunk is not None:
                    self._add_chunk(chunk, counts)
                chunk, counts = (record if isinstance(record, Chunk) else None), Counter()
                self._note(record)
        except TRUNCATED:
            if not self.is_truncated and not is_packed(self._path) and not self._channels:
                raise
            self.is_truncated |= is_packed(self._path)
        except Exception:  # whatever damaged bytes may cause; raised again when they are read
            if not self._channels and chunk is None:
                raise
        if chunk is not None:
            # It may have been cut behind it, so that its indexes are not all there.
            self._add_chunk(chunk, Counter())

    def _add_chunk(self, chunk: Chunk, counts: Counter[int]) -> None:
        """Note what is in a chunk; it is unpacked where its indexes do not say all of it."""
        if counts and all(number in self._channels for number in counts):
            self._numbers.update(counts)
            self._add_times(chunk.message_start_time, chunk.message_end_time)
            return
        try:
            for record in OpenChunk(chunk).records(lambda number: True):
                self._note(record)
        except Exception:  # of many kinds; raised again when it is read
            pass

    def _note(self, record: object) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record.name
        elif isinstance(record, Channel):
            self._channels[record.id] = record
        elif isinstance(record, Message) and record.channel_id in self._channels:
            self._numbers[record.channel_id] += 1
            self._add_times(record.log_time, record.log_time)

    def _add_times(self, first_ns: int, last_ns: int) -> None:
        self.start_ns = min(self.start_ns, first_ns)
        self.end_ns = max(self.end_ns, last_ns + 1)


class _Content(NamedTuple):
    """What was found in one chunk."""

    images: list[RawMessage]
    is_sound: bool = True
    """Whether its checksum is right."""
    unknown: int = 0
    """Messages whose channel is not there: it was in what is damaged."""
    error: Exception | None = None
    """Why its records could not be read."""

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.is_sound and not self.unknown and self.error is None


class _Reading:
    """What is read, and what could not be."""

    def __init__(self, topics: Collection[str], start_ns: int, stop_ns: int) -> None:
        self.topics, self.start_ns, self.stop_ns = topics, start_ns, stop_ns
        self.left_out: list[Exception] = []
        """Why chunks could not be read to their end."""
        self.failed = self.doubtful = 0
        """Chunks whose checksum is wrong, and the images in them."""
        self.unknown = 0

    def overlaps(self, first_ns: int, last_ns: int) -> bool:
        """Whether a chunk may have messages of the times that are read."""
        return first_ns < self.stop_ns and self.start_ns <= last_ns

    def accept(self, chunk: _Content) -> list[RawMessage]:
        """Take the images of a chunk; what is wrong with it is counted."""
        self.unknown += chunk.unknown
        if chunk.error is not None:
            self.left_out.append(chunk.error)
        if not chunk.is_sound:
            self.failed += 1
            self.doubtful += len(chunk.images)
        return chunk.images

    def check(self) -> None:
        """Raise LeftOut where something could not be read, or may not be what was written."""
        lines = []
        if self.failed:
            lines.append(f'the checksum of {self.failed} of its chunks is wrong: their '
                         f'{self.doubtful} images were read, and may be damaged')
        if self.left_out:
            lines.append(f'{len(self.left_out)} of its chunks not read to their end; the first: '
                         f'{reason_of(self.left_out[0])}')
        if self.unknown:
            lines.append(f'{self.unknown} messages of topics that are not known, since the '
                         'record that names them is damaged')
        if lines:
            raise LeftOut('; '.join(lines))
