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
Make the network's input of decoded pixels: crop first, then one resize, all in uint8.

This is the only preprocess: training, calibration, evaluation and the node use it, so a model
sees on the robot what it saw in training. Mean, scale and channel order are folded into the
model's first convolution; this file knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from shufflenet_ros.core.encoding.layouts import LumaChroma, Mosaic, Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.parts import Box

BAR = (114, 114, 114)
"""Colour of the bars of a letterbox: a grey near the mean of images."""


def preprocess(pixels: Pixels | LumaChroma | Mosaic, geometry: Geometry,
               part: Box | None = None) -> np.ndarray:
    """
    Crop, resize once (bilinear) and make RGB: uint8 tensor (1, height, width, 3).

    ``part`` is what is classified, in pixels of what was decoded: all of it by default.

    Bilinear without antialiasing at every scale: it is what the node can afford (0.1 ms), and
    using it everywhere keeps training and the robot alike.
    """
    crop = geometry.crop_of(part or Box(0, 0, *size_of(pixels)))
    height, width = geometry.scaled_size(crop.height, crop.width)
    rows = slice(crop.top, crop.bottom), slice(crop.left, crop.right)
    rgb = FAMILIES[type(pixels)](pixels, rows, height, width)
    return with_bars(rgb, geometry)[np.newaxis]


def size_of(pixels: Pixels | LumaChroma | Mosaic) -> tuple[int, int]:
    """Height and width of decoded pixels."""
    samples = pixels.luma if isinstance(pixels, LumaChroma) else pixels.rows
    height, width = samples.shape[:2]
    return height, width


def with_bars(rgb: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Centre an image of any dtype in the input: between bars where it does not fill it."""
    height, width = geometry.height - rgb.shape[0], geometry.width - rgb.shape[1]
    if not height and not width:
        return rgb
    return cv2.copyMakeBorder(rgb, height // 2, height - height // 2, width // 2,
                              width - width // 2, cv2.BORDER_CONSTANT, value=BAR)


def _packed(pixels: Pixels, crop: tuple[slice, slice], height: int, width: int) -> np.ndarray:
    resized = _resize(pixels.rows[crop], width, height)
    return resized if pixels.to_rgb is None else cv2.cvtColor(resized, pixels.to_rgb)


def _luma_chroma(pixels: LumaChroma, crop: tuple[slice, slice], height: int,
                 width: int) -> np.ndarray:
    """
    Resize the planes apart, the luma to the tensor's size and the chroma to half of it.

    The luma lands where a conversion before the resize would put it; resizing whole macropixels
    would displace it by up to half a pixel of the tensor, which costs accuracy.
    """
    luma = _resize(pixels.luma[crop], width, height)
    chroma = _resize(pixels.chroma[_blocks(crop, pixels.block)],
                     (width + 1) // 2, (height + 1) // 2)[:, :, pixels.uv]
    if height % 2 or width % 2:  # the conversion takes even sizes only
        luma = cv2.copyMakeBorder(luma, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    rgb = cv2.cvtColorTwoPlane(luma, chroma, pixels.to_rgb)
    return np.ascontiguousarray(rgb[:height, :width])


def _mosaic(pixels: Mosaic, crop: tuple[slice, slice], height: int, width: int) -> np.ndarray:
    """Make one pixel of each 2x2 block where enough are left, else interpolate the colours."""
    rows, columns = (slice(2 * part.start, 2 * part.stop) for part in _blocks(crop, (2, 2)))
    mosaic = pixels.rows[rows, columns]
    is_large = mosaic.shape[0] >= 2 * height and mosaic.shape[1] >= 2 * width
    if is_large or min(mosaic.shape) == 2:  # OpenCV makes black of a single row of blocks
        return _binned(mosaic, pixels.red, height, width)
    rgb = cv2.cvtColor(_high_bytes(mosaic), pixels.to_rgb)
    inner = (slice(part.start - whole.start, part.stop - whole.start)
             for part, whole in zip(crop, (rows, columns)))
    return _resize(rgb[tuple(inner)], width, height)


def _binned(mosaic: np.ndarray, red: tuple[int, int], height: int, width: int) -> np.ndarray:
    row, column = red
    pairs = mosaic.reshape(len(mosaic), -1, 2)  # a view: red and green, or green and blue
    red_row = cv2.split(_resize(pairs[row::2], width, height))
    blue_row = cv2.split(_resize(pairs[1 - row::2], width, height))
    green = cv2.addWeighted(red_row[1 - column], 0.5, blue_row[column], 0.5, 0.0)
    return cv2.merge([red_row[column], green, blue_row[1 - column]])


def _blocks(crop: tuple[slice, slice], block: tuple[int, int]) -> tuple[slice, ...]:
    """Rows and columns of blocks that hold the crop: at most a pixel more on each side."""
    return tuple(slice(part.start // side, -(-part.stop // side))
                 for part, side in zip(crop, block))


def _resize(rows: np.ndarray, width: int, height: int) -> np.ndarray:
    if rows.dtype != np.uint8:
        rows = np.require(rows, np.uint16, 'A')  # copies only foreign or unaligned samples
    # OpenCV 4.5.4 fails at a side of one pixel; the same pixel twice gives the same colours.
    for axis in (0, 1):
        if rows.shape[axis] == 1:
            rows = np.repeat(rows, 2, axis)
    return _high_bytes(cv2.resize(rows, (width, height), interpolation=cv2.INTER_LINEAR))


def _high_bytes(samples: np.ndarray) -> np.ndarray:
    return samples if samples.dtype == np.uint8 else (samples >> 8).astype(np.uint8)


FAMILIES: dict[type, Callable[..., np.ndarray]] = {
    Pixels: _packed, LumaChroma: _luma_chroma, Mosaic: _mosaic}
"""What decoding gives to the function that resizes it."""
