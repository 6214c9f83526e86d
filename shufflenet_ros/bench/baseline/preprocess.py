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
The usual methods from a camera's image to a tensor, as tutorials and common nodes have them.

Ours is timed against them. All process the whole image at some step, which is what takes time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import with_bars

Method = Callable[[Frame, Geometry], np.ndarray]
"""From a frame without padding to a tensor of the geometry's size."""
MEAN, STD = (np.array(values, np.float32) for values in (
    (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
CODES = {
    'rgb8': None, 'bgr8': cv2.COLOR_BGR2RGB, 'rgba8': cv2.COLOR_RGBA2RGB,
    'bgra8': cv2.COLOR_BGRA2RGB, 'mono8': cv2.COLOR_GRAY2RGB, 'rgb16': None,
    'mono16': cv2.COLOR_GRAY2RGB, 'yuyv': cv2.COLOR_YUV2RGB_YUY2, 'uyvy': cv2.COLOR_YUV2RGB_UYVY,
    'nv12': cv2.COLOR_YUV2RGB_NV12, 'nv21': cv2.COLOR_YUV2RGB_NV21,
    'bayer_rggb8': cv2.COLOR_BayerBG2RGB, 'bayer_rggb16': cv2.COLOR_BayerBG2RGB}
"""Encoding to the conversion that makes RGB of it; OpenCV has none for nv24."""
CHANNELS = {'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4, 'rgb16': 3, 'yuyv': 2, 'uyvy': 2}


def convert_first(frame: Frame, geometry: Geometry) -> np.ndarray:
    """Make RGB of the whole image, then as the geometry says: uint8 (1, height, width, 3)."""
    rows, code = _rows(frame), CODES[frame.encoding]
    rgb = rows if code is None else cv2.cvtColor(rows, code)
    top, left, height, width = geometry.region(frame.height, frame.width)
    crop = rgb[top:top + height, left:left + width]
    scaled = geometry.scaled_size(height, width)
    return with_bars(cv2.resize(crop, scaled[::-1]), geometry)[np.newaxis]


def resize_whole(frame: Frame, geometry: Geometry) -> np.ndarray:
    """Resize the whole image, whatever its shape, and leave it uint8."""
    return _whole(frame, geometry, cv2.INTER_LINEAR)[np.newaxis]


def normalize(frame: Frame, geometry: Geometry, interpolation: int) -> np.ndarray:
    """Resize the whole image, then scale to floats: float32 (1, 3, height, width)."""
    rgb = _whole(frame, geometry, interpolation)
    return ((rgb.astype(np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)[np.newaxis].copy()


def blob(frame: Frame, geometry: Geometry) -> np.ndarray:
    """
    Crop, then let OpenCV's dnn module do the rest: float32 (1, 3, height, width).

    That module makes no bars: raises ConfigurationError for ``letterbox``.
    """
    if geometry.resize_mode == 'letterbox':
        raise ConfigurationError('blob_from_crop: OpenCV makes no bars; expected resize_mode crop '
                                 'or squash')
    top, left, height, width = geometry.region(frame.height, frame.width)
    crop = _rows(frame)[top:top + height, left:left + width]
    return cv2.dnn.blobFromImage(crop, 1 / 57, (geometry.width, geometry.height),
                                 (104, 116, 124), swapRB=True)


def methods_for(encoding: str, resize_mode: str = 'crop') -> dict[str, Method]:
    """
    Name in the results to method, for one encoding; bgr8, that of most cameras, has more.

    What cannot do the ``resize_mode`` is left out.
    """
    found: dict[str, Method] = {'convert_first': convert_first} if encoding in CODES else {}
    if encoding == 'bgr8':
        found |= {'resize_whole': resize_whole, 'blob_from_crop': blob,
                  'normalize': partial(normalize, interpolation=cv2.INTER_LINEAR),
                  'normalize_area': partial(normalize, interpolation=cv2.INTER_AREA)}
    if resize_mode == 'letterbox':
        found.pop('blob_from_crop', None)
    return found


def _whole(frame: Frame, geometry: Geometry, interpolation: int) -> np.ndarray:
    resized = cv2.resize(_rows(frame), (geometry.width, geometry.height),
                         interpolation=interpolation)
    return cv2.cvtColor(resized, cv2.COLOR_BGR2RGB)


def _rows(frame: Frame) -> np.ndarray:
    """View the samples; 16 bits by their high bytes."""
    if frame.encoding.endswith('16'):
        wide = np.frombuffer(frame.data, '>u2' if frame.is_bigendian else '<u2')
        samples = (wide >> 8).astype(np.uint8)
    else:
        samples = np.frombuffer(frame.data, np.uint8)
    channels = CHANNELS.get(frame.encoding, 1)
    shape = (-1, frame.width) if channels == 1 else (-1, frame.width, channels)
    return samples.reshape(shape)
