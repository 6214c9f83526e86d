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
Decode jpeg and png: a ``CompressedFrame`` becomes the ``Frame`` of pixels that it holds.

The bytes themselves say what they are; ``format`` only says which Bayer pattern a mosaic has. This
file knows no model: the geometry given to it only says how few pixels suffice.
"""

from __future__ import annotations

import re
from string import digits
import sys

import cv2
import numpy as np
from shufflenet_ros.core.encoding.budget import check_budget, check_data, CURE
from shufflenet_ros.core.encoding.image_header import codec_of, corrupt, ImageHeader, RESEND
from shufflenet_ros.core.encoding.jpeg_header import JpegHeader, read_jpeg
from shufflenet_ros.core.encoding.png_chunks import pixels_alone, read_png
from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.parts import View

DEPTH = ('16UC1', '32FC1', '64FC1')
"""Encodings that hold distances (REP 118, and 64FC1 by custom)."""
NOT_AN_IMAGE = ('it holds distances (REP 118) and no colours; subscribe to the colour or infrared '
                'image of the camera')
MAX_PIXELS = 2 ** 26
"""Largest image that is decoded, 8192x8192: a few bytes of png can claim gigabytes."""
HELD = re.compile(r'\bcompressed\s+(\w+)', re.IGNORECASE)
"""The word of a format that says which encoding the file holds."""
AS_STORED = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
"""Grey stays grey and 16 bits stay 16; no rotation, whatever EXIF says."""
REDUCED = {8: cv2.IMREAD_REDUCED_GRAYSCALE_8, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
           2: cv2.IMREAD_REDUCED_GRAYSCALE_2}
"""Divisor of both sides to the flag; with IMREAD_ANYCOLOR they do not make anything grey."""
EVERYTHING = View()
MIN_PIXELS_LEFT = 2.5
"""
How many pixels of the crop a reduced jpeg must keep for each one of the tensor, in each direction.

Reduction takes the mean of blocks, which the preprocess does not. With fewer pixels left, fine
textures lose their grain and a network that was trained with it loses points: 3 to 7 of 100 at
1280x720 and below for a tensor of 144x144, none above 1600x900.
"""
ENCODING_OF = {('uint8', 2): 'mono8', ('uint8', 3): 'bgr8', ('uint16', 2): 'mono16',
               ('uint16', 3): 'bgr16'}
"""Type and number of dimensions of what OpenCV decodes to the encoding that describes it."""


def decompress(frame: CompressedFrame) -> Frame:
    """Decode a jpeg or png at its own size; see :func:`decompress_with_size`."""
    return decompress_with_size(frame)[0]


def decompress_with_size(
        frame: CompressedFrame, geometry: Geometry | None = None,
        view: View = EVERYTHING) -> tuple[Frame, tuple[int, int]]:
    """
    Decode a jpeg or png; with ``geometry`` a huge jpeg at a half, quarter or eighth of its sides.

    That is fine enough for each part of the ``view``. The second value is height and width as
    the file has them. The frame that comes back has the colours that the file itself states,
    whatever ``format`` says of their order, and is not rotated as EXIF may ask for. Raises
    UnsupportedEncodingError for anything but an image in jpeg or png, and FrameError for one that
    is damaged, incomplete or too large. Damage inside a jpeg's scan leaves no trace and is not
    found.
    """
    raw = frame.format.partition(';')[0].strip()
    if raw in DEPTH or 'compresseddepth' in frame.format.lower():
        raise UnsupportedEncodingError(
            f'format {frame.format!r} is not supported: {NOT_AN_IMAGE}')
    check_data(len(frame.data))
    data = bytes(frame.data)
    codec = codec_of(data)
    if not codec:
        raise _unknown_codec(frame.format, data)
    held = _held_encoding(raw, frame.format)
    is_mosaic = held.startswith('bayer_')
    rows, size = (_decode_jpeg(data, None if is_mosaic else geometry, view) if codec == 'jpeg'
                  else _decode_png(data))
    encoding = ENCODING_OF[rows.dtype.name, rows.ndim]
    if is_mosaic and rows.ndim == 2:
        # The transport compresses a mosaic as a grey image, in the pattern of the sensor.
        encoding = f'{held.rstrip(digits)}{8 * rows.itemsize}'
    height, width = rows.shape[:2]
    return Frame(rows, height, width, encoding, rows.strides[0],
                 is_bigendian=sys.byteorder == 'big'), size


def _held_encoding(raw: str, name: str) -> str:
    """Tell the encoding of what was compressed: ``raw`` unless the publisher converted it."""
    found = HELD.search(name)
    return found[1] if found else raw


def _unknown_codec(name: str, data: bytes) -> FrameError:
    reason = f'its data starts with bytes {data[:4].hex(" ")}, neither jpeg nor png'
    if re.search('jpe?g|png', name, re.IGNORECASE):
        return FrameError(f'corrupt image of format {name!r}: {reason}; {RESEND}')
    return UnsupportedEncodingError(
        f'format {name!r} is not supported: {reason}; let the publisher use one of these '
        '(parameter "format" of compressed_image_transport)')


def _decode_jpeg(data: bytes, geometry: Geometry | None,
                 view: View) -> tuple[np.ndarray, tuple[int, int]]:
    header = read_jpeg(data)
    _check_pixels(header)
    divisor = 1 if geometry is None else _divisor(header, geometry, view)
    check_budget(header, len(data), divisor)
    rows = _decode('jpeg', data, AS_STORED | REDUCED.get(divisor, 0))
    return rows, (header.height, header.width)


def _decode_png(data: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    header = read_png(data)
    _check_pixels(header)
    check_budget(header, len(data))
    return _decode('png', pixels_alone(header), AS_STORED), (header.height, header.width)


def _check_pixels(header: ImageHeader) -> None:
    if not 0 < header.height * header.width <= MAX_PIXELS:
        raise FrameError(
            f'{header.codec} of {header.width}x{header.height} pixels: expected 1 to '
            f'{MAX_PIXELS} pixels; {CURE}')


def _divisor(header: JpegHeader, geometry: Geometry, view: View) -> int:
    """Largest divisor that leaves enough of each crop."""
    crops = [geometry.crop_of(box) for box in view.boxes(header.height, header.width)]
    scaled = [geometry.scaled_size(crop.height, crop.width) for crop in crops]
    return next((divisor for divisor in REDUCED
                 if all(crop.height >= divisor * MIN_PIXELS_LEFT * height
                        and crop.width >= divisor * MIN_PIXELS_LEFT * width
                        for crop, (height, width) in zip(crops, scaled))), 1)


def _decode(codec: str, data: bytes, flags: int) -> np.ndarray:
    """Rows of samples (height, width) or (height, width, 3) in BGR, uint8 or uint16."""
    try:
        rows = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # no memory for it, for example
        rows = None
    if rows is None:
        raise corrupt(codec, f'OpenCV cannot decode its {len(data)} bytes')
    return rows
