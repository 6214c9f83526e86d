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
The complexities that the paper prints, beside those of our networks, and why they differ.

Figures of arXiv 1707.01083v2: table 1 has one complexity for each number of groups at 1x, table 2
one for each width. Both are in millions of multiply-adds at 224x224.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shufflenet_ros.architecture.costs import network_cost, structures
from shufflenet_ros.architecture.layers import layers_of, totals
from shufflenet_ros.architecture.variant import STAGE2_CHANNELS, Variant

TABLE_1 = {1: 143, 2: 140, 3: 137, 4: 133, 8: 137}
TABLE_2 = {0.5: 38, 0.25: 13}
STEM = {1.0: 24, 0.5: 12, 0.25: 12}
"""First convolution (channels) with which the paper's figure of each width comes out."""
CLOSE = 0.01
REASONS = {
    'classifier': 'table 1 leaves the classifier out: without it each g comes out as printed',
    'one figure': 'table 2 prints one complexity for all g of a width, that of g=1',
    'stem': '13 M at 0.25x come out with a first convolution of 12 channels, as at 0.5x; ours has '
            '24 times the width, rounded up to a multiple of g (6, and 8 for g=4 and g=8; at 0.5x '
            '16 for g=8, as the authors published it)',
    'multiple': 'the bottleneck must divide into g groups: 100 channels become 104 at 0.5x of '
                'g=2, 136 become 144 of g=4; 50, 68 become 48, 64 at 0.25x',
    'rounding': 'the paper prints whole millions'}
"""Choices of the paper, and of ours where it leaves no whole groups, that explain a difference."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One variant: multiply-adds of the paper, of our network, and ours by the paper's choices."""

    variant: Variant
    paper: int
    ours: int
    by_its_choices: float
    """Without classifier, with the paper's stem, and with channels as they come."""
    reasons: tuple[str, ...]
    """Keys of ``REASONS``."""

    @property
    def difference(self) -> float:
        """Ours against the paper's, as a share of the paper's."""
        return self.ours / self.paper - 1

    @property
    def remaining(self) -> float:
        """What is left of the difference by the paper's choices."""
        return self.by_its_choices / self.paper - 1


def paper_rows() -> Iterator[PaperRow]:
    """Compare every number of groups at 1x, 0.5x and 0.25x."""
    for width in STEM:
        for groups in STAGE2_CHANNELS:
            variant = Variant(groups, width)
            millions = TABLE_1[groups] if width == 1.0 else TABLE_2[width]
            by_its_choices = network_cost(
                structures(groups)[2], STEM[width], STAGE2_CHANNELS[groups] * width, 0)
            ours = totals(layers_of(variant)).multiply_adds
            yield PaperRow(variant, millions * 10 ** 6, ours, by_its_choices,
                           tuple(_reasons(variant, ours, by_its_choices, millions)))


def _reasons(variant: Variant, ours: int, by_its_choices: float, millions: int) -> Iterator[str]:
    if variant.stem_channels != STEM[variant.width]:
        yield 'stem'
    if variant.stage_channels[0] != STAGE2_CHANNELS[variant.groups] * variant.width:
        yield 'multiple'
    yield 'classifier'
    rounded = [round(count / 1e6) for count in (ours, by_its_choices)]
    if millions in rounded:
        yield 'rounding'
    if rounded[1] != millions:
        yield 'one figure'
