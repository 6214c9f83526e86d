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
Read a png without decoding it, and write it again with nothing but its pixels.

Chunks and filters as in ISO/IEC 15948. A decoder unpacks whatever is packed, in texts and behind
the last row as well; here no more is unpacked than the size in the header needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import struct
import time
import zlib

from shufflenet_ros.core.encoding.image_header import corrupt, ImageHeader, PNG_START, truncated
from shufflenet_ros.core.errors import FrameError

HEADER, PALETTE, PIXELS, END = b'IHDR', b'PLTE', b'IDAT', b'IEND'
MAX_CHUNKS = 2 ** 16
"""Encoders write 8 KiB of pixels into one and more; a chunk costs a microsecond."""
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Colour type to the bits that a sample may have."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type (grey, colour, palette, grey and colour with alpha) to the samples of a pixel."""
COLOURED = (2, 3, 6)
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1))
"""The passes of an interlaced image: first row and column, distance of rows and of columns."""
PIECE = 1 << 13
"""Bytes that are unpacked between two looks at the clock."""
LARGEST_BLOCK = 0xffff
"""Bytes that are stored as they are in one block."""
MAX_UNPACK_S = 0.4
"""CPU time for all bytes: there are streams that take a second for a megabyte."""


@dataclass(frozen=True, slots=True)
class PngHeader(ImageHeader):
    """Size of a png whose chunks are all there, and where they are."""

    fields: bytes
    """The chunk of the header."""
    palette: bytes
    pixels: tuple[memoryview, ...]
    """The packed rows, in pieces."""
    unpacked_bytes: int
    """Of all rows with their filters, before a decoder makes samples of them."""
    decoded_bytes: int
    """Of the samples that OpenCV makes of them, without alpha."""


def read_png(data: bytes) -> PngHeader:
    """Read the chunks of a png; FrameError where one is damaged or missing."""
    chunks: dict[bytes, list[memoryview]] = {HEADER: [], PALETTE: [], PIXELS: []}
    try:
        _collect(data, chunks)
    except struct.error:
        raise truncated('png', data) from None
    if data[12:16] != HEADER or len(chunks[HEADER][0]) != 13:
        raise corrupt('png', 'it does not begin with a header')
    fields = bytes(chunks[HEADER][0])
    width, height, bits, colours, _, _, interlace = struct.unpack('>IIBBBBB', fields)
    if bits not in DEPTHS.get(colours, ()) or interlace > 1:
        raise corrupt('png', f'colour type {colours} with {bits} bits, interlace {interlace}')
    return PngHeader(
        'png', height, width, fields, b''.join(chunks[PALETTE][:1]), tuple(chunks[PIXELS]),
        _unpacked_bytes(height, width, bits * CHANNELS[colours], bool(interlace)),
        height * width * (3 if colours in COLOURED else 1) * (2 if bits == 16 else 1))


def pixels_alone(header: PngHeader) -> bytes:
    """
    Write the png again: no texts, profiles or animations, and rows that are stored, not packed.

    Unpacking once here and copying in the decoder takes hardly longer than unpacking there.
    Raises FrameError where that takes more than ``MAX_UNPACK_S``, and for damaged rows.
    """
    palette = _chunk(PALETTE, [header.palette]) if header.palette else ()
    return b''.join((PNG_START, *_chunk(HEADER, [header.fields]), *palette,
                     *_chunk(PIXELS, _stored(_unpack(header))), *_chunk(END, [])))


def _collect(data: bytes, chunks: dict[bytes, list[memoryview]]) -> None:
    """Keep the contents of the chunks of these kinds, and check the checksums of all."""
    view, position, kind = memoryview(data), len(PNG_START), b''
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from('>I4s', data, position)
        end = position + 8 + length
        checksum, = struct.unpack_from('>I', data, end)
        if zlib.crc32(view[position + 4:end]) != checksum:
            raise corrupt('png', f'the checksum of chunk {kind!r} at byte {position} of '
                          f'{len(data)} is wrong')
        if kind == END:
            return
        if kind in chunks:
            chunks[kind].append(view[position + 8:end])
        position = end + 4
    raise corrupt('png', f'more than {MAX_CHUNKS} chunks')


def _unpacked_bytes(height: int, width: int, pixel_bits: int, is_interlaced: bool) -> int:
    """Rows of whole bytes, each behind the number of its filter."""
    passes = ADAM7 if is_interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(height - top) // down), -(-(width - left) // across))
             for top, left, down, across in passes]
    return sum(rows * (1 + -(-columns * pixel_bits // 8))
               for rows, columns in sizes if rows > 0 and columns > 0)


def _unpack(header: PngHeader) -> Iterator[bytes]:
    """Unpack the rows and no byte more; fewer where fewer are there."""
    deadline_s = time.thread_time() + MAX_UNPACK_S
    unpacker, missing = zlib.decompressobj(), header.unpacked_bytes
    for packed in _pieces(header.pixels):
        try:
            rows = unpacker.decompress(packed, missing)
        except zlib.error:
            raise corrupt('png', 'its pixels cannot be unpacked') from None
        yield rows
        missing -= len(rows)
        if not missing or unpacker.eof:
            return
        if time.thread_time() > deadline_s:
            raise FrameError(
                f'png of {header.width}x{header.height} pixels: takes more than {MAX_UNPACK_S} s '
                'to unpack; let the camera send jpeg or smaller images')


def _pieces(chunks: tuple[memoryview, ...]) -> Iterator[memoryview]:
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start:start + PIECE]


def _stored(pieces: Iterable[bytes]) -> list[bytes | memoryview]:
    """Pack without packing: blocks as they are, in the format of zlib (RFC 1950, RFC 1951)."""
    parts: list[bytes | memoryview] = [b'\x78\x01']
    checksum = 1
    for piece in pieces:
        checksum = zlib.adler32(piece, checksum)
        view = memoryview(piece)
        for start in range(0, len(piece), LARGEST_BLOCK):
            block = view[start:start + LARGEST_BLOCK]
            parts += struct.pack('<BHH', 0, len(block), len(block) ^ 0xffff), block
    return [*parts, struct.pack('<BHH', 1, 0, 0xffff), struct.pack('>I', checksum)]


def _chunk(kind: bytes, content: Sequence[bytes | memoryview]) -> tuple[bytes | memoryview, ...]:
    checksum = zlib.crc32(kind)
    for part in content:
        checksum = zlib.crc32(part, checksum)
    return (struct.pack('>I', sum(map(len, content))), kind, *content,
            struct.pack('>I', checksum))
