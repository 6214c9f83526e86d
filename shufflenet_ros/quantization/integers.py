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

"""The one place where a quantized network becomes integers: for graphs and fused operator."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.quantization.folded_network import (
    Convolution,
    FoldedNetwork,
    FoldedUnit,
    share_of,
)
from shufflenet_ros.quantization.integer_network import (
    addition,
    AVERAGE_WEIGHT,
    features_multiplier,
    IntegerLayer,
    IntegerNetwork,
    IntegerUnit,
    multiplier,
    size_after,
)
from shufflenet_ros.quantization.ranges import Grid

LARGEST_BIAS = 2 ** 29
"""Leaves room for the sum of products in 32 bits."""


class Integers(NamedTuple):
    """A quantized layer: int8 weights as they were shaped, float32 steps and int32 biases."""

    weight: np.ndarray
    step: np.ndarray
    bias: np.ndarray


def layer_integers(layer: Convolution, inputs: Grid) -> Integers:
    """
    Round a layer whose weights have steps, for inputs on a grid.

    Dead channels have tiny steps, with which their bias would not fit: their steps are raised.
    """
    step = layer.steps()
    weight = np.round(layer.weight / step.reshape(-1, 1, 1, 1))
    fitting = np.maximum(step, np.abs(layer.bias) / (inputs.scale * LARGEST_BIAS))
    weight = np.round(weight * (step / fitting).reshape(-1, 1, 1, 1))
    stored = fitting.astype(np.float32)
    bias = np.round(layer.bias / (inputs.scale * stored.astype(np.float64)))
    return Integers(weight.astype(np.int8), stored, bias.astype(np.int32))


def without_border(stem: Convolution, pixels: Grid) -> tuple[Convolution, Grid]:
    """Make the level beyond the edges the zero point of the pixels, which is what padding adds."""
    if stem.border is None:
        return stem, pixels
    bias = stem.bias + share_of(stem, stem.border)
    return replace(stem, bias=bias, border=None), Grid(pixels.scale, int(stem.border[0]))


def average(unit: FoldedUnit) -> Convolution:
    """Write the shortcut's 3x3 average, with its factors, as a depthwise convolution."""
    channels = len(unit.shortcut)
    step = unit.shortcut / 9 / AVERAGE_WEIGHT
    weight = np.repeat(AVERAGE_WEIGHT * step, 9).reshape(channels, 1, 3, 3)
    return Convolution(weight, np.zeros(channels), channels, 2, step)


def integer_network(network: FoldedNetwork, grids: dict[str, Grid],
                    geometry: Geometry) -> IntegerNetwork:
    """
    Make the integers of a network whose weights have steps, for one input size.

    ValueError where a grid after ReLU does not begin at zero.
    """
    _check_grids(grids)
    stem, pixels = without_border(network.stem, grids['pixels'])
    units, grid = [], grids['stem']
    for index, unit in enumerate(network.units):
        units.append(_unit(unit, grid, grids, index))
        grid = grids[f'{index}.output']
    features = grids['features']
    size = size_after(geometry.height, geometry.width, [unit.stride for unit in units])
    return IntegerNetwork(
        geometry.height, geometry.width, pixels.zero_point, _layer(stem, pixels, grids['stem']),
        tuple(units), features_multiplier(grid.scale, features.scale, size),
        _layer(network.classifier, features, Grid(1.0, 0)))


def _check_grids(grids: dict[str, Grid]) -> None:
    for name, grid in grids.items():
        after_relu = name in ('stem', 'features') or name.endswith(('.compress', '.output'))
        if after_relu and grid.zero_point:
            raise ValueError(f'{name} has zero point {grid.zero_point}, expected 0, as ReLU '
                             'leaves nothing below')


def _unit(unit: FoldedUnit, inputs: Grid, grids: dict[str, Grid], index: int) -> IntegerUnit:
    inner, middle, output = (grids[f'{index}.{name}']
                             for name in ('compress', 'depthwise', 'output'))
    order = np.arange(len(unit.compress.bias)) if unit.order is None else unit.order
    own = grids[f'{index}.expand'] if unit.stride == 1 else output
    return IntegerUnit(
        _layer(unit.compress, inputs, inner), order.astype(np.int32),
        _layer(unit.depthwise, inner, middle), middle.zero_point,
        _layer(unit.expand, middle, own),
        addition=(addition(own.zero_point, own.scale, inputs.scale, output.scale)
                  if unit.stride == 1 else None),
        averages=(_layer(average(unit), inputs, output).multiplier if unit.stride == 2 else None),
        branch_first=unit.stride == 2 and unit.branch_first)


def _layer(layer: Convolution, inputs: Grid, outputs: Grid) -> IntegerLayer:
    found = layer_integers(layer, inputs)
    return IntegerLayer(
        np.ascontiguousarray(found.weight.transpose(0, 2, 3, 1)), found.bias,
        multiplier(inputs.scale, found.step, outputs.scale), layer.groups)
