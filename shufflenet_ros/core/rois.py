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
Which boxes of a detector are classified, and which part of the image each of them is.

Boxes come as they were sent: with any numbers, rotated, or half outside of the image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, floor, isfinite, sin
from typing import NamedTuple

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Box, clipped, Part

REPLACE, APPEND = 'replace', 'append'
HYPOTHESES = (REPLACE, APPEND)
"""What becomes of the detector's own hypotheses: ours come in their place, or after them."""
NOT_FINITE, NO_AREA, OUTSIDE, TOO_SMALL = (
    'without finite numbers', 'without an area', 'outside the image', 'smaller than rois_min_px')
"""Why a box is refused."""


class RoiBox(NamedTuple):
    """
    A rectangle as a detector sends it, in pixels of the image (``vision_msgs/BoundingBox2D``).

    ``x`` and ``y`` are its middle; ``theta`` (radians) is how far it is turned about that.
    """

    x: float
    y: float
    width: float
    height: float
    theta: float = 0.0


@dataclass(frozen=True, slots=True)
class RoiSettings:
    """How images and boxes are joined, and which boxes are classified."""

    tolerance_ms: float = 0.0
    """How far the stamps of an image and its boxes may differ."""
    wait_s: float = 1.0
    """How long one of them waits for the other, and both for a worker."""
    memory_mb: float = 256.0
    """Of the images that wait: beyond it the oldest are let go."""
    margin: float = 0.0
    """Added to a box at each side, as a share of its width or height."""
    min_px: int = 8
    """A box whose width or height within the image is less is refused."""
    most: int = 100
    """Of one message: the largest are classified."""
    max_ms: float = 20.0
    """Once an image with its boxes has been at work for so long, no further box is begun."""
    hypotheses: str = REPLACE

    def __post_init__(self) -> None:
        if self.hypotheses not in HYPOTHESES:
            raise ConfigurationError(f'rois_hypotheses: {self.hypotheses!r}, expected one of '
                                     f'{", ".join(HYPOTHESES)}')


@dataclass(frozen=True, slots=True)
class Chosen:
    """The boxes that are to be classified, the largest first, and what became of the others."""

    indices: list[int] = field(default_factory=list)
    """Which of the detector's boxes they are."""
    parts: list[Part] = field(default_factory=list)
    left_out: int = 0
    """Beyond the highest number of boxes."""
    refused: Counter[str] = field(default_factory=Counter)
    """Reason to the number of boxes that are refused for it."""


def choose(boxes: Sequence[RoiBox], ids: Sequence[str], height: int, width: int,
           settings: RoiSettings) -> Chosen:
    """Choose from the boxes of an image of that size; of boxes of one size the first ones."""
    refused: Counter[str] = Counter()
    found: list[tuple[int, Box]] = []
    for index, roi in enumerate(boxes):
        box = part_of(roi, height, width, settings)
        if isinstance(box, Box):
            found.append((index, box))
        else:
            refused[box] += 1
    found.sort(key=lambda one: -one[1].height * one[1].width)
    kept = found[:settings.most]
    return Chosen([index for index, _ in kept], [Part(ids[index], box) for index, box in kept],
                  len(found) - len(kept), refused)


def part_of(roi: RoiBox, height: int, width: int, settings: RoiSettings) -> Box | str:
    """Give the pixels of a box in an image of that size, or why it is refused."""
    if not all(isfinite(number) for number in roi):
        return NOT_FINITE
    if roi.width <= 0 or roi.height <= 0:
        return NO_AREA
    across, down = _upright(roi)
    if not (_overlaps(roi.x, across, width) and _overlaps(roi.y, down, height)):
        return OUTSIDE
    seen = _pixels(roi, across, down, height, width)
    if seen is None or min(seen.height, seen.width) < settings.min_px:
        return TOO_SMALL
    share = 1.0 + 2.0 * settings.margin
    return _pixels(roi, across * share, down * share, height, width) or seen


def _upright(roi: RoiBox) -> tuple[float, float]:
    """Width and height of the upright rectangle around a box."""
    if not roi.theta:
        return roi.width, roi.height
    cosine, sine = abs(cos(roi.theta)), abs(sin(roi.theta))
    return roi.width * cosine + roi.height * sine, roi.width * sine + roi.height * cosine


def _overlaps(middle: float, size: float, length: int) -> bool:
    return middle + size / 2 > 0 and middle - size / 2 < length


def _pixels(roi: RoiBox, across: float, down: float, height: int, width: int) -> Box | None:
    left, right = _span(roi.x, across, width)
    top, bottom = _span(roi.y, down, height)
    return clipped(Box(top, left, bottom - top, right - left), height, width)


def _span(middle: float, size: float, length: int) -> tuple[int, int]:
    """First pixel and the one after the last: the edges between pixels that are nearest."""
    first, last = middle - size / 2, middle + size / 2
    return (floor(min(max(first, 0.0), length) + 0.5),
            floor(min(max(last, 0.0), length) + 0.5))
