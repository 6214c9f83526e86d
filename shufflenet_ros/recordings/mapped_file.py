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
Files whose large reads are views of what the system has of them in memory, without a copy.

A view keeps its part of the file mapped until nobody holds it: memory stays flat however long the
file is.
"""

from __future__ import annotations

import errno
import io
import mmap
from pathlib import Path

LARGE = 1 << 16
"""Bytes from which on a view costs less than a copy."""
BUFFER = 1 << 13
POPULATE_READ = 22
"""MADV_POPULATE_READ of Linux 5.14: reads all at once, and fails where the disk does."""


class MappedFile(io.BytesIO):
    """A file, as the stream reader of ``mcap`` asks for it."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        super().__init__()
        self._file = path.open('rb', buffering=BUFFER)
        self.length = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes, or what is left of them; large ones are a read-only view."""
        size = min(max(0, size or 0), max(0, self.length - self._file.tell()))
        if size < LARGE:
            return self._file.read(size)
        place = self._file.tell()
        self._file.seek(size, io.SEEK_CUR)
        # The stream reader takes whatever has the buffer of bytes.
        return _view(self._file.fileno(), place, size)  # type: ignore[return-value]

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go somewhere else."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Say where the next read begins."""
        return self._file.tell()

    def close(self) -> None:
        """Close it; views stay good."""
        self._file.close()
        super().close()


def fetch(data: bytes | memoryview) -> None:
    """Read what a view shows, before it is looked at. Raises OSError where the disk fails."""
    if isinstance(data, memoryview) and isinstance(data.obj, mmap.mmap):
        try:
            data.obj.madvise(POPULATE_READ)
        except OSError as error:
            # Systems that do not know it read page by page.
            if error.errno == errno.EFAULT:
                raise OSError(errno.EIO, 'Input/output error') from error


def _view(number: int, place: int, size: int) -> memoryview:
    shift = place % mmap.ALLOCATIONGRANULARITY
    whole = mmap.mmap(number, size + shift, offset=place - shift, access=mmap.ACCESS_READ)
    return memoryview(whole)[shift:]
