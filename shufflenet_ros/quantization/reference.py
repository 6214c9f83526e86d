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
The numpy reference of the fused operator: it defines the integers of every tensor.

Activations are uint8 arrays (height, width, channels), held as int32. A convolution sums exactly
in int32; its sum becomes float32 (to the nearest, ties to even), is multiplied by a float32
(one rounding, to the nearest, ties to even), rounded to a whole number (ties to even) and
saturated to the limits given. Nothing else here rounds but the addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from shufflenet_ros.quantization.integer_network import (
    Addition,
    AVERAGE_WEIGHT,
    IntegerLayer,
    IntegerNetwork,
    IntegerUnit,
)

LARGEST = 255


def logits(network: IntegerNetwork, pixels: np.ndarray) -> np.ndarray:
    """Compute float32 (classes,) of RGB uint8 (height, width, 3)."""
    return tensors(network, pixels)['logits']


def tensors(network: IntegerNetwork, pixels: np.ndarray,
            given: Mapping[str, np.ndarray] = MappingProxyType({})) -> dict[str, np.ndarray]:
    """
    Compute every tensor of RGB uint8 ``pixels`` (height, width, 3).

    ``stem``, ``pool``, then for each unit ``N.compress``, ``N.depthwise`` (its channels after the
    shuffle), ``N.expand`` (at stride 1 without its zero point), ``N.shortcut`` (at stride 2) and
    ``N.output``, all int32 (height, width, channels); ``features`` int32 (channels,) and
    ``logits`` float32 (classes,). Where ``given`` has a tensor, the ones after it are computed
    from that one: this compares single operations with those of others.
    """
    steps = _Steps(given)
    x = steps.add('pool', pool(steps.add('stem', stem(network, pixels))))
    for index, unit in enumerate(network.units):
        y = steps.add(f'{index}.compress', pointwise(unit.compress, x))
        y = steps.add(f'{index}.depthwise', depthwise(unit, shuffle(unit, y)))
        y = steps.add(f'{index}.expand', expand(unit, y))
        if unit.addition is None:
            shortcut = steps.add(f'{index}.shortcut', average(unit, x))
            x = steps.add(f'{index}.output', concatenate(unit, y, shortcut))
        else:
            x = steps.add(f'{index}.output', add(unit.addition, y, x))
    x = steps.add('features', features(network, x))
    steps.add('logits', classify(network.classifier, x))
    return steps.made


class _Steps:
    """Tensors by name as they are made."""

    def __init__(self, given: Mapping[str, np.ndarray]) -> None:
        self.made: dict[str, np.ndarray] = {}
        self._given = given

    def add(self, name: str, tensor: np.ndarray) -> np.ndarray:
        """Keep a tensor, and give what the next one is made of."""
        self.made[name] = tensor
        return self._given.get(name, tensor)


def stem(network: IntegerNetwork, pixels: np.ndarray) -> np.ndarray:
    """3x3 with stride 2 on pixels minus the level, which lies beyond the edges; 0 to 255."""
    taps = _taps(pixels.astype(np.int32) - network.level, 2)
    layer = network.stem
    weight = layer.weight.reshape(layer.outputs, 9, layer.inputs)
    products = [_matmul(tap, weight[:, place]) for place, tap in enumerate(taps)]
    sums = np.sum(products, axis=0) + layer.bias
    return requantize(sums, layer.multiplier, 0, LARGEST)


def pool(x: np.ndarray) -> np.ndarray:
    """Largest of 3x3 with stride 2; zeros beyond the edges, which is the smallest value."""
    return np.max(_taps(x, 2), axis=0)


def pointwise(layer: IntegerLayer, x: np.ndarray) -> np.ndarray:
    """1x1 in groups of channels that follow one another, then ReLU: 0 to 255."""
    return requantize(_grouped(layer, x), layer.multiplier, 0, LARGEST)


def shuffle(unit: IntegerUnit, x: np.ndarray) -> np.ndarray:
    """Channel ``j`` of the result is channel ``order[j]`` of ``x``."""
    return x[:, :, unit.order]


def depthwise(unit: IntegerUnit, x: np.ndarray) -> np.ndarray:
    """3x3 of each channel, zeros beyond the edges; 0 to 255 with the zero point."""
    layer, zero = unit.depthwise, unit.depthwise_zero
    weight = layer.weight.reshape(layer.outputs, 9).astype(np.int64)
    products = [tap * weight[:, place] for place, tap in enumerate(_taps(x, unit.stride))]
    sums = np.sum(products, axis=0) + layer.bias
    return requantize(sums, layer.multiplier, -zero, LARGEST - zero) + zero


def expand(unit: IntegerUnit, x: np.ndarray) -> np.ndarray:
    """
    1x1 in groups, on values minus the zero point of the depthwise layer.

    Stride 2: 0 to 255 (ReLU), on the grid of the unit's output. Stride 1: on a grid of its own
    and without its zero point ``z``, ``-z`` to ``255 - z``.
    """
    zero = 0 if unit.addition is None else unit.addition.zero_point
    sums = _grouped(unit.expand, x - unit.depthwise_zero)
    return requantize(sums, unit.expand.multiplier, -zero, LARGEST - zero)


def add(addition: Addition, branch: np.ndarray, shortcut: np.ndarray) -> np.ndarray:
    """
    Sum of both on the grid of the output, 0 to 255 (ReLU), in int32 alone.

    The shift rounds towards minus infinity: with the half before it, to the nearest, ties up.
    """
    half = 1 << (addition.shift - 1)
    sums = branch * addition.branch + shortcut * addition.shortcut + half
    return np.clip(sums >> addition.shift, 0, LARGEST)


def average(unit: IntegerUnit, x: np.ndarray) -> np.ndarray:
    """127 times the sum of 3x3 with stride 2, zeros beyond the edges, requantized; 0 to 255."""
    assert unit.averages is not None  # stride 2
    sums = np.sum(_taps(x, 2), axis=0)
    return requantize(AVERAGE_WEIGHT * sums, unit.averages, 0, LARGEST)


def concatenate(unit: IntegerUnit, branch: np.ndarray, shortcut: np.ndarray) -> np.ndarray:
    """Channels of the shortcut, then of the branch; or the other way round."""
    parts = (branch, shortcut) if unit.branch_first else (shortcut, branch)
    return np.concatenate(parts, axis=2)


def features(network: IntegerNetwork, x: np.ndarray) -> np.ndarray:
    """Sum of each channel over all places, requantized; (channels,), 0 to 255."""
    return requantize(np.sum(x, axis=(0, 1)), network.features, 0, LARGEST)


def classify(layer: IntegerLayer, x: np.ndarray) -> np.ndarray:
    """Compute sums of products with the features times their multipliers; float32 (classes,)."""
    sums = _matmul(x, layer.weight.reshape(layer.outputs, layer.inputs)) + layer.bias
    return sums.astype(np.float32) * layer.multiplier


def requantize(sums: np.ndarray, multiplier: np.ndarray | np.float32, low: int,
               high: int) -> np.ndarray:
    """Bring whole numbers within int32 to a grid by one product, and saturate them; int32."""
    return np.clip(np.rint(sums.astype(np.float32) * multiplier), low, high).astype(np.int32)


def _grouped(layer: IntegerLayer, x: np.ndarray) -> np.ndarray:
    weight = layer.weight.reshape(layer.groups, -1, layer.weight.shape[3])
    parts = [_matmul(inputs, rows)
             for inputs, rows in zip(np.split(x, layer.groups, axis=2), weight)]
    return np.concatenate(parts, axis=2) + layer.bias


def _matmul(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(..., inputs) times (outputs, inputs): exact, as float64 holds whole numbers to 2**53."""
    return (x.astype(np.float64) @ weight.astype(np.float64).T).astype(np.int64)


def _taps(x: np.ndarray, stride: int) -> list[np.ndarray]:
    """For each of 3x3 places, row by row, the values there; zeros beyond the edges."""
    height, width = x.shape[:2]
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    return [padded[row:row + height:stride, column:column + width:stride]
            for row in range(3) for column in range(3)]
