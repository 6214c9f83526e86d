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
Frames of every encoding from an RGB image, written from the definitions in numpy alone.

Nothing here is shared with :mod:`shufflenet_ros.core.encoding`, so that the tests of the decoder
can compare with it.
"""

from __future__ import annotations

import numpy as np
from shufflenet_ros.core.frame import Frame

PACKED = {
    'rgb8': 'rgb', 'bgr8': 'bgr', 'rgba8': 'rgba', 'bgra8': 'bgra', 'mono8': 'g', '8UC1': 'g',
    '8UC3': 'bgr', 'rgb16': 'rgb', 'bgr16': 'bgr', 'rgba16': 'rgba', 'bgra16': 'bgra',
    'mono16': 'g'}
YUV422 = {'yuyv': 'yuyv', 'yuv422_yuy2': 'yuyv', 'uyvy': 'uyvy', 'yuv422': 'uyvy'}
PLANAR = {'nv12': 'uv', 'nv21': 'vu', 'nv24': 'uv'}
BAYER = {f'bayer_{pattern}{bits}': pattern
         for pattern in ('rggb', 'bggr', 'gbrg', 'grbg') for bits in (8, 16)}


def frame_of(image: np.ndarray, encoding: str, padding: int = 0,
             is_bigendian: bool = False) -> Frame:
    """Make the frame a camera would send, with bytes of 255 as padding of each row."""
    planes = planes_of(image, encoding, is_bigendian)
    step = planes[0].shape[1] + padding
    data = b''
    for number, plane in enumerate(planes):
        padded = np.full((len(plane), step * (2 if number and encoding == 'nv24' else 1)), 255,
                         np.uint8)
        padded[:, :plane.shape[1]] = plane
        data += padded.tobytes()
    height, width = image.shape[:2]
    return Frame(data, height, width, encoding, step, is_bigendian=is_bigendian)


def planes_of(image: np.ndarray, encoding: str,
              is_bigendian: bool = False) -> list[np.ndarray]:
    """Rows of bytes (rows, bytes of a row) of each plane."""
    if encoding in PACKED:
        channels = dict(zip('rgba', (*np.moveaxis(image, 2, 0), image[:, :, 0] // 2)))
        samples = np.stack([channels[name] for name in PACKED[encoding]], 2)
        return [_bytes(samples, encoding, is_bigendian)]
    if encoding in BAYER:
        return [_bytes(_mosaic(image, BAYER[encoding])[:, :, np.newaxis], encoding,
                       is_bigendian)]
    if encoding in YUV422:
        return [_macropixels(image, YUV422[encoding])]
    y, u, v = yuv(image)
    block = 1 if encoding == 'nv24' else 2
    u, v = (_mean_of_blocks(plane, block, block) for plane in (u, v))
    pairs = (u, v) if PLANAR[encoding] == 'uv' else (v, u)
    return [_round(y), _round(np.stack(pairs, 2)).reshape(len(u), -1)]


def yuv(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give three float planes: BT.601, limited range."""
    red, green, blue = np.moveaxis(image / 255.0, 2, 0)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return (16 + 219 * y, 128 + 112 * (blue - y) / (1 - 0.114),
            128 + 112 * (red - y) / (1 - 0.299))


def _bytes(samples: np.ndarray, encoding: str, is_bigendian: bool) -> np.ndarray:
    if encoding.endswith('16'):
        # Low bytes of noise: a decoder that takes them for the high ones gives noise.
        low = np.random.default_rng(0).integers(0, 256, samples.shape, np.uint8)
        samples = np.stack((samples, low) if is_bigendian else (low, samples), -1)
    return samples.reshape(len(samples), -1)


def _mosaic(image: np.ndarray, pattern: str) -> np.ndarray:
    rows, columns = np.indices(image.shape[:2]) % 2
    channel = np.array(['rgb'.index(letter) for letter in pattern])[2 * rows + columns]
    return np.take_along_axis(image, channel[:, :, np.newaxis], 2)[:, :, 0]


def _macropixels(image: np.ndarray, order: str) -> np.ndarray:
    y, u, v = yuv(image)
    height, width = y.shape
    rows = np.zeros((height, width, 2), np.uint8)
    luma = order.index('y')
    rows[:, :, luma] = _round(y)
    rows[:, ::2, 1 - luma][:, :width // 2] = _round(_mean_of_blocks(u, 1, 2))
    rows[:, 1::2, 1 - luma] = _round(_mean_of_blocks(v, 1, 2))
    return rows.reshape(height, -1)


def _mean_of_blocks(plane: np.ndarray, rows: int, columns: int) -> np.ndarray:
    height, width = plane.shape[0] // rows, plane.shape[1] // columns
    blocks = plane[:height * rows, :width * columns].reshape(height, rows, width, columns)
    return blocks.mean((1, 3))


def _round(plane: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
