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
Images in memory, many of them in bounded space; in grey; and through the preprocess.

All are RGB uint8 (height, width, 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from shufflenet_ros.core.encoding.layouts import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess

RAW_BYTES = 2 ** 30
"""Kept as pixels; images beyond are kept as JPEG: 20,000 images take 2.5 GB."""
JPEG_QUALITY = 95


class Images:
    """A sequence in bounded memory: the first GiB as pixels, the rest as JPEG of quality 95."""

    def __init__(self, raw_bytes: int = RAW_BYTES) -> None:
        self._left = raw_bytes
        self._kept: list[np.ndarray] = []

    def append(self, image: np.ndarray) -> None:
        """Keep an RGB uint8 image (height, width, 3)."""
        if image.nbytes <= self._left:
            self._left -= image.nbytes
        else:
            image = cv2.imencode('.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
                                 (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1]
        self._kept.append(image)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, index: int) -> np.ndarray:
        kept = self._kept[index]
        if kept.ndim == 3:
            return kept
        image = cv2.imdecode(kept, cv2.IMREAD_COLOR)
        assert image is not None  # it was encoded here
        return image[:, :, ::-1]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[index] for index in range(len(self)))

    @property
    def nbytes(self) -> int:
        """Memory (bytes) that the images take."""
        return sum(kept.nbytes for kept in self._kept)

    def select(self, indices: Sequence[int]) -> Images:
        """Select images, in that order, sharing their memory."""
        selected = Images(0)
        selected._kept = [self._kept[index] for index in indices]
        return selected


def in_grey(image: np.ndarray) -> np.ndarray:
    """Show an RGB image as a mono camera would see it; same shape."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def preprocessed(images: Iterable[np.ndarray], geometry: Geometry) -> Iterator[np.ndarray]:
    """Pass RGB images of any size through the one preprocess: uint8 (1, height, width, 3) each."""
    return (preprocess(Pixels(image, None), geometry) for image in images)
