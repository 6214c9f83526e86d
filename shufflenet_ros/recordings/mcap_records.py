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
The records of mcap files, by the ``mcap`` package; the format is that of https://mcap.dev/spec.

What is large is a view of the file, never a copy. Bytes that do not fit together raise errors of
many kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
import io
from pathlib import Path
import struct
from typing import BinaryIO, cast, IO, NamedTuple
import zlib

import lz4.frame
from mcap.data_stream import ReadDataStream
from mcap.exceptions import EndOfFile, RecordLengthLimitExceeded
from mcap.opcode import Opcode
from mcap.reader import SeekingReader
from mcap.records import (
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Message,
    MessageIndex,
    Schema,
)
from mcap.stream_reader import CRCValidationError, StreamReader
from mcap.writer import MCAP0_MAGIC
from shufflenet_ros.recordings.mapped_file import fetch, MappedFile
from shufflenet_ros.recordings.packed import is_packed, open_file
import zstandard

__all__ = ['Channel', 'Chunk', 'chunk_at', 'CRCValidationError', 'is_truncated', 'Message',
           'MessageIndex', 'OpenChunk', 'outer_records', 'Place', 'profile_of', 'read_index',
           'Schema', 'TRUNCATED']

TRUNCATED = (EndOfFile, struct.error, RecordLengthLimitExceeded)
"""What the stream reader raises at a record that is not all there."""
LONGEST_RECORD = 1 << 30
"""Bytes of a record in a packed file, whose size nobody knows."""
HEAD, CHANNEL = struct.Struct('<BQ'), struct.Struct('<H')
"""How each record begins, and behind that a message."""
FOOTER_BYTES, DATA_END_BYTES = 29, 13
END_BYTES = FOOTER_BYTES + len(MCAP0_MAGIC)


class Place(NamedTuple):
    """Where a chunk is, and what is in it; they sort by time."""

    first_ns: int
    last_ns: int
    """Times of its first and last message."""
    start: int
    """Byte of the file."""
    channels: tuple[int, ...]
    """Those with messages in it; none where that is unknown."""


class Index:
    """What the end of a whole file says: all schemas, channels and counts, perhaps chunks."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises ValueError where it is not complete, and what damaged bytes cause."""
        with MappedFile(path) as file:
            summary = SeekingReader(
                cast(IO[bytes], file), record_size_limit=file.length).get_summary()
            known = summary and summary.statistics
            if (not summary or not known or len(summary.channels) < known.channel_count
                    or len(summary.schemas) < known.schema_count or not summary.channels):
                raise ValueError('no summary of all topics')
            data_end = _check_summary(file)
            self.schemas, self.channels = summary.schemas, summary.channels
            self.counts = known.channel_message_counts
            self.message_count = known.message_count
            self.start_ns, self.end_ns = known.message_start_time, known.message_end_time + 1
            self.chunks: list[Place] = []
            """None where something else holds messages as well."""
            chunks = sorted(summary.chunk_indexes, key=lambda one: one.chunk_start_offset)
            if chunks and len(chunks) == known.chunk_count and _hold_all(file, chunks, data_end):
                self.chunks = [Place(one.message_start_time, one.message_end_time,
                                     one.chunk_start_offset, tuple(one.message_index_offsets))
                               for one in chunks]


def read_index(path: Path) -> Index | None:
    """Give what the end of a file says, if all of it is there and good."""
    try:
        return Index(path)
    except Exception:  # whatever damaged bytes may cause; the records may be good
        return None


def is_truncated(path: Path) -> bool:
    """Whether a file begins like an mcap but does not end like one."""
    with path.open('rb') as file:
        begins = file.read(len(MCAP0_MAGIC)) == MCAP0_MAGIC
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - len(MCAP0_MAGIC)))
        return begins and file.read() != MCAP0_MAGIC


def profile_of(path: Path) -> str:
    """Give the profile that a file says it is of, or an empty string."""
    try:
        with open_file(path) as file:
            record = next(StreamReader(cast(IO[bytes], file), emit_chunks=True,
                                       record_size_limit=LONGEST_RECORD).records)
    except Exception:  # whatever damaged bytes may cause
        return ''
    return record.profile if isinstance(record, Header) else ''


def chunk_at(file: MappedFile, place: int) -> Chunk:
    """Read one chunk. Raises ValueError where there is none."""
    file.seek(place)
    record = next(StreamReader(cast(IO[bytes], file), skip_magic=True, emit_chunks=True,
                               record_size_limit=file.length).records)
    if not isinstance(record, Chunk):
        raise ValueError('no chunk where the index has one')
    return record


class OpenChunk:
    """What is in a chunk, unpacked. Raises ValueError, and what damaged bytes cause."""

    def __init__(self, chunk: Chunk) -> None:
        """Unpack it."""
        self._data = _unpacked(chunk)
        self._expected = chunk.uncompressed_crc

    def is_sound(self) -> bool:
        """Whether its bytes are those that were written, as far as it has a checksum."""
        return not self._expected or _crc32()(self._data) == self._expected

    def records(self, is_wanted: Callable[[int], bool]) -> Iterator[Schema | Channel | Message]:
        """Give its schemas, channels, and the messages of some channels."""
        stream = _View(self._data)
        while stream.place < len(self._data):
            opcode, length = HEAD.unpack_from(self._data, stream.place)
            stream.place += HEAD.size
            end = stream.place + length
            if end > len(self._data) or not opcode:
                raise ValueError('a record in it is no record')
            if opcode == Opcode.MESSAGE:
                if is_wanted(*CHANNEL.unpack_from(self._data, stream.place)):
                    yield Message.read(stream, length)
            elif opcode == Opcode.CHANNEL:
                yield Channel.read(stream)
            elif opcode == Opcode.SCHEMA:
                yield Schema.read(stream)
            stream.place = end


def outer_records(path: Path, validate: bool) -> Iterator[tuple[int, McapRecord]]:
    """
    Give the records of the data section, with chunks as they are, and where each begins.

    A damaged record costs no other where its length is good; it is raised at the end. So are
    those of ``TRUNCATED`` where the file ends too early.
    """
    packed = is_packed(path)
    source = open_file(path) if packed else cast(BinaryIO, MappedFile(path))
    with source:
        file = _RecordedBytes(source, LONGEST_RECORD if packed else source.seek(0, io.SEEK_END))
        if not packed:
            source.seek(0)
        validate = validate and (packed or _has_checksum(path))
        damage: Exception | None = None
        is_first = True
        while True:
            try:
                for record in StreamReader(file, not is_first, True, validate and is_first,
                                           file.limit).records:
                    if isinstance(record, DataEnd):
                        break
                    yield file.start, record
                break
            except (*TRUNCATED, CRCValidationError):
                raise
            except Exception as error:  # of many kinds, inside one record
                if packed or not file.pass_over():
                    raise
                damage, is_first = damage or error, False
    if damage is not None:
        raise damage


class _View(ReadDataStream):
    """Bytes whose parts are views."""

    def __init__(self, data: bytes | memoryview) -> None:
        super().__init__(io.BytesIO())
        self._view, self.place = memoryview(data), 0

    @property
    def count(self) -> int:
        return self.place

    def read(self, length: int) -> bytes:
        part = self._view[self.place:self.place + length]
        if len(part) < length:
            raise EndOfFile
        self.place += length
        return cast(bytes, part)


class _RecordedBytes(io.BytesIO):
    """A file up to where a record begins with 0, as file systems show what was never written."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        super().__init__()
        self._file, self.limit = file, limit
        self.start = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes; the stream reader asks for a single one where a record begins."""
        if size == 1 and isinstance(self._file, MappedFile):
            self.start = self._file.tell()
        # Damaged lengths are no reason to make room for them.
        data = self._file.read(min(max(0, size or 0), self.limit))
        return b'' if size == 1 and data == b'\0' else data

    def pass_over(self) -> bool:
        """Go behind the record that was begun last, if its length can be right."""
        self._file.seek(self.start)
        head = self._file.read(HEAD.size)
        if len(head) < HEAD.size:
            return False
        end = self.start + HEAD.size + HEAD.unpack(head)[1]
        self._file.seek(min(end, self.limit))
        return end < self.limit


@cache
def _crc32() -> Callable[[bytes | memoryview], int]:
    """Give the quicker of two: of raw images the slower one takes more than all else here."""
    try:
        from isal.isal_zlib import crc32
    except ImportError:
        return zlib.crc32
    return crc32


def _unpacked(chunk: Chunk) -> bytes | memoryview:
    fetch(chunk.data)
    if chunk.compression == 'zstd':
        return zstandard.decompress(chunk.data, chunk.uncompressed_size)
    if chunk.compression == 'lz4':
        return cast(bytes, lz4.frame.decompress(chunk.data))
    if chunk.compression:
        raise ValueError(f'compression {chunk.compression!r}, expected zstd, lz4 or none')
    return chunk.data


def _has_checksum(path: Path) -> bool:
    """Whether the data section has one, which few writers make: checking it reads all bytes."""
    with MappedFile(path) as file:
        try:
            footer = _footer(file)
            file.seek((footer.summary_start or file.length - END_BYTES) - DATA_END_BYTES)
            record = next(StreamReader(cast(IO[bytes], file), skip_magic=True).records)
        except Exception:  # of many kinds where it is truncated
            return False
    return isinstance(record, DataEnd) and record.data_section_crc != 0


def _footer(file: MappedFile) -> Footer:
    file.seek(max(0, file.length - END_BYTES))
    record = next(StreamReader(cast(IO[bytes], file), skip_magic=True).records)
    if not isinstance(record, Footer):
        raise ValueError('no footer at its end')
    return record


def _check_summary(file: MappedFile) -> int:
    """Compare the checksum of the summary, if it has one; give where the data ends."""
    footer = _footer(file)
    file.seek(footer.summary_start)
    data = file.read(file.length - len(MCAP0_MAGIC) - 4 - footer.summary_start)
    if footer.summary_crc and zlib.crc32(data) != footer.summary_crc:
        raise ValueError('its summary is damaged')
    return footer.summary_start - DATA_END_BYTES


def _hold_all(file: MappedFile, chunks: list[ChunkIndex], data_end: int) -> bool:
    """Whether no message lies outside of the chunks."""
    ends = [one.chunk_start_offset + one.chunk_length + one.message_index_length
            for one in chunks]
    starts = [*(one.chunk_start_offset for one in chunks), data_end]
    for start, end in zip([len(MCAP0_MAGIC), *ends], starts):
        file.seek(start)
        while file.tell() < end:
            opcode, length = HEAD.unpack(file.read(HEAD.size))
            file.seek(length, io.SEEK_CUR)
            if opcode in (Opcode.MESSAGE, Opcode.CHUNK):
                return False
        if file.tell() != end:
            return False
    return True
