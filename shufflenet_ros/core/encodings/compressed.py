"""
Pictures that travel as jpeg or png, and the frame of pixels that each holds.

``format`` has the meaning of ``sensor_msgs/msg/CompressedImage``: ``jpeg``, or ``rgb8; jpeg
compressed bgr8`` with the encoding that the image had before. What the bytes are, they say
themselves. This file knows nothing of models; their geometry only says how few pixels suffice.
"""

from __future__ import annotations

from dataclasses import dataclass
import re
from string import digits
import sys
from typing import Any

import cv2
import numpy as np

from shufflenet_ros.core.encodings.image_header import codec_of, PictureHeader, read_header, RESEND
from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry

DEPTH = ('16UC1', '32FC1', '64FC1')
"""Encodings that REP 118 and its users store distances in."""
NOT_AN_IMAGE = ('it holds distances (REP 118) and no picture; subscribe to the colour or infrared '
                'image of the camera')
MAX_PIXELS = 2 ** 26
"""Largest picture that is decoded, 8192x8192: a few bytes of png can claim gigabytes."""
AS_STORED = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
"""Grey stays grey and 16 bits stay 16; the pixels stay where the camera saw them."""
SHRUNK = {8: cv2.IMREAD_REDUCED_GRAYSCALE_8, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
          2: cv2.IMREAD_REDUCED_GRAYSCALE_2}
"""Divisor of both sides to the flag; with IMREAD_ANYCOLOR they do not make anything grey."""
LEAST_LEFT = 2.5
"""
How many pixels of the crop a shrunk jpeg must keep for each one of the tensor, in each direction.

Shrinking takes the mean of blocks, which the preprocess does not. With fewer pixels left, fine
textures lose their grain and a network that was trained with it loses points: 3 to 7 of 100 at
1280x720 and below for a tensor of 144x144, none above 1600x900.
"""
ENCODING_OF = {('uint8', 2): 'mono8', ('uint8', 3): 'bgr8', ('uint16', 2): 'mono16',
               ('uint16', 3): 'bgr16'}
"""Type and dimensions of what OpenCV decodes to the encoding that describes it."""


@dataclass(frozen=True, slots=True)
class CompressedFrame:
    """A compressed image as it arrived: its bytes are borrowed, never copied."""

    data: Any
    """Buffer with the jpeg or png."""
    format: str
    received_ns: int = 0
    """Monotonic clock (ns) at the moment the frame reached this process."""
    age_at_receipt_ns: int | None = None
    """Node clock minus stamp at receipt; negative for a future stamp, None without a stamp."""
    header: Any = None
    """The source's own header, carried through untouched and never read here."""
    stamp_ns: int = 0
    """When the image was taken, on its source's clock; 0 where that is unknown."""

    def __post_init__(self) -> None:
        if not len(self.data):
            raise FrameError(f'compressed image of format {self.format!r} without data: expected '
                             f'a jpeg or png; {RESEND}')


def decompress(frame: CompressedFrame, geometry: Geometry | None = None) -> Frame:
    """
    Decode a picture; with ``geometry`` a huge jpeg at a half, quarter or eighth of its sides.

    The frame that comes back has the colours that the file itself states, whatever ``format``
    says of their order, and none of the turns that EXIF may ask for. Raises
    UnsupportedEncodingError for anything but a picture in jpeg or png, and FrameError for one
    that is damaged, incomplete or too large. Damage inside a jpeg's scan leaves no trace there.
    """
    raw = frame.format.partition(';')[0].strip()
    if raw in DEPTH or 'compresseddepth' in frame.format.lower():
        raise UnsupportedEncodingError(
            f'format {frame.format!r} is not supported: {NOT_AN_IMAGE}')
    data = bytes(frame.data)
    if not codec_of(data):
        raise _unknown(frame.format, data)
    header = read_header(data)
    is_mosaic = raw.startswith('bayer_')
    shrink = 1 if is_mosaic or geometry is None else _shrink(header, geometry)
    rows = _decode(data, header, AS_STORED | SHRUNK.get(shrink, 0))
    encoding = ENCODING_OF[rows.dtype.name, rows.ndim]
    if is_mosaic and rows.ndim == 2:
        # The transport leaves a mosaic as it is: a grey picture in the pattern of the sensor.
        encoding = f'{raw.rstrip(digits)}{8 * rows.itemsize}'
    return Frame(rows, *rows.shape[:2], encoding, rows.strides[0],
                 is_bigendian=sys.byteorder == 'big')


def _unknown(name: str, data: bytes) -> FrameError:
    reason = f'its data starts with bytes {data[:4].hex(" ")}, neither jpeg nor png'
    if re.search('jpe?g|png', name, re.IGNORECASE):
        return FrameError(f'corrupt image of format {name!r}: {reason}; {RESEND}')
    return UnsupportedEncodingError(
        f'format {name!r} is not supported: {reason}; let the publisher use one of these '
        '(parameter "format" of compressed_image_transport)')


def _shrink(header: PictureHeader, geometry: Geometry) -> int:
    """Largest divisor that leaves enough of the crop; 1 for a png, which gains nothing."""
    if header.codec != 'jpeg':
        return 1
    _, _, height, width = geometry.region(header.height, header.width)
    return next((divisor for divisor in SHRUNK
                 if height >= divisor * LEAST_LEFT * geometry.height
                 and width >= divisor * LEAST_LEFT * geometry.width), 1)


def _decode(data: bytes, header: PictureHeader, flags: int) -> np.ndarray:
    """Rows of samples (height, width) or (height, width, 3) in BGR, uint8 or uint16."""
    if not 0 < header.height * header.width <= MAX_PIXELS:
        raise FrameError(
            f'{header.codec} of {header.width}x{header.height} pixels: expected 1 to '
            f'{MAX_PIXELS} pixels; let the camera send smaller images')
    try:
        rows = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # no memory for it, say
        rows = None
    if rows is None:
        raise FrameError(f'corrupt {header.codec}: OpenCV cannot decode its {len(data)} bytes; '
                         f'{RESEND}')
    return rows
