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
Grids of additions on which no sum is a tie, so that every form of int8 gives the same integers.

Forms round sums differently: the operator has 15-bit factors and rounds halves up, the graphs
round in float32, halves to even, u8 and s8 with other rounding errors. None of this matters where
no sum comes near a half. With scales of branch and shortcut that are ``p / q`` and ``r / q`` times
that of the sum, and ``q`` odd, every exact sum is at least ``1 / 2q`` away from one. Such scales
lie within about half a percent of any others.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np
from shufflenet_ros.quantization.folded_network import FoldedNetwork
from shufflenet_ros.quantization.integer_network import addition
from shufflenet_ros.quantization.ranges import Grid, LEVELS

LARGEST_DENOMINATOR = 255
FLOAT_ERROR = 1e-3
"""More than the rounding errors of float32 in a sum of two values up to 255."""


def without_ties(network: FoldedNetwork, grids: dict[str, Grid]) -> dict[str, Grid]:
    """Change the scales of what units of stride 1 add, as little as it takes."""
    grids = dict(grids)
    for index in reversed(range(len(network.units))):
        if network.units[index].stride == 1:
            # The last unit first: the input of one is the output of the one before.
            names = f'{index}.expand', f'{index - 1}.output'
            output = grids[f'{index}.output'].scale
            shares = ratios_without_ties(*(grids[name].scale / output for name in names))
            for name, share in zip(names, shares):
                scale = float(np.float32(share * np.float32(output)))
                grids[name] = Grid(scale, grids[name].zero_point)
    return grids


def ratios_without_ties(branch: float, shortcut: float) -> tuple[float, float]:
    """Find the nearest ratios to that of the sum; the same ones where none are without ties."""
    return min(_ratios(branch, shortcut), default=(branch, shortcut), key=lambda found: max(
        abs(log(found[0] / branch)), abs(log(found[1] / shortcut))))


def _ratios(branch: float, shortcut: float) -> Iterator[tuple[float, float]]:
    for denominator in range(1, LARGEST_DENOMINATOR + 1, 2):
        ratios = [max(round(ratio * denominator), 1) / denominator for ratio in (branch, shortcut)]
        try:
            added = addition(0, ratios[0], ratios[1], 1.0)
        except ValueError:
            continue
        errors = (abs(factor / 2 ** added.shift - ratio)
                  for factor, ratio in zip((added.branch, added.shortcut), ratios))
        if LEVELS * sum(errors) + FLOAT_ERROR < 1 / (2 * denominator):
            yield ratios[0], ratios[1]
