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


"""Frames that no camera means to send, by seed: wrong fields, damaged files, and costly ones."""

from functools import cache
import struct
import zlib

import cv2
import numpy as np
from shufflenet_ros.core.encoding.decode import ENCODINGS
from shufflenet_ros.core.encoding.png_chunks import DEPTHS
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import CompressedFrame, Frame

ODD_NAMES = ('', 'rgb9', '32FC1', '16UC1', 'RGB8', 'mono8\n[ERROR] forged', '\x1b[2J', '\ud800',
             'x' * 5000, '8UC7', 'bayer_rggb12', '\u202egnp')
FORMATS = ('jpeg', 'png', '', 'rgb8; jpeg compressed bgr8', 'bayer_rggb8; jpeg compressed mono8',
           'bayer_grbg8; png compressed ', 'mono16; png compressed bayer_gbrg16',
           'bayer_rggb8; jpeg compressed bayer_', 'h264', '16UC1; compressedDepth', *ODD_NAMES)
SIDES = (0, 1, 2, 3, 31, 32, 33, 47, 64, 161, 65535, 10 ** 6, 2 ** 31, 2 ** 32 - 1)
LARGE_BYTES = 40_000_000


def next_frame(rng):
    """Give a frame, or the FrameError of one that cannot even be made."""
    try:
        return _raw(rng) if rng.random() < 0.4 else _compressed(rng)
    except FrameError as error:
        return error


def _raw(rng):
    encoding = str(rng.choice(sorted(ENCODINGS))) if rng.random() < 0.9 else _pick(rng, ODD_NAMES)
    height, width = (_pick(rng, SIDES) if rng.random() < 0.4 else int(rng.integers(1, 200))
                     for _ in range(2))
    if rng.random() < 0.002:
        height, width = int(rng.integers(500, 3000)), int(rng.integers(500, 3000))
    step = width * int(rng.integers(1, 9)) + int(rng.choice([0, 0, 1, -1, 13]))
    size = step * height + int(rng.choice([0, 0, 1, -1, step // 2]))
    data = np.zeros(max(0, min(size, LARGE_BYTES)), np.uint8)
    data[:1000] = rng.integers(0, 256, min(1000, data.size), np.uint8)
    return Frame(data, height, width, encoding, max(0, step),
                 is_bigendian=bool(rng.integers(2)))


def _compressed(rng):
    kind = rng.random()
    if kind < 0.02:
        data = _pick(rng, _costly())
    elif kind < 0.1:
        data = rng.bytes(int(rng.integers(0, 500)))
    else:
        data = _damaged(rng, _file(rng))
    return CompressedFrame(data, _pick(rng, FORMATS))


def _file(rng):
    """Encode a small image in whatever way there is."""
    height, width = (int(rng.integers(1, 90)) for _ in range(2))
    if rng.random() < 0.4:
        colours = int(_pick(rng, tuple(DEPTHS)))
        bits = int(_pick(rng, DEPTHS[colours]))
        rows = rng.bytes(int(rng.integers(0, 60_000)))
        return png(_pick(rng, SIDES) if rng.random() < 0.2 else width, height, bits, colours,
                   zlib.compress(rows, 1), chunk(b'PLTE', rng.bytes(int(rng.integers(300)))),
                   interlace=int(rng.integers(3)))
    channels = int(_pick(rng, (1, 3)))
    image = rng.integers(0, 256, (height, width, channels), np.uint8)
    flags = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(1, 101)),
             cv2.IMWRITE_JPEG_PROGRESSIVE, int(rng.integers(2)),
             cv2.IMWRITE_JPEG_RST_INTERVAL, int(rng.integers(4))]
    return cv2.imencode('.jpg', image, flags)[1].tobytes()


def _damaged(rng, data):
    data = bytearray(data)
    for _ in range(int(rng.integers(0, 5))):
        data[int(rng.integers(len(data)))] = int(rng.integers(256))
    if rng.random() < 0.1:
        del data[int(rng.integers(1, len(data) + 1)):]
    if rng.random() < 0.1:
        start = int(rng.integers(len(data) + 1))
        data[start:start] = data[:start][-int(rng.integers(1, 400)):] * int(rng.integers(1, 2000))
    return bytes(data)


@cache
def _costly():
    """Small files that stand for much, and large ones that stand for little."""
    grey = np.full((2048, 2048, 3), 90, np.uint8)
    slow = cv2.imencode('.jpg', grey, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    whole = cv2.imencode('.jpg', np.zeros((8192, 8192, 3), np.uint8))[1].tobytes()
    tiny = cv2.imencode('.jpg', grey[:8, :8])[1].tobytes()
    scan = slow[slow.rfind(b'\xff\xda'):-2]
    megabyte = _packed_zeros(1_000_000)
    text, pixel = chunk(b'zTXt', b'a\0\0' + megabyte), zlib.compress(bytes(4))
    zeros = _packed_zeros(410_000_000)
    return (
        whole, slow, slow[:-2] + 2000 * scan + slow[-2:], slow[:-2] + 5 * scan + slow[-2:],
        tiny[:2] + b'\xff' * 5_000_000 + tiny[2:], tiny[:2] + b'\xff\xe5\0\2' * 10 ** 6 + tiny[2:],
        png(8192, 8192, 16, 2, zeros), png(8192, 8192, 1, 3, zeros), png(8192, 8192, 1, 0, zeros),
        png(4096, 4096, 8, 2, zeros), png(1, 1, 8, 2, zeros), png(1, 65535, 8, 0, zeros),
        png(65535, 1, 16, 6, zeros), png(1, 1, 8, 2, pixel, text * 1000, text * 1000),
        png(1, 1, 8, 2, pixel, after=chunk(b'tEXt', b'a\0') * 200_000),
        png(3840, 2160, 8, 6, zeros, interlace=1), png(4208, 3120, 8, 2, zeros),
        png(2 ** 31 - 1, 2 ** 31 - 1, 8, 2, pixel))


def png(width, height, bits, colours, packed, before=b'', after=b'', interlace=0):
    """Give a png of these fields and packed rows, with chunks before and behind them."""
    fields = struct.pack('>IIBBBBB', width, height, bits, colours, 0, 0, interlace)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', fields) + before + chunk(b'IDAT', packed)
            + after + chunk(b'IEND', b''))


def chunk(kind, content):
    """Give a chunk of a png."""
    return (struct.pack('>I', len(content)) + kind + content
            + struct.pack('>I', zlib.crc32(kind + content)))


def _packed_zeros(size):
    packer = zlib.compressobj(9)
    part = bytes(1_000_000)
    return b''.join([*(packer.compress(part) for _ in range(size // len(part))), packer.flush()])


def _pick(rng, values):
    return values[int(rng.integers(len(values)))]
