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
mcap files without a usable index, read from their beginning on by ``mcap``'s stream reader.

A recorder that was killed leaves a truncated file: it ends anywhere, without index and footer.
Others write no index at all (the preset ``fastwrite`` of rosbag2). The format is that of
https://mcap.dev/spec.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
import io
from pathlib import Path
import struct
from typing import Any

from mcap.exceptions import EndOfFile, RecordLengthLimitExceeded
from mcap.reader import SeekingReader
from mcap.records import Channel, Chunk, DataEnd, McapRecord, Message, Schema
from mcap.stream_reader import breakup_chunk, StreamReader
from mcap.writer import MCAP0_MAGIC
from shufflenet_ros.recordings.rosbags_storage import deserialize_ros2
from shufflenet_ros.recordings.storage import IMAGES, NEVER_NS, RawMessage
import zstandard

TRUNCATED = (EndOfFile, struct.error, RecordLengthLimitExceeded)
"""What the stream reader raises at a record that is not all there."""
ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
"""How a message that was compressed on its own begins; one in CDR begins with a zero."""


def is_truncated(path: Path) -> bool:
    """Whether a file begins like an mcap but does not end like one."""
    with path.open('rb') as file:
        begins = file.read(len(MCAP0_MAGIC)) == MCAP0_MAGIC
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - len(MCAP0_MAGIC)))
        return begins and file.read() != MCAP0_MAGIC


def has_no_index(path: Path) -> bool:
    """Whether an mcap file that ended well has messages, but no index of its chunks."""
    try:
        with path.open('rb') as file:
            summary = SeekingReader(file, record_size_limit=path.stat().st_size).get_summary()
    except Exception:  # whatever damaged bytes may cause: reported when the file is opened
        return False
    if summary is None:
        return True
    is_empty = summary.statistics is not None and not summary.statistics.message_count
    return not summary.chunk_indexes and not is_empty


class McapStream:
    """The whole records of one mcap file, up to its end or to where it was cut."""

    def __init__(self, path: Path) -> None:
        """Read it once for its topics and times; raises what damaged bytes cause at its start."""
        self._path = path
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, tuple[str, str]] = {}
        self.start_ns, self.end_ns = NEVER_NS, 0
        try:
            for record in _records(path):
                self._note(record)
        except Exception:  # whatever damaged bytes may cause; raised again when they are read
            if not self._channels:
                raise

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds."""
        return dict(self._channels.values())

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """
        Messages of images on some topics: those of a chunk by time, chunks as they were written.

        Raises what damaged bytes cause, after whatever came before them.
        """
        chosen = {number: (topic, kind) for number, (topic, kind) in self._channels.items()
                  if topic in topics and kind in IMAGES}
        for record in _records(self._path):
            if (isinstance(record, Message) and record.channel_id in chosen
                    and start_ns <= record.log_time < stop_ns):
                yield RawMessage(*chosen[record.channel_id], record.log_time, record.data)

    def deserialize(self, data: bytes, kind: str) -> Any:
        """Give the fields of a message; raises whatever damaged bytes may cause."""
        return deserialize_ros2(_decompressed(data), kind)

    def close(self) -> None:
        """Do nothing: files are open while they are read."""

    def _note(self, record: McapRecord) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record.name
        elif isinstance(record, Channel):
            self._channels[record.id] = record.topic, self._schemas.get(record.schema_id, '')
        elif isinstance(record, Message):
            self.start_ns = min(self.start_ns, record.log_time)
            self.end_ns = max(self.end_ns, record.log_time + 1)


class _RecordedBytes(io.BufferedReader):
    """A file up to where a record begins with 0, as file systems show what was never written."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._size = path.stat().st_size

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes; the stream reader asks for a single one where a record begins."""
        # Damaged lengths are no reason to make room for them.
        data = super().read(min(max(0, size or 0), self._size))
        return b'' if data == b'\0' else data


def _records(path: Path) -> Iterator[McapRecord]:
    """Give the records of the data section and of its chunks; raises at a damaged one."""
    for record in _outer_records(path):
        if isinstance(record, DataEnd):
            return
        if isinstance(record, Chunk):
            yield from sorted(breakup_chunk(record, validate_crc=True), key=_time)
        else:
            yield record


def _outer_records(path: Path) -> Iterator[McapRecord]:
    with _RecordedBytes(path) as file:
        try:
            yield from StreamReader(file, emit_chunks=True, validate_crcs=True,
                                    record_size_limit=path.stat().st_size).records
        except TRUNCATED:
            return


def _time(record: McapRecord) -> int:
    """Give the time to sort by: schemas and channels come first."""
    return record.log_time if isinstance(record, Message) else -1


def _decompressed(data: bytes) -> bytes:
    """Messages may be compressed one by one, which only the metadata of a whole recording says."""
    if not data.startswith(ZSTD_MAGIC):
        return data
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)
