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
The families of image encodings: where the samples lie in a message, and views of them.

A layout says how rows, planes and patterns lie in memory; its ``view`` borrows a frame's bytes as
arrays and never copies. What makes RGB of them is only named here and applied by
:mod:`shufflenet_ros.core.preprocess` after the resize. This file knows no encoding by name.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Frame

CHROMA_OF_YUYV = slice(1, None, 2)
CHROMA_OF_UYVY = slice(0, None, 2)


@dataclass(frozen=True, slots=True)
class Pixels:
    """Pixels with all their channels side by side, and what makes RGB of them."""

    rows: np.ndarray
    """(height, width, channels), uint8, or uint16 of any byte order: the high byte counts."""
    to_rgb: int | None
    """OpenCV colour code that makes RGB of it, or None where it is RGB."""


@dataclass(frozen=True, slots=True)
class LumaChroma:
    """YUV whose colours are shared by blocks of pixels, BT.601 in limited range."""

    luma: np.ndarray
    """(height, width, 1), uint8, or uint16 with the luma as high byte."""
    chroma: np.ndarray
    """uint8 (height // rows of a block, width // columns of a block, channels)."""
    block: tuple[int, int]
    """Rows and columns of pixels that share one chroma."""
    uv: slice
    """Which channels of ``chroma`` are its two colours."""
    to_rgb: int
    """OpenCV colour code for both planes: NV12 where U comes first, NV21 where V does."""


@dataclass(frozen=True, slots=True)
class Mosaic:
    """The raw pixels of a sensor under a Bayer pattern."""

    rows: np.ndarray
    """(height, width), both even, uint8, or uint16 of any byte order: the high byte counts."""
    red: tuple[int, int]
    """Row and column of red in each 2x2 block; blue lies diagonally opposite."""
    to_rgb: int


@dataclass(frozen=True, slots=True)
class Packed:
    """One pixel after the other, of ``channels`` samples of 8 or 16 bits."""

    channels: int
    to_rgb: int | None
    bits: int = 8

    def view(self, frame: Frame) -> Pixels:
        """View all pixels; FrameError where step or data are too short."""
        shape = (frame.height, frame.width, self.channels)
        return Pixels(_view(frame, shape, _sample(self.bits, frame.is_bigendian)), self.to_rgb)


@dataclass(frozen=True, slots=True)
class Macropixels:
    """
    YUV 4:2:2: two pixels in four bytes, Y U Y V or U Y V Y.

    A pixel is seen as a 16-bit number whose high byte is the luma: OpenCV resizes such numbers
    as fast as bytes, and the chroma below them adds less than one level.
    """

    uv: slice

    def view(self, frame: Frame) -> LumaChroma:
        """View the macropixels; the last column of an odd width has no colour of its own."""
        height, pairs = _blocks(frame, 1, 2)
        luma_is_first = self.uv == CHROMA_OF_YUYV
        luma = _view(frame, (height, frame.width, 1), _sample(16, luma_is_first))
        chroma = _view(frame, (height, pairs, 4))
        return LumaChroma(luma, chroma, (1, 2), self.uv, cv2.COLOR_YUV2RGB_NV12)


@dataclass(frozen=True, slots=True)
class SemiPlanar:
    """
    A plane of luma, ``step * height`` bytes, then one of U V (or V U) pairs.

    A pair serves a ``block`` x ``block`` of pixels. The second plane has the same step where the
    block is 2 (4:2:0), and twice the step where it is 1 (4:4:4).
    """

    block: int
    to_rgb: int

    def view(self, frame: Frame) -> LumaChroma:
        """View both planes; the last row or column of an odd size needs no colour of its own."""
        block = (self.block, self.block)
        luma = _view(frame, (frame.height, frame.width, 1))
        chroma = _view(frame, (*_blocks(frame, *block), 2),
                       offset=frame.step * frame.height, step=frame.step * 2 // self.block)
        return LumaChroma(luma, chroma, block, slice(None), self.to_rgb)


@dataclass(frozen=True, slots=True)
class Bayer:
    """One sample of 8 or 16 bits a pixel, its colour given by its place in a 2x2 block."""

    red: tuple[int, int]
    to_rgb: int
    bits: int = 8

    def view(self, frame: Frame) -> Mosaic:
        """View the whole blocks: the last row or column of an odd size is left out."""
        rows, columns = _blocks(frame, 2, 2)
        samples = _view(frame, (2 * rows, 2 * columns, 1),
                        _sample(self.bits, frame.is_bigendian))
        return Mosaic(samples[:, :, 0], self.red, self.to_rgb)


def _sample(bits: int, is_bigendian: bool) -> np.dtype:
    return np.dtype(np.uint8 if bits == 8 else '>u2' if is_bigendian else '<u2')


def _blocks(frame: Frame, rows: int, columns: int) -> tuple[int, int]:
    blocks = frame.height // rows, frame.width // columns
    if 0 in blocks:
        raise FrameError(
            f'image of {frame.width}x{frame.height} pixels: {frame.encoding} comes in blocks of '
            f'{columns}x{rows} pixels and needs at least one; check the camera driver')
    return blocks


def _view(frame: Frame, shape: tuple[int, int, int], sample: np.dtype = np.dtype(np.uint8),
          offset: int = 0, step: int = 0) -> np.ndarray:
    height, width, channels = shape
    step = step or frame.step
    pixel_bytes = channels * sample.itemsize
    row_bytes = width * pixel_bytes
    if step < row_bytes:
        raise FrameError(
            f'step of {step} bytes is too short: {width} pixels of {frame.encoding} need '
            f'{row_bytes}; check the camera driver')
    buffer = np.frombuffer(frame.data, np.uint8)
    needed = offset + step * (height - 1) + row_bytes
    if buffer.size < needed:
        raise FrameError(
            f'truncated image: {buffer.size} bytes of data, but {height} rows of step {step} '
            f'{f"after {offset} bytes " if offset else ""}need {needed}; check the camera driver')
    return np.ndarray(shape, sample, buffer, offset, (step, pixel_bytes, sample.itemsize))
