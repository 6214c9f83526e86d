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
Find near-duplicates: copies of an image, re-encoded, resized, recoloured, mirrored, turned.

Two images are near-duplicates where the product of their signatures (``similarity.py``) reaches
``ALIKE``. Mirroring an image changes the signs of odd frequencies, and turning it transposes
them, so every flip and quarter turn costs one more matrix product and no more decoding.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from shufflenet_ros.dataset.similarity import ALIKE, FREQUENCIES, signature, texture

BLOCK = 1024
"""Rows compared at a time: bounds the memory for 20,000 images to 80 MB a product."""
_ORDER = np.arange(FREQUENCIES)
_MIRROR = np.where(_ORDER % 2, -1, 1).astype(np.float32)


def signatures(images: Iterable[np.ndarray]) -> np.ndarray:
    """Signatures, float32 (images, 16, 16), of RGB images (height, width, 3)."""
    found = [signature(texture(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))) for image in images]
    return np.stack(found) if found else np.zeros((0, FREQUENCIES, FREQUENCIES), np.float32)


def near_duplicates(found: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of images (first, second), first < second, whose signatures are alike in some turn."""
    flat = found.reshape(len(found), -1)
    pairs: set[tuple[int, int]] = set()
    for turned in _turns(found):
        for start in range(0, len(flat), BLOCK):
            # Only images from ``start`` on: each pair is seen once, as every turn has an inverse.
            alike = flat[start:start + BLOCK] @ turned[start:].T >= ALIKE
            for row, column in zip(*np.nonzero(alike)):
                if row < column:
                    pairs.add((int(row) + start, int(column) + start))
    return sorted(pairs)


def groups(count: int, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    """Give the images numbers (count,) so that near-duplicates, and theirs, share a number."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, second in pairs:
        one, other = sorted((root(first), root(second)))
        parent[other] = one
    return np.array([root(index) for index in range(count)], np.int64)


def _turns(found: np.ndarray) -> Iterable[np.ndarray]:
    for base in (found, found.transpose(0, 2, 1)):
        for down in (1, _MIRROR[:, np.newaxis]):
            for across in (1, _MIRROR):
                yield np.ascontiguousarray(base * down * across).reshape(len(found), -1)
