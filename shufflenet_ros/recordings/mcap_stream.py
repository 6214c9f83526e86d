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

from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.mapped_file import fetch, MappedFile
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
    Place,
    profile_of,
    read_index,
    Schema,
    TRUNCATED,
)
from shufflenet_ros.recordings.packed import is_packed
from shufflenet_ros.recordings.reading import ChunkContent, Reading
from shufflenet_ros.recordings.storage import (
    IMAGES,
    kind_of,
    merged,
    NEVER_NS,
    RawMessage,
)

SORTED_BYTES, SORTED_MESSAGES = 64 << 20, 4096
"""Images that are held back to sort them by time; beyond, they come as they were written."""
READABLE = 'cdr', 'ros1'
"""Encodings of messages."""
SAYS_ROS1 = {'ros1msg': True, 'ros2msg': False, 'ros2idl': False, 'omgidl': False,
             'ros1': True, 'ros2': False}
"""Encodings of schemas, and profiles, to whether they go with messages of ROS 1."""


class McapStream:
    """The whole records of one mcap file, packed or not, up to its end or to where it was cut."""

    def __init__(self, path: Path) -> None:
        """Find its topics and times; raises what damaged bytes cause at its start."""
        self._path = path
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._numbers: Counter[int] = Counter()
        self.start_ns, self.end_ns = NEVER_NS, 0
        self.is_truncated = not is_packed(path) and is_truncated(path)
        self._profile = profile_of(path)
        self._chunks: list[Place] = []
        """By time, where nothing else holds messages."""
        index = None if self.is_truncated or is_packed(path) else read_index(path)
        self.is_seekable = index is not None
        """Whether what has other times can be passed over."""
        if index is None:
            self._scan()
            return
        self._chunks = sorted(index.chunks)
        self._channels = dict(index.channels)
        self._schemas = dict(index.schemas)
        self._numbers.update(index.counts)
        if index.message_count:
            self.start_ns, self.end_ns = index.start_ns, index.end_ns

    @property
    def remarks(self) -> list[str]:
        """Say what is odd about it."""
        doubtful = sorted({one.topic for one in self._channels.values()
                           if self._kind(one) in IMAGES and self._form(one)[1]})
        if not doubtful:
            return []
        more = f' and {len(doubtful) - 1} more topics' if len(doubtful) > 1 else ''
        return [f'the schema of {plain(doubtful[0])}{more} is of another ROS than the encoding of '
                'its messages; reading each as the schema says, or as the encoding says where '
                'that does not fit']

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

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """
        Messages of images on some topics by time, as far as a bounded buffer can sort them.

        Raises what damaged bytes cause, after all that could be read.
        """
        reading = Reading(topics, start_ns, stop_ns)
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
                fetch(first.data)
                yield first
        while held:
            first = heapq.heappop(held)[2]
            fetch(first.data)
            yield first
        if error is not None:
            raise error
        reading.check()

    def close(self) -> None:
        """Do nothing: files are open while they are read."""

    def _batches(self, reading: Reading) -> Iterator[tuple[int, list[RawMessage]]]:
        """Give messages, each time with how early those that follow may be."""
        if not self._chunks:
            yield from ((0, batch) for batch in self._stream(reading))
            return
        starts = [*(one.first_ns for one in self._chunks[1:]), NEVER_NS]
        last = max(one.start for one in self._chunks) if self.is_truncated else -1
        with MappedFile(self._path) as file:
            for place, later_ns in zip(self._chunks, starts):
                if not reading.overlaps(place.first_ns, place.last_ns) or (
                        place.channels and not any(
                            self._is_wanted(one, reading) for one in place.channels)):
                    continue
                is_end = False
                try:
                    chunk = chunk_at(file, place.start)
                    is_end = place.start == last and file.read(1) in (b'', b'\0')
                    content = self._content(chunk, reading)
                except Exception as error:  # of many kinds; the others may be good
                    content = ChunkContent([], error=error)
                # What fails at the end of a truncated file was not written to its end.
                if content.is_good or not is_end:
                    yield later_ns, reading.accept(content)

    def _stream(self, reading: Reading) -> Iterator[list[RawMessage]]:
        """Give messages as they were written, of chunk after chunk or one by one."""
        # A chunk with damage waits for the next record: is there none, the file was cut in it.
        last: ChunkContent | None = None
        try:
            for _, record in outer_records(self._path, validate=True):
                if last is not None:
                    yield reading.accept(last)
                    last = None
                if isinstance(record, Chunk):
                    if not self.is_seekable or reading.overlaps(
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

    def _content(self, chunk: Chunk, reading: Reading) -> ChunkContent:
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
                elif is_sound or self._is_new(record):
                    self._note(record)
        except Exception as error:  # of many kinds; the others may be good
            return ChunkContent(found, is_sound, unknown, error)
        return ChunkContent(found, is_sound, unknown)

    def _is_wanted(self, number: int, reading: Reading) -> bool:
        """Whether a channel is known, and has images of a topic that is read."""
        channel = self._channels.get(number)
        return (channel is not None and channel.topic in reading.topics
                and self._kind(channel) in IMAGES)

    def _raw(self, message: Message, reading: Reading) -> RawMessage | None:
        if not (self._is_wanted(message.channel_id, reading)
                and reading.start_ns <= message.log_time < reading.stop_ns):
            return None
        channel = self._channels[message.channel_id]
        return RawMessage(channel.topic, self._kind(channel), message.log_time, message.data,
                          *self._form(channel))

    def _form(self, channel: Channel) -> tuple[bool, bool]:
        """
        Whether messages are in the form of ROS 1, and whether a label contradicts that.

        What the schema says comes first, then what the profile says, of a file whose schema says
        nothing of either.
        """
        encoded = channel.message_encoding == 'ros1'
        schema = self._schemas.get(channel.schema_id)
        encoding = schema.encoding if schema else ''
        described = encoding or self._profile
        if described not in SAYS_ROS1:
            return encoded, False
        return SAYS_ROS1[described], SAYS_ROS1[described] != encoded

    def _kind(self, channel: Channel) -> str:
        """Give its type; an encoding that is not read here is a part of the name."""
        schema = self._schemas.get(channel.schema_id)
        name = kind_of(schema.name if schema else '') or 'no type'
        if channel.message_encoding in READABLE:
            return name
        return (f'{name} in {channel.message_encoding or "no encoding"}, expected '
                f'{" or ".join(READABLE)}')

    def _scan(self) -> None:
        """Find topics, times and chunks without an index."""
        chunk: tuple[int, Chunk] | None = None
        indexes: list[MessageIndex] = []
        chunks: list[Place] = []
        is_all = not is_packed(self._path)
        try:
            for place, record in outer_records(self._path, validate=False):
                if isinstance(record, MessageIndex):
                    indexes.append(record)
                    continue
                if chunk is not None:
                    chunks.append(self._add_chunk(*chunk, indexes))
                chunk, indexes = ((place, record) if isinstance(record, Chunk) else None), []
                is_all &= not isinstance(record, Message)
                self._note(record)
        except TRUNCATED:
            is_all &= self.is_truncated
            if not self.is_truncated and not is_packed(self._path) and not self._channels:
                raise
            self.is_truncated |= is_packed(self._path)
        except Exception:  # whatever damaged bytes may cause; raised again when they are read
            is_all = False
            if not self._channels and chunk is None:
                raise
        if chunk is not None:
            # It may have been cut behind it, so that its indexes are not all there.
            chunks.append(self._add_chunk(*chunk, []))
        if is_all:
            self._chunks = sorted(chunks)
            self.is_seekable = bool(chunks)

    def _add_chunk(self, place: int, chunk: Chunk, indexes: list[MessageIndex]) -> Place:
        """Note what is in a chunk; it is unpacked where its indexes do not say all of it."""
        first_ns, last_ns = chunk.message_start_time, chunk.message_end_time
        times = [time_ns for one in indexes for time_ns, _ in one.records]
        channels = tuple(one.channel_id for one in indexes)
        # No checksum covers these times: two that are the same are right.
        if (times and (min(times), max(times)) == (first_ns, last_ns)
                and all(number in self._channels for number in channels)):
            self._numbers.update({one.channel_id: len(one.records) for one in indexes})
            self._add_times(first_ns, last_ns)
            return Place(first_ns, last_ns, place, channels)
        times = []
        try:
            for record in OpenChunk(chunk).records(lambda number: True):
                if isinstance(record, Message):
                    times.append(record.log_time)
                if isinstance(record, Message) or self._is_new(record):
                    self._note(record)
        except Exception:  # of many kinds; raised again when it is read
            return Place(0, NEVER_NS, place, ())
        return Place(min(times, default=0), max(times, default=NEVER_NS), place, ())

    def _is_new(self, record: Schema | Channel) -> bool:
        """Whether nothing is known by its number yet: what comes first is good the longest."""
        return record.id not in (
            self._schemas if isinstance(record, Schema) else self._channels)

    def _note(self, record: object) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record
        elif isinstance(record, Channel):
            self._channels[record.id] = record
        elif isinstance(record, Message) and record.channel_id in self._channels:
            self._numbers[record.channel_id] += 1
            self._add_times(record.log_time, record.log_time)

    def _add_times(self, first_ns: int, last_ns: int) -> None:
        self.start_ns = min(self.start_ns, first_ns)
        self.end_ns = max(self.end_ns, last_ns + 1)
