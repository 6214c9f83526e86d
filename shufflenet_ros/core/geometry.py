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
What part of an image the network sees, and at which size.

A model's card holds it; this file imports no OpenCV, so that an engine alone need not load it.
"""

from __future__ import annotations

from dataclasses import dataclass

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Box

SMALLEST_SIDE = 32
"""The network halves the image five times."""
LARGEST_SIDE = 2048
"""Of a network's input; one of ImageNet has 224."""
RESIZE_MODES = ('crop', 'squash', 'letterbox')
"""How a part of an image that has not the shape of the input becomes one that has."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """
    What part of the image the network sees, and at which size.

    ``crop_fraction`` is the height of the centred crop as a share of the largest centred
    rectangle with the aspect ratio of the input: 1.0 takes all of it, 0.875 is the customary
    "resize to 256, crop 224" of ImageNet in one step.

    ``resize_mode`` says what becomes of the rest: ``crop`` leaves it out, as above; ``squash``
    stretches all of the image to the input; ``letterbox`` keeps its shape, scaled so that all of
    it is seen, between bars. ``crop_fraction`` is then the share of both its sides.
    """

    height: int
    width: int
    crop_fraction: float = 0.875
    resize_mode: str = 'crop'

    def __post_init__(self) -> None:
        if self.height < SMALLEST_SIDE or self.width < SMALLEST_SIDE:
            raise ConfigurationError(
                f'input of {self.width}x{self.height} pixels: the network halves the image five '
                'times and needs at least 32x32')
        if not 0.0 < self.crop_fraction <= 1.0:
            raise ConfigurationError(
                f'crop_fraction {self.crop_fraction!r}: expected above 0 and at most 1')
        if self.resize_mode not in RESIZE_MODES:
            raise ConfigurationError(
                f'resize_mode {self.resize_mode!r}: expected one of {", ".join(RESIZE_MODES)}')

    def __str__(self) -> str:
        """Give the size, and the mode where it is not ``crop``: ``160x160 letterbox``."""
        mode = '' if self.resize_mode == RESIZE_MODES[0] else f' {self.resize_mode}'
        return f'{self.width}x{self.height}{mode}'

    def region(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Top, left, height and width (pixels) of the centred crop of an image."""
        if self.resize_mode == 'crop':
            scale = min(height / self.height, width / self.width) * self.crop_fraction
            crop_height = max(1, round(self.height * scale))
            crop_width = max(1, round(self.width * scale))
        else:
            crop_height = max(1, round(height * self.crop_fraction))
            crop_width = max(1, round(width * self.crop_fraction))
        return (height - crop_height) // 2, (width - crop_width) // 2, crop_height, crop_width

    def crop_of(self, part: Box) -> Box:
        """Give what the network sees of a part of an image, in pixels of that image."""
        top, left, height, width = self.region(part.height, part.width)
        return Box(part.top + top, part.left + left, height, width)

    def scaled_size(self, height: int, width: int) -> tuple[int, int]:
        """Give height and width, in the input, of a crop of that size: less only between bars."""
        if self.resize_mode != 'letterbox':
            return self.height, self.width
        scale = min(self.height / height, self.width / width)
        return (min(self.height, max(1, round(height * scale))),
                min(self.width, max(1, round(width * scale))))


def input_geometry(height: int, width: int, crop_fraction: float,
                   resize_mode: str = 'crop') -> Geometry:
    """Give the geometry of a network's input; ConfigurationError for a side above the largest."""
    if max(height, width) > LARGEST_SIDE:
        raise ConfigurationError(f'input of {width}x{height} pixels: expected at most '
                                 f'{LARGEST_SIDE} pixels in each direction')
    return Geometry(height, width, crop_fraction, resize_mode)
