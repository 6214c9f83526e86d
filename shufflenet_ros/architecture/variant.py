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
The members of the family: channels of each stage for a number of groups and a width.

Zhang, Zhou, Lin, Sun: "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile
Devices", CVPR 2018 (arXiv 1707.01083), table 1. This file knows shapes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

STAGE2_CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
"""Output channels of stage 2 at width 1x for each number of groups (table 1)."""
STEM_CHANNELS = {0.25: 6, 0.5: 12, 0.75: 18, 1.0: 24, 1.5: 24, 2.0: 48}
"""
Channels of the first convolution for each width.

From 0.5x on as in the authors' published networks (there is no 0.75x of theirs); below 1x, 24
times the width.
"""
UNITS = (4, 8, 4)
"""Units of stages 2, 3 and 4 (table 1)."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One network of the paper: number of groups, and width ("0.5x" is 0.5)."""

    groups: int = 3
    width: float = 0.5

    def __post_init__(self) -> None:
        if self.groups not in STAGE2_CHANNELS or self.width not in STEM_CHANNELS:
            raise ValueError(
                f'no ShuffleNet with groups={self.groups!r} and width={self.width!r}: the paper '
                f'has groups {list(STAGE2_CHANNELS)}, and widths here are {list(STEM_CHANNELS)}')

    def __str__(self) -> str:
        return f'{self.width:g}x g={self.groups}'

    @property
    def stem_channels(self) -> int:
        """Channels after the first convolution, a multiple of the groups (16 for 0.5x, g=8)."""
        return -(-STEM_CHANNELS[self.width] // self.groups) * self.groups

    @property
    def stage_channels(self) -> tuple[int, int, int]:
        """
        Output channels of stages 2, 3 and 4.

        The bottleneck is a quarter of stage 2 and must divide into groups: widths that do not
        (0.5x of g=2 and g=4, ...) are rounded to the nearest multiple of 4 g, halves up.
        """
        multiple = 4 * self.groups
        first = floor(STAGE2_CHANNELS[self.groups] * self.width / multiple + 0.5) * multiple
        return first, 2 * first, 4 * first
