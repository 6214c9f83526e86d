"""
An mcap file whose recorder was killed, seen as one that ended well.

Such a file ends anywhere, without the index and the footer that readers ask for. All records up
to the last whole one are there; behind them this view shows a footer that says: there is no index.
Nothing is written. The format is that of https://mcap.dev/spec.
"""

from __future__ import annotations

import io
from pathlib import Path
import struct
from typing import BinaryIO

MAGIC = b'\x89MCAP0\r\n'
FOOTER = b'\x02' + struct.pack('<QQQI', 20, 0, 0, 0) + MAGIC
"""Opcode, length, no summary, no summary offsets, no checksum; then the end of the file."""
DATA_END = 0x0F


class CutOffFile:
    """Stands for the path of a cut-off mcap where a reader wants one."""

    suffix = '.mcap'

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def exists(self) -> bool:
        """Whether it is there."""
        return self._path.exists()

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return False

    def open(self, mode: str = 'rb') -> BinaryIO:
        """Open the view for reading."""
        return io.BufferedReader(_Mended(self._path))


def is_cut_off(path: Path) -> bool:
    """Whether a file begins like an mcap but does not end like one."""
    with path.open('rb') as file:
        begins = file.read(len(MAGIC)) == MAGIC
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - len(MAGIC)))
        return begins and file.read() != MAGIC


class _Mended(io.RawIOBase):
    """The whole records of a file, then the footer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open('rb')
        self._length = _end_of_records(self._file)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place,
                 io.SEEK_END: self._length + len(FOOTER)}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:
        if self._place < self._length:
            self._file.seek(self._place)
            found = self._file.read(min(len(buffer), self._length - self._place))
        else:
            found = FOOTER[self._place - self._length:][:len(buffer)]
        buffer[:len(found)] = found
        self._place += len(found)
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _end_of_records(file: BinaryIO) -> int:
    """Offset behind the last whole record of the data section."""
    size = file.seek(0, io.SEEK_END)
    place = len(MAGIC)
    while place + 9 <= size:
        file.seek(place)
        opcode, length = struct.unpack('<BQ', file.read(9))
        # After a loss of power file systems may show zeros where nothing was written.
        if not 0 < opcode < DATA_END or place + 9 + length > size:
            break
        place += 9 + length
    return place
