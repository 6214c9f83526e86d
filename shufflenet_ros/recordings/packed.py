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

"""What zstd packed: whole files of a recording, or its messages one by one."""

from __future__ import annotations

import io
from pathlib import Path
import shutil
from typing import BinaryIO, cast

import zstandard

SUFFIXES = ('.zst', '.zstd')
MAGIC = b'\x28\xb5\x2f\xfd'
"""How packed bytes begin; a message in CDR begins with a zero."""


def is_packed(path: Path) -> bool:
    """Whether a file is packed, by its name."""
    return path.suffix in SUFFIXES


def open_file(path: Path) -> BinaryIO:
    """Open a file, packed or not, for reading from its beginning on."""
    if not is_packed(path):
        return path.open('rb')
    return cast(BinaryIO, io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(
        path.open('rb'), read_across_frames=True, closefd=True)))


def unpack(path: Path, target: Path) -> None:
    """
    Write what is packed in a file into another one; of a damaged file, what comes before that.

    Raises zstandard.ZstdError where that is nothing.
    """
    with open_file(path) as source, target.open('wb') as out:
        try:
            shutil.copyfileobj(source, out, 1 << 16)
        except zstandard.ZstdError:
            if not out.tell():
                raise


def unpacked_message(data: bytes | memoryview) -> bytes | memoryview:
    """Unpack a message; only the metadata of a whole recording says that it is packed."""
    if bytes(data[:len(MAGIC)]) != MAGIC:
        return data
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)
