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
Read a jpeg without decoding it: size, components, number of scans, and whether the end is there.

Segments as in ITU-T T.81, annex B.
"""

from __future__ import annotations

from dataclasses import dataclass
import re
import struct

from shufflenet_ros.core.encoding.image_header import corrupt, ImageHeader, JPEG_START, truncated

JPEG_END = b'\xff\xd9'
SCAN_START = b'\xff\xda'
SCAN = 0xda
FRAME_HEADERS = frozenset(range(0xc0, 0xd0)) - {0xc4, 0xc8, 0xcc}
"""Markers of a segment that holds the size; the three left out are tables."""
SEQUENTIAL = (0xc0, 0xc1)
"""Frame headers of baseline and extended jpegs: Huffman codes, no progression."""
WITHOUT_LENGTH = frozenset((0x01, *range(0xd0, 0xd9)))
MAX_SEGMENTS = 4096
"""Before the pixels: EXIF, colour profiles and tables are some dozens."""
NOT_FILL = re.compile(rb'[^\xff]')
BLOCK = 8
"""Rows and columns of samples in a block."""


@dataclass(frozen=True, slots=True)
class JpegHeader(ImageHeader):
    """Size and cost of a jpeg whose last byte is there."""

    scans: int
    """At least as many as a decoder goes through."""
    is_sequential: bool
    """Whether it is neither progressive nor coded in any other rare way."""
    blocks: int
    """Blocks of 8x8 pixels."""
    coefficients: int
    """Of all components together."""


def read_jpeg(data: bytes) -> JpegHeader:
    """Read the header of a jpeg; FrameError where it is damaged or the end is missing."""
    try:
        return _read(data)
    except (IndexError, struct.error):
        raise truncated('jpeg', data) from None


def _read(data: bytes) -> JpegHeader:
    """Follow the segments up to the first scan, then look for the end behind it."""
    frame, position = None, len(JPEG_START) - 1
    for _ in range(MAX_SEGMENTS):
        position, marker = _next_marker(data, position)
        if marker in WITHOUT_LENGTH:
            continue
        length, = struct.unpack_from('>H', data, position)
        if length < 2 or marker == JPEG_END[1]:
            raise corrupt('jpeg', f'marker {marker:#04x} at byte {position - 2} of {len(data)}, '
                          'expected a segment')
        if marker in FRAME_HEADERS:
            frame = marker, position
        elif marker == SCAN:
            break
        position += length
    else:
        raise corrupt('jpeg', f'more than {MAX_SEGMENTS} segments before its pixels')
    # Inside a scan 0xff is followed by 0 or a restart: these two bytes are the end or not there.
    if data.rfind(JPEG_END, position + length) < 0:
        raise truncated('jpeg', data)
    if frame is None:
        raise corrupt('jpeg', f'no size before its pixels begin at byte {position}')
    return _header(data, *frame, position)


def _header(data: bytes, marker: int, position: int, scan: int) -> JpegHeader:
    """Make the header of what stands behind these positions, of the frame and the first scan."""
    height, width, components = struct.unpack_from('>HHB', data, position + 3)
    factors = [divmod(data[position + 9 + 3 * number], 16) for number in range(components)]
    columns, rows = (-(-side // BLOCK) for side in (width, height))
    most_across, most_down = (max((1, *(factor[axis] for factor in factors))) for axis in (0, 1))
    blocks = sum(-(-columns * across // most_across) * -(-rows * down // most_down)
                 for across, down in factors)
    # All components of a sequential jpeg in its first scan: a decoder takes no other.
    is_whole = marker in SEQUENTIAL and data[scan + 2] == components
    scans = 1 if is_whole else data.count(SCAN_START, scan - 2)
    return JpegHeader('jpeg', height, width, scans, marker in SEQUENTIAL, rows * columns,
                      blocks * BLOCK * BLOCK)


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Position behind the next marker, and its code; any number of 0xff may lead up to it."""
    if data[position] != 0xff:
        raise corrupt('jpeg', f'byte {data[position]:#04x} at {position} of {len(data)}, '
                      'expected a marker (0xff)')
    found = NOT_FILL.search(data, position)
    if found is None:
        raise truncated('jpeg', data)
    return found.end(), data[found.start()]
