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
Which frames are worth a label: those that come late enough, and show something new.

Stamps and images in, yes or no out; bags and files are unknown here.
"""

from __future__ import annotations

import cv2
import numpy as np
from shufflenet_ros.dataset.similarity import contrast, FREQUENCIES, signature, texture

PLAIN = 0.5
"""
Contrast (grey levels at 32x32) under which an image shows nothing that it could be compared by.

A covered lens has 0.2 to 0.4, which is noise; of 600 images of surfaces one is that low.
"""
STANDS_STILL = 1000
"""Times that the recording went on faster than a stamp that counts frames, or nothing."""
SAME_COLOUR = 16
"""Levels by which the mean colours of two plain images may differ in each channel."""


class RateLimiter:
    """
    Lets one frame of each topic pass in a given time.

    Stamps that stand still, as those of a driver without a clock do, are no time: there the time
    of recording counts.
    """

    def __init__(self, every_ns: int) -> None:
        """``every_ns`` is 0 where each frame may pass."""
        self._every_ns = every_ns
        self._last_ns: dict[str, tuple[int, int]] = {}

    def is_due(self, topic: str, stamp_ns: int, received_ns: int) -> bool:
        """Whether a frame is far enough from the last one taken; a clock set back is followed."""
        if topic not in self._last_ns or self.stands_still(topic, stamp_ns, received_ns):
            return True
        return abs(stamp_ns - self._last_ns[topic][0]) >= self._every_ns

    def stands_still(self, topic: str, stamp_ns: int, received_ns: int) -> bool:
        """Whether it is time for a frame by the recording, but its stamp has hardly moved."""
        last_ns, last_received_ns = self._last_ns.get(topic, (stamp_ns, received_ns))
        recorded_ns = received_ns - last_received_ns
        return (recorded_ns > 0 and recorded_ns >= self._every_ns
                and abs(stamp_ns - last_ns) * STANDS_STILL <= recorded_ns)

    def take(self, topic: str, stamp_ns: int, received_ns: int) -> None:
        """Count the time from this frame on."""
        self._last_ns[topic] = stamp_ns, received_ns


class SeenImages:
    """
    The images that are there already, as what they are compared by: 1 KiB each.

    Plain images (a covered lens, a white wall) have only noise for a texture, by which no two
    would be near-duplicates. They are compared by their colour.
    """

    def __init__(self, min_similarity: float | None) -> None:
        """``min_similarity`` is that of the signatures of near-duplicates; None finds none."""
        self._min_similarity = min_similarity
        self._signatures = _Rows(FREQUENCIES ** 2)
        self._colours = _Rows(3)

    def has_near_duplicate(self, image: np.ndarray) -> bool:
        """Whether an image like this one, BGR uint8 (height, width, 3), is there."""
        if self._min_similarity is None:
            return False
        known, features = self._features(image)
        if known is self._colours:
            return bool((np.abs(known.filled - features) < SAME_COLOUR).all(1).any())
        return bool((known.filled @ features >= self._min_similarity).any())

    def add(self, image: np.ndarray) -> None:
        """Remember an image, BGR uint8 (height, width, 3)."""
        if self._min_similarity is not None:
            known, features = self._features(image)
            known.append(features)

    def _features(self, image: np.ndarray) -> tuple[_Rows, np.ndarray]:
        found = texture(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        if contrast(found) < PLAIN:
            return self._colours, np.array(cv2.mean(image)[:3], np.float32)
        return self._signatures, signature(found).reshape(-1)


class _Rows:
    """A float32 table that grows at its end."""

    def __init__(self, width: int) -> None:
        self._table: np.ndarray = np.empty((64, width), np.float32)
        self._count = 0

    @property
    def filled(self) -> np.ndarray:
        return self._table[:self._count]

    def append(self, row: np.ndarray) -> None:
        if self._count == len(self._table):
            self._table = np.concatenate([self._table, np.empty_like(self._table)])
        self._table[self._count] = row
        self._count += 1
