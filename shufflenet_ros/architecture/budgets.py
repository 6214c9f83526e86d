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

"""What units of ResNet, ResNeXt and ShuffleNet cost, and how wide each may be for a budget."""

from __future__ import annotations

from dataclasses import dataclass

from shufflenet_ros.architecture.costs import (
    structures,
    widest_bottleneck,
    widest_network,
    widest_unit,
)
from shufflenet_ros.architecture.layers import Layer
from shufflenet_ros.architecture.variant import UNITS, Variant

Shape = tuple[int, int, int]
"""Channels, height and width of the maps that a unit takes and gives."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One kind of unit on maps of one shape."""

    structure: str
    formula: str
    groups: int
    multiply_adds: int
    """With a bottleneck of a quarter of the channels."""
    budget: int
    widest_m: int
    """Channels of the widest bottleneck within the budget; 0 for none."""
    widest_c: int
    """Channels of the widest unit within the budget, with a bottleneck of a quarter; or 0."""


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """The widest whole network of one kind of unit."""

    structure: str
    budget: int
    stages: Shape
    """Channels of stages 2, 3 and 4."""


def unit_of_stage3(layers: tuple[Layer, ...]) -> Shape:
    """Find the shape of the units of stage 3 with stride 1."""
    last = next(layer for layer in layers if layer.name == f'units.{sum(UNITS[:2]) - 1}.add')
    return last.channels, last.height, last.width


def unit_rows(groups: int, shape: Shape, budget: float = 0.0) -> list[UnitRow]:
    """Compare the kinds of units; the budget is by default what ShuffleNet's takes."""
    c, h, w = shape
    kinds = structures(groups)
    budget = budget or kinds[2].cost(c, h, w, c / 4)
    return [UnitRow(kind.name, kind.formula, groups, round(kind.cost(c, h, w, c / 4)),
                    round(budget), widest_bottleneck(kind, c, h, w, budget),
                    widest_unit(kind, h, w, budget)) for kind in kinds]


def network_rows(variant: Variant, classes: int, height: int, width: int,
                 budget: float) -> list[NetworkRow]:
    """Compare whole networks for a budget. Raises ConfigurationError where it is too small."""
    def row(name: str, stage2: int) -> NetworkRow:
        return NetworkRow(name, round(budget), (stage2, 2 * stage2, 4 * stage2))
    return [row(kind.name, widest_network(kind, variant.stem_channels, classes, height, width,
                                          budget)) for kind in structures(variant.groups)]
