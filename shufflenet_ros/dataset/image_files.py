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

"""Image files: which ones below a folder are, and what is in one. Labels are unknown here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

SUFFIXES = {'.jpg', '.jpeg', '.png', '.bmp', '.webp'}
SMALLEST_SIDE = 32
LARGEST_SHORT_SIDE = 320
"""More detail than any input size needs."""


def images_below(folder: Path) -> list[Path]:
    """Image files anywhere below a folder, by their suffix, in alphabetical order."""
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES)


def decode_image(content: bytes) -> np.ndarray | None:
    """Decode a file's bytes as BGR uint8 (height, width, 3), upright; None where they are none."""
    if not content:
        return None
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def read_image(path: Path) -> tuple[np.ndarray, str] | str:
    """
    Read a file as RGB uint8 (height, width, 3), and give its SHA-256; or say why it is unusable.

    Images with a short side above 320 pixels are shrunk to it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        return f'cannot be read ({error.strerror})'
    image = decode_image(content)
    if image is None:
        return 'not readable as an image'
    if min(image.shape[:2]) < SMALLEST_SIDE:
        return f'{image.shape[1]}x{image.shape[0]} pixels, under {SMALLEST_SIDE}'
    return cv2.cvtColor(_shrunk(image), cv2.COLOR_BGR2RGB), hashlib.sha256(content).hexdigest()


def _shrunk(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    scale = LARGEST_SHORT_SIDE / min(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
