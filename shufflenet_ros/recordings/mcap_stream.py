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
mcap files, read from their beginning on by ``mcap``'s stream reader; no index is needed.

A recorder that was killed leaves a truncated file: it ends anywhere, without index and footer.
Others write no index, or none of messages (presets of rosbag2). The format is that of
https://mcap.dev/spec.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
import heapq
import io
from pathlib import Path
import struct
from typing import BinaryIO

from mcap.exceptions import EndOfFile, RecordLengthLimitExceeded
from mcap.reader import SeekingReader
from mcap.records import Channel, Chunk, DataEnd, McapRecord, Message, Schema
from mcap.stream_reader import breakup_chunk, CRCValidationError, StreamReader
from mcap.writer import MCAP0_MAGIC
from shufflenet_ros.recordings.packed import is_packed, open_file
from shufflenet_ros.recordings.storage import IMAGES, kind_of, LeftOut, NEVER_NS, RawMessage

TRUNCATED = (EndOfFile, struct.error, RecordLengthLimitExceeded)
"""What the stream reader raises at a record that is not all there."""
LONGEST_RECORD = 1 << 30
"""Bytes of a record in a packed file, whose size nobody knows."""
SORTED_BYTES, SORTED_MESSAGES = 64 << 20, 4096
"""Images that are held back to sort them by time; beyond, they come as they were written."""


def is_truncated(path: Path) -> bool:
    """Whether a file begins like an mcap but does not end like one."""
    with path.open('rb') as file:
        begins = file.read(len(MCAP0_MAGIC)) == MCAP0_MAGIC
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - len(MCAP0_MAGIC)))
        return begins and file.read() != MCAP0_MAGIC


class McapStream:
    """The whole records of one mcap file, packed or not, up to its end or to where it was cut."""

    def __init__(self, path: Path) -> None:
        """Find its topics and times; raises what damaged bytes cause at its start."""
        self._path = path
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, Channel] = {}
        self._numbers: dict[int, int] = {}
        self.start_ns, self.end_ns = NEVER_NS, 0
        self.is_truncated = not is_packed(path) and is_truncated(path)
        self._has_summary = not self.is_truncated and not is_packed(path) and self._summarize()
        if not self._has_summary:
            self._scan()

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds."""
        return {one.topic: self._kind(one) for one in self._channels.values()}

    @property
    def counts(self) -> dict[str, int]:
        """Messages of each topic."""
        counts: dict[str, int] = {}
        for number, one in self._channels.items():
            counts[one.topic] = counts.get(one.topic, 0) + self._numbers.get(number, 0)
        return counts

    @property
    def is_seekable(self) -> bool:
        """Whether chunks of other times can be passed over."""
        return self._has_summary

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """
        Messages of images on some topics by time, as far as a bounded buffer can sort them.

        Raises what damaged bytes cause, after whatever came before them.
        """
        held: list[tuple[int, int, RawMessage]] = []
        size = 0
        error = None
        images = self._images(topics, start_ns, stop_ns)
        for number in range(NEVER_NS):
            try:
                raw = next(images, None)
            except Exception as caught:  # whatever damaged bytes may cause; raised below
                error = caught
                break
            if raw is None:
                break
            heapq.heappush(held, (raw.received_ns, number, raw))
            size += len(raw.data)
            while size > SORTED_BYTES or len(held) > SORTED_MESSAGES:
                first = heapq.heappop(held)[2]
                size -= len(first.data)
                yield first
        while held:
            yield heapq.heappop(held)[2]
        if error is not None:
            raise error

    def close(self) -> None:
        """Do nothing: files are open while they are read."""

    def _images(self, topics: Collection[str], start_ns: int,
                stop_ns: int) -> Iterator[RawMessage]:
        """Give those of some topics and times as they were written."""
        for record in self._records(start_ns, stop_ns):
            if isinstance(record, Message):
                channel = self._channels.get(record.channel_id)
                if (channel is not None and channel.topic in topics
                        and start_ns <= record.log_time < stop_ns):
                    kind = self._kind(channel)
                    if kind in IMAGES:
                        yield RawMessage(channel.topic, kind, record.log_time, record.data,
                                         channel.message_encoding == 'ros1')
            else:
                self._note(record)

    def _kind(self, channel: Channel) -> str:
        """Give its type; an encoding that is not read here is a part of the name."""
        name = kind_of(self._schemas.get(channel.schema_id, ''))
        if channel.message_encoding in ('cdr', 'ros1'):
            return name
        return f'{name} in {channel.message_encoding or "no encoding"}, expected cdr or ros1'

    def _summarize(self) -> bool:
        """Take topics and times from the end of the file, if all of them are there."""
        try:
            with self._path.open('rb') as file:
                summary = SeekingReader(
                    file, record_size_limit=self._path.stat().st_size).get_summary()
        except Exception:  # whatever damaged bytes may cause; the records may be good
            return False
        known = summary and summary.statistics
        if (not summary or not known or len(summary.channels) < known.channel_count
                or len(summary.schemas) < known.schema_count or not summary.channels):
            return False
        self._channels = dict(summary.channels)
        self._schemas = {number: one.name for number, one in summary.schemas.items()}
        self._numbers = dict(known.channel_message_counts)
        if known.message_count:
            self.start_ns, self.end_ns = known.message_start_time, known.message_end_time + 1
        return True

    def _scan(self) -> None:
        try:
            for record in self._records():
                self._note(record)
                if isinstance(record, Message):
                    self._numbers[record.channel_id] = self._numbers.get(record.channel_id, 0) + 1
        except Exception:  # whatever damaged bytes may cause; raised again when they are read
            if not self._channels:
                raise

    def _note(self, record: McapRecord) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record.name
        elif isinstance(record, Channel):
            self._channels[record.id] = record
        elif isinstance(record, Message) and record.channel_id in self._channels:
            self.start_ns = min(self.start_ns, record.log_time)
            self.end_ns = max(self.end_ns, record.log_time + 1)

    def _records(self, start_ns: int = 0, stop_ns: int = NEVER_NS) -> Iterator[McapRecord]:
        """
        Give the records of the data section and of its chunks; raises at a damaged one.

        Chunks without a message of these times are passed over where the topics are known.
        """
        left_out: list[Exception] = []
        try:
            for record in self._outer_records():
                if not isinstance(record, Chunk):
                    yield record
                    continue
                if self._has_summary and not (record.message_start_time < stop_ns
                                              and start_ns <= record.message_end_time):
                    continue
                try:
                    inner = breakup_chunk(record, validate_crc=True)
                except Exception as error:  # of many kinds; the others may be good
                    if self.is_truncated:
                        raise
                    left_out.append(error)
                    continue
                yield from inner
        except CRCValidationError:  # of the whole file: that of the chunk says more
            if not left_out:
                raise
        if left_out:
            raise LeftOut(f'{len(left_out)} of its chunks left out; the first: {left_out[0]}')

    def _outer_records(self) -> Iterator[McapRecord]:
        limit = LONGEST_RECORD if is_packed(self._path) else self._path.stat().st_size
        with open_file(self._path) as file:
            try:
                for record in StreamReader(_RecordedBytes(file, limit), emit_chunks=True,
                                           validate_crcs=True, record_size_limit=limit).records:
                    if isinstance(record, DataEnd):
                        return
                    yield record
            except TRUNCATED:
                if not self.is_truncated and not is_packed(self._path):
                    raise
                self.is_truncated = True


class _RecordedBytes(io.BytesIO):
    """A file up to where a record begins with 0, as file systems show what was never written."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        super().__init__()
        self._file, self._limit = file, limit

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes; the stream reader asks for a single one where a record begins."""
        # Damaged lengths are no reason to make room for them.
        data = self._file.read(min(max(0, size or 0), self._limit))
        return b'' if data == b'\0' else data
