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
What a compressed image may cost: bytes, scans and memory, known before it is decoded.

One camera must not keep the worker from the others. Each limit stands for less than half a second
and 256 MiB on one core of a small computer, and leaves room for what cameras send: a jpeg of
8192x8192 pixels, a progressive one of 24 megapixels, a png of 13 megapixels.
"""

from __future__ import annotations

from shufflenet_ros.core.encoding.image_header import ImageHeader
from shufflenet_ros.core.encoding.jpeg_header import JpegHeader
from shufflenet_ros.core.encoding.png_chunks import PngHeader
from shufflenet_ros.core.errors import FrameError

MIB = 2 ** 20
MAX_DATA_BYTES = 32 * MIB
MAX_PROGRESSIVE_BYTES = 8 * MIB
"""Of a jpeg that is not sequential: its bytes take six times as long to decode."""
MAX_BLOCKS_OF_SCANS = 2 ** 22
"""Blocks of 8x8 pixels times scans: each scan, however short, goes through the whole image."""
MAX_COEFFICIENT_BYTES = 128 * MIB
"""What a jpeg of several scans keeps until the last one is there."""
MAX_JPEG_BYTES = 64 * MIB
"""Decoded, after the reduction that the geometry of the model allows."""
MAX_PNG_BYTES = 40 * MIB
"""Unpacked rows, and the samples made of them: all have to be unpacked, whatever is used."""
CURE = 'let the camera send smaller images'


def check_data(size: int) -> None:
    """Raise FrameError for compressed data of too many bytes."""
    _check('compressed image', size, 'bytes', MAX_DATA_BYTES, CURE)


def check_budget(header: ImageHeader, data_bytes: int, divisor: int = 1) -> None:
    """
    Raise FrameError, with the figure, for an image that would cost too much to decode.

    ``divisor`` is that of both sides of a jpeg that is decoded at a fraction of its size.
    """
    name = f'{header.codec} of {header.width}x{header.height} pixels'
    if isinstance(header, JpegHeader):
        _check_jpeg(name, header, data_bytes, divisor)
    elif isinstance(header, PngHeader):
        _check(name, max(header.unpacked_bytes, header.decoded_bytes), 'bytes unpacked',
               MAX_PNG_BYTES, f'{CURE}, or jpeg')


def _check_jpeg(name: str, header: JpegHeader, data_bytes: int, divisor: int) -> None:
    cure = f'{CURE}, or jpeg that is not progressive'
    if not header.is_sequential:
        _check(f'progressive {name}', data_bytes, 'bytes', MAX_PROGRESSIVE_BYTES, cure)
    if header.scans > 1 or not header.is_sequential:
        _check(f'{name} in {header.scans} scans', header.blocks * header.scans,
               'blocks to go through', MAX_BLOCKS_OF_SCANS, cure)
        _check(f'{name} in {header.scans} scans', 2 * header.coefficients,
               'bytes of coefficients', MAX_COEFFICIENT_BYTES, cure)
    samples = 3 * -(-header.height // divisor) * -(-header.width // divisor)
    _check(name, samples, 'bytes decoded', MAX_JPEG_BYTES, CURE)


def _check(name: str, found: int, unit: str, limit: int, cure: str) -> None:
    if found > limit:
        raise FrameError(f'{name}: {found} {unit}, expected at most {limit}; {cure}')
