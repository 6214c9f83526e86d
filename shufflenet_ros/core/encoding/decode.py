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
Decode a frame: encoding, step and byte order to views of the message's bytes, never a copy.

One table holds every encoding of ``sensor_msgs`` that is an image (``image_encodings.hpp``), under
its old and its new name. ``layouts.py`` says what lies where in memory; jpeg and png become pixels
in ``compressed.py`` first.
"""

from __future__ import annotations

import re

import cv2
from shufflenet_ros.core.encoding.compressed import (
    decompress_with_size,
    DEPTH,
    EVERYTHING,
    NOT_AN_IMAGE,
)
from shufflenet_ros.core.encoding.layouts import (
    Bayer,
    CHROMA_OF_UYVY,
    CHROMA_OF_YUYV,
    LumaChroma,
    Macropixels,
    Mosaic,
    Packed,
    Pixels,
    SemiPlanar,
)
from shufflenet_ros.core.errors import UnsupportedEncodingError
from shufflenet_ros.core.frame import AnyFrame, CompressedFrame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.parts import View

ENCODINGS: dict[str, Packed | Macropixels | SemiPlanar | Bayer] = {
    'rgb8': Packed(3, None),
    'bgr8': Packed(3, cv2.COLOR_BGR2RGB),
    'rgba8': Packed(4, cv2.COLOR_RGBA2RGB),
    'bgra8': Packed(4, cv2.COLOR_BGRA2RGB),
    'mono8': Packed(1, cv2.COLOR_GRAY2RGB),
    # OpenCV's matrices have no colours by name, but its images are grey or BGR.
    '8UC1': Packed(1, cv2.COLOR_GRAY2RGB),
    '8UC3': Packed(3, cv2.COLOR_BGR2RGB),
    'rgb16': Packed(3, None, bits=16),
    'bgr16': Packed(3, cv2.COLOR_BGR2RGB, bits=16),
    'rgba16': Packed(4, cv2.COLOR_RGBA2RGB, bits=16),
    'bgra16': Packed(4, cv2.COLOR_BGRA2RGB, bits=16),
    'mono16': Packed(1, cv2.COLOR_GRAY2RGB, bits=16),
    'yuyv': Macropixels(CHROMA_OF_YUYV),
    'yuv422_yuy2': Macropixels(CHROMA_OF_YUYV),
    'uyvy': Macropixels(CHROMA_OF_UYVY),
    'yuv422': Macropixels(CHROMA_OF_UYVY),
    'nv12': SemiPlanar(2, cv2.COLOR_YUV2RGB_NV12),
    'nv21': SemiPlanar(2, cv2.COLOR_YUV2RGB_NV21),
    'nv24': SemiPlanar(1, cv2.COLOR_YUV2RGB_NV12),
    # OpenCV names a pattern by the second and third sample of its second row.
    'bayer_rggb8': Bayer((0, 0), cv2.COLOR_BayerBG2RGB),
    'bayer_bggr8': Bayer((1, 1), cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg8': Bayer((1, 0), cv2.COLOR_BayerGR2RGB),
    'bayer_grbg8': Bayer((0, 1), cv2.COLOR_BayerGB2RGB),
    'bayer_rggb16': Bayer((0, 0), cv2.COLOR_BayerBG2RGB, bits=16),
    'bayer_bggr16': Bayer((1, 1), cv2.COLOR_BayerRG2RGB, bits=16),
    'bayer_gbrg16': Bayer((1, 0), cv2.COLOR_BayerGR2RGB, bits=16),
    'bayer_grbg16': Bayer((0, 1), cv2.COLOR_BayerGB2RGB, bits=16),
}

MATRIX = re.compile(r'(8|16|32|64)[USF]C\d*')


def decode(frame: AnyFrame, geometry: Geometry | None = None) -> Pixels | LumaChroma | Mosaic:
    """
    View the frame's bytes as the samples of an image, after decompressing a jpeg or png.

    ``geometry``, where given, is what the preprocess will do with the image: a jpeg is then
    decoded at a fraction of its size that is fine enough for it. Raises UnsupportedEncodingError
    for an encoding outside ``ENCODINGS`` and FrameError where ``step`` or the length of ``data``
    contradict width, height and encoding, and for a compressed image that is damaged.
    """
    return decode_with_size(frame, geometry)[0]


def decode_with_size(
        frame: AnyFrame, geometry: Geometry | None = None, view: View = EVERYTHING,
) -> tuple[Pixels | LumaChroma | Mosaic, tuple[int, int]]:
    """
    Decode as :func:`decode`; with height and width of the image as it was sent.

    What was decoded is fine enough for each part of the ``view``.
    """
    if isinstance(frame, CompressedFrame):
        frame, size = decompress_with_size(frame, geometry, view)
    else:
        size = frame.height, frame.width
    layout = ENCODINGS.get(frame.encoding)
    if layout is None:
        raise UnsupportedEncodingError(
            f'encoding {frame.encoding!r} is not supported: {_reason(frame.encoding)}')
    return layout.view(frame), size


def _reason(encoding: str) -> str:
    if encoding in DEPTH:
        return NOT_AN_IMAGE
    if MATRIX.fullmatch(encoding):
        return ('it is a matrix whose channels have no colours; let its publisher name them, '
                'such as bgr8 or mono16')
    return f'use one of {", ".join(sorted(ENCODINGS))} (image_proc can convert the topic)'
