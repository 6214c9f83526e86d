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
Read the header of a jpeg or png without decoding it: codec, size, and whether the end is there.

Decoders return half an image without an error and unpack whatever size is claimed, so the bytes
are checked first (ITU-T T.81 for jpeg, ISO/IEC 15948 for png).
"""

from __future__ import annotations

from dataclasses import dataclass
import struct
import zlib

from shufflenet_ros.core.errors import FrameError

JPEG_START = b'\xff\xd8\xff'
JPEG_END = b'\xff\xd9'
PNG_START = b'\x89PNG\r\n\x1a\n'
PNG_END = b'IEND'
SCAN = 0xda
FRAME_HEADERS = frozenset(range(0xc0, 0xd0)) - {0xc4, 0xc8, 0xcc}
"""Markers of a jpeg whose segment holds its size; the three left out are tables."""
WITHOUT_LENGTH = frozenset((0x01, *range(0xd0, 0xd9)))
RESEND = 'check the camera driver and the link it is on'


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Codec (``jpeg`` or ``png``) and size (pixels) of an image whose last byte is there."""

    codec: str
    height: int
    width: int


def codec_of(data: bytes) -> str:
    """Recognize ``jpeg`` or ``png`` by the first bytes; an empty string for anything else."""
    if data.startswith(JPEG_START):
        return 'jpeg'
    return 'png' if data.startswith(PNG_START) else ''


def read_header(data: bytes) -> ImageHeader:
    """Read the header of a jpeg or png; FrameError where it is damaged or the end is missing."""
    codec = codec_of(data)
    try:
        height, width = _jpeg_size(data) if codec == 'jpeg' else _png_size(data)
    except (IndexError, struct.error):
        raise truncated(codec, data) from None
    return ImageHeader(codec, height, width)


def truncated(codec: str, data: bytes) -> FrameError:
    """Make the error for an image that ends before it is complete."""
    return FrameError(f'truncated {codec}: its {len(data)} bytes end before the image does; '
                      f'{RESEND}')


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Follow the segments up to the first scan, then look for the end behind it."""
    size, position = None, len(JPEG_START) - 1
    while True:
        position, marker = _next_marker(data, position)
        if marker in WITHOUT_LENGTH:
            continue
        length, = struct.unpack_from('>H', data, position)
        if length < 2 or marker == JPEG_END[1]:
            raise FrameError(f'corrupt jpeg: marker {marker:#04x} at byte {position - 2} of '
                             f'{len(data)}, expected a segment; {RESEND}')
        if marker in FRAME_HEADERS:
            size = struct.unpack_from('>HH', data, position + 3)
        elif marker == SCAN:
            break
        position += length
    # Inside a scan 0xff is followed by 0 or a restart: these two bytes are the end or not there.
    if data.rfind(JPEG_END, position + length) < 0:
        raise truncated('jpeg', data)
    if size is None:
        raise FrameError(f'corrupt jpeg: no size before its pixels begin at byte {position}; '
                         f'{RESEND}')
    return size


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Position behind the next marker, and its code; any number of 0xff may lead up to it."""
    if data[position] != 0xff:
        raise FrameError(f'corrupt jpeg: byte {data[position]:#04x} at {position} of '
                         f'{len(data)}, expected a marker (0xff); {RESEND}')
    while data[position] == 0xff:
        position += 1
    return position + 1, data[position]


def _png_size(data: bytes) -> tuple[int, int]:
    """Read the first chunk, then follow the others and their checksums to the last."""
    width, height = struct.unpack_from('>II', data, 16)
    position, kind = len(PNG_START), b''
    while kind != PNG_END:
        length, kind = struct.unpack_from('>I4s', data, position)
        end = position + 8 + length
        checksum, = struct.unpack_from('>I', data, end)
        if zlib.crc32(memoryview(data)[position + 4:end]) != checksum:
            raise FrameError(f'corrupt png: the checksum of chunk {kind!r} at byte {position} of '
                             f'{len(data)} is wrong; {RESEND}')
        position = end + 4
    return height, width
