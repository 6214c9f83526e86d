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

"""Hostile images by seed: the same number gives the same fields, on every machine."""

from array import array

import cv2
import numpy as np
from shufflenet_ros.core.encoding.decode import ENCODINGS

NAMES = ['', 'rgb9', '32FC1', 'RGB8', 'bgr8 ', 'mono8\n[ERROR] forged', '\x1b[2J\x1b[31m', '[/b]',
         '\u202egnp', 'x' * 4000, 'yuv422', '8UC3', '16UC1', '{0}', '%s%n', 'классы', '\ufeff']
FORMATS = ['jpeg', 'png', 'jpg', 'bgr8; jpeg compressed bgr8',
           'bayer_rggb8; jpeg compressed mono8', '16UC1; png compressed ', 'rgb8; png compressed',
           'mono16; png compressed mono16', 'h264', 'compressedDepth', '; ; ;', *NAMES]
SIDES = [0, 1, 2, 3, 7, 31, 32, 33, 64, 65535, 65536, 2 ** 31, 2 ** 32 - 1]
LONGEST_DATA = 60_000


def raw_fields(rng):
    """Fields of an Image: often almost right, since what is all wrong is refused at once."""
    encoding = str(rng.choice(sorted(ENCODINGS) if rng.random() < 0.8 else NAMES))
    height, width = (_side(rng) for _ in range(2))
    step = width * int(rng.integers(1, 9))
    if rng.random() < 0.2:
        step = int(rng.choice([0, 1, step + 1, max(0, step - 1), 2 ** 32 - 1]))
    step = min(step, 2 ** 32 - 1)
    size = step * height
    if rng.random() < 0.3:
        size = int(rng.choice([0, 1, max(0, size - 1), size + 1, size // 2]))
    return {'height': height, 'width': width, 'encoding': encoding, 'step': step,
            'is_bigendian': int(rng.choice([0, 1, 255])),
            'data': _bytes(rng.bytes(min(size, LONGEST_DATA)))}


def compressed_fields(rng):
    """Fields of a CompressedImage: a damaged jpeg or png, or no image at all."""
    kind = rng.random()
    if kind < 0.1:
        data = rng.bytes(int(rng.integers(0, 300)))
    else:
        data = _damaged(rng, _encoded(rng))
    return {'format': str(rng.choice(FORMATS)), 'data': _bytes(data)}


def stamp_fields(rng, now_ns):
    """Seconds and nanoseconds of a stamp: around now, or such as no clock gives."""
    if rng.random() < 0.7:
        stamp_ns = now_ns + int(rng.normal(0, 1e9))
        return stamp_ns // 10 ** 9, stamp_ns % 10 ** 9
    return (int(rng.choice([0, -1, 1, -2 ** 31, 2 ** 31 - 1])),
            int(rng.choice([0, 1, 10 ** 9, 2 ** 32 - 1])))


def frame_id(rng):
    """Give a name of a coordinate frame that may hold anything."""
    return str(rng.choice(NAMES))


def _side(rng):
    return int(rng.choice(SIDES)) if rng.random() < 0.15 else int(rng.integers(1, 97))


def _encoded(rng):
    shape = tuple(int(side) for side in rng.integers(1, 97, 2))
    shape += (int(rng.choice([1, 3, 4])),)
    suffix = str(rng.choice(['.jpg', '.png', '.webp', '.bmp']))
    depth = np.uint16 if suffix == '.png' and rng.random() < 0.3 else np.uint8
    if suffix != '.png' and shape[2] == 4:
        shape = (*shape[:2], 3)
    image = rng.integers(0, np.iinfo(depth).max, shape, depth)
    options = (cv2.IMWRITE_JPEG_PROGRESSIVE, int(rng.integers(0, 2)),
               cv2.IMWRITE_JPEG_RST_INTERVAL, int(rng.integers(0, 9)))
    return cv2.imencode(suffix, image, options if suffix == '.jpg' else ())[1].tobytes()


def _damaged(rng, data):
    """Cut, overwrite, repeat or swap pieces; a tenth stays as it is."""
    data, kind = bytearray(data), rng.random()
    if kind < 0.3:
        del data[int(rng.integers(0, len(data))):]
    elif kind < 0.7:
        # Headers are short: there each byte counts.
        reach = min(len(data), 64) if rng.random() < 0.5 else len(data)
        for place in rng.integers(0, reach, int(rng.integers(1, 9))):
            data[place] = int(rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.integers(256)]))
    elif kind < 0.8:
        start = int(rng.integers(0, len(data)))
        data[start:start] = data[:start]
    elif kind < 0.9:
        data += rng.bytes(int(rng.integers(1, 500)))
    return bytes(data)


def _bytes(data):
    return array('B', data)
