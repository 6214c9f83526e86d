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
The paper's analysis (section 3.2): what a unit costs, and how wide it may be for that.

A unit squeezes ``c`` channels to a bottleneck of ``m``, convolves 3x3 there and expands again, on
maps of ``h`` x ``w``. Multiply-adds: ``hw(2cm + 9m^2)`` for ResNet, ``hw(2cm + 9m^2/g)`` for
ResNeXt and ``hw(2cm/g + 9m)`` for ShuffleNet with ``g`` groups.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from shufflenet_ros.architecture.variant import UNITS
from shufflenet_ros.core.errors import ConfigurationError

WIDEST = 1 << 16
"""Channels beyond which nothing is searched."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A kind of unit; ``multiple`` is what its bottleneck must be divisible by."""

    name: str
    formula: str
    pointwise_groups: int = 1
    spatial_groups: int = 1
    """Groups of the 3x3 convolution; 0 where every channel is one (depthwise)."""

    @property
    def multiple(self) -> int:
        """Smallest step of the bottleneck's width."""
        return max(self.pointwise_groups, self.spatial_groups, 1)

    def cost(self, c: float, h: int, w: int, m: float) -> float:
        """Multiply-adds of a unit of stride 1."""
        return h * w * (2 * c * m / self.pointwise_groups + self._spatial(m))

    def cost_of_first(self, inputs: float, outputs: float, h: int, w: int, m: float,
                      grouped_input: bool = True) -> float:
        """
        Multiply-adds of the unit with stride 2 that opens a stage, on maps of ``h`` x ``w`` out.

        It halves maps of twice that size and concatenates the averaged input: the branch adds
        ``outputs - inputs`` channels.
        """
        groups = self.pointwise_groups
        compress = 4 * inputs * m / (groups if grouped_input else 1)
        return h * w * (compress + self._spatial(m) + m * (outputs - inputs) / groups)

    def _spatial(self, m: float) -> float:
        return 9 * m * m / (self.spatial_groups or m)


def structures(groups: int) -> tuple[Structure, Structure, Structure]:
    """Give the three units that the paper compares, with that many groups."""
    return (Structure('ResNet', 'hw(2cm + 9m^2)'),
            Structure('ResNeXt', 'hw(2cm + 9m^2/g)', 1, groups),
            Structure('ShuffleNet', 'hw(2cm/g + 9m)', groups, 0))


def widest_bottleneck(structure: Structure, c: int, h: int, w: int, budget: float) -> int:
    """Largest ``m`` of a unit with ``c`` channels within a budget of multiply-adds; 0 for none."""
    widths = range(structure.multiple, WIDEST, structure.multiple)
    count = bisect_right(widths, budget, key=lambda m: structure.cost(c, h, w, m))
    return count * structure.multiple


def widest_unit(structure: Structure, h: int, w: int, budget: float) -> int:
    """Largest ``c`` of a unit with a bottleneck of ``c / 4`` within a budget; 0 for none."""
    step = 4 * structure.multiple
    count = bisect_right(range(step, WIDEST, step), budget,
                         key=lambda c: structure.cost(c, h, w, c / 4))
    return count * step


def widest_network(structure: Structure, stem: int, classes: int, height: int, width: int,
                   budget: float) -> int:
    """
    Find the largest stage 2 (channels) whose whole network stays within a budget.

    The networks have stem, stages and classifier of ShuffleNet, other units, and bottlenecks of a
    quarter (the paper's table 4 compares structures so). Raises ConfigurationError where even the
    narrowest one costs more.
    """
    step = 4 * structure.multiple
    # Stage 2 concatenates the stem's channels, so it cannot have fewer.
    widths = range(-(-(stem + 1) // step) * step, WIDEST, step)
    count = bisect_right(widths, budget, key=lambda c: network_cost(
        structure, stem, c, classes, height, width))
    if not count:
        least = network_cost(structure, stem, widths[0], classes, height, width)
        raise ConfigurationError(
            f'a budget of {budget / 1e6:g} M multiply-adds is too small for {structure.name} '
            f'units: the narrowest network takes {least / 1e6:.1f} M; raise it or take a smaller '
            'image')
    return widths[count - 1]


def network_cost(structure: Structure, stem: float, stage2: float, classes: int,
                 height: int = 224, width: int = 224) -> float:
    """Multiply-adds of a whole network, by the formulas alone; ``classes`` 0 for no classifier."""
    h, w = _half(height), _half(width)
    cost = 27 * stem * h * w
    h, w = _half(h), _half(w)
    inputs = stem
    for stage, count in enumerate(UNITS):
        outputs = stage2 * 2 ** stage
        m = outputs / 4
        # Where the input is odd the compress convolution sees fewer than four pixels for one.
        odd = (4 * _half(h) * _half(w) - h * w) * inputs * m
        h, w = _half(h), _half(w)
        cost += structure.cost_of_first(inputs, outputs, h, w, m, grouped_input=stage > 0)
        cost -= odd / (structure.pointwise_groups if stage else 1)
        cost += (count - 1) * structure.cost(outputs, h, w, m)
        inputs = outputs
    return cost + inputs * classes


def _half(side: int) -> int:
    return -(-side // 2)
