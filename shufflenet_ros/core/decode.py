"""
Encoding, step and byte order to rows of pixels: a view of the message's bytes, never a copy.

One table holds every encoding. The conversion to RGB is only named here: it is cheaper on the
small tensor after the resize, so :mod:`shufflenet_ros.core.preprocess` applies it there. This
file knows nothing of models.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shufflenet_ros.core.errors import FrameError, UnsupportedEncodingError
from shufflenet_ros.core.types import Frame


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the pixels of one ``sensor_msgs`` encoding lie in memory."""

    channels: int
    to_rgb: int | None
    """OpenCV colour code that makes RGB of it, or None where it is RGB."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """
    Rows as they lie in the message, and what makes RGB of them.

    ``rows`` is uint8 of shape (height, width, channels), with strides (step, channels, 1).
    """

    rows: np.ndarray
    to_rgb: int | None


ENCODINGS = {
    'rgb8': Encoding(3, None),
    'bgr8': Encoding(3, cv2.COLOR_BGR2RGB),
    'mono8': Encoding(1, cv2.COLOR_GRAY2RGB),
}


def decode(frame: Frame) -> Pixels:
    """
    View the frame's bytes as rows of pixels.

    Raises UnsupportedEncodingError for an encoding outside ``ENCODINGS`` and FrameError where
    ``step`` or the length of ``data`` contradict width, height and encoding.
    """
    encoding = ENCODINGS.get(frame.encoding)
    if encoding is None:
        raise UnsupportedEncodingError(
            f'encoding {frame.encoding!r} is not supported: use one of '
            f'{", ".join(sorted(ENCODINGS))} (image_proc can convert the topic)')
    row_bytes = frame.width * encoding.channels
    if frame.step < row_bytes:
        raise FrameError(
            f'step of {frame.step} bytes is too short: {frame.width} pixels of '
            f'{frame.encoding} need {row_bytes}; check the camera driver')
    buffer = np.frombuffer(frame.data, np.uint8)
    needed = frame.step * (frame.height - 1) + row_bytes
    if buffer.size < needed:
        raise FrameError(
            f'truncated image: {buffer.size} bytes of data, but {frame.height} rows of '
            f'step {frame.step} need {needed}; check the camera driver')
    rows = np.ndarray((frame.height, frame.width, encoding.channels), np.uint8, buffer,
                      strides=(frame.step, encoding.channels, 1))
    return Pixels(rows, encoding.to_rgb)
