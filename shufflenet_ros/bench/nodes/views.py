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

"""What the cameras of a benchmark show: views of a flight, the same each time."""

from __future__ import annotations

import cv2
import numpy as np
from shufflenet_ros.demo.image_sources import Flight

JPEG = 'jpeg'
PREPARED = 8
FLIGHT_S = 8.0
"""The prepared images are views of a flight of this length: all surfaces are among them."""
QUALITY = 95
"""Of a jpeg: the default of compressed_image_transport."""
JPEG_FORMAT = 'bgr8; jpeg compressed bgr8'


def prepared_views(width: int, height: int) -> list[np.ndarray]:
    """Give the images (BGR, uint8) in the order in which they are shown."""
    flight = Flight(width, height, FLIGHT_S)
    return [flight.view(second)[0]
            for second in np.linspace(0, FLIGHT_S, PREPARED, endpoint=False)]


def jpeg_of(view: np.ndarray) -> bytes:
    """Compress a view (BGR) as compressed_image_transport does by default."""
    return cv2.imencode('.jpg', view, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
