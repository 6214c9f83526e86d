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
Make the channels of each tensor alike, so that one grid fits them all; the logits stay the same.

A tensor has one scale for all its channels in int8, and channels that are small beside the largest
one lose most of their bits. Dividing a channel where it is made and multiplying it where it is
used changes nothing in float (Nagel et al., "Data-Free Quantization Through Weight Equalization
and Bias Correction", ICCV 2019). Weights have a scale for each output channel, so the division is
free; the multiplication costs some precision of the next weights, hence the exponents below 1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shufflenet_ros.quantization.folded_network import Convolution, FoldedNetwork, FoldedUnit
from shufflenet_ros.quantization.ranges import Statistics

COMPRESS_EXPONENT = 1.0
"""The depthwise weights that follow have a scale of their own for each channel: all is free."""
DEPTHWISE_EXPONENT = 0.5
STREAM_EXPONENT = 0.5
SMALLEST = 1e-3
"""Share of the largest channel below which channels are taken for dead."""


def equalize(network: FoldedNetwork, statistics: Statistics) -> FoldedNetwork:
    """Make channels of like size, after their ranges in ``statistics``; same logits."""
    factors = _stream_factors(network, statistics)
    stage = 0
    units = []
    for index, unit in enumerate(network.units):
        before = factors[stage]
        stage += unit.stride == 2
        units.append(_equalize_unit(
            unit, before, factors[stage],
            _like(statistics.high[f'{index}.compress'], COMPRESS_EXPONENT),
            statistics.low[f'{index}.depthwise'], statistics.high[f'{index}.depthwise']))
    return replace(
        network, stem=divide_outputs(network.stem, factors[0]), units=tuple(units),
        classifier=multiply_inputs(network.classifier, factors[-1]))


def _stream_factors(network: FoldedNetwork, statistics: Statistics) -> list[np.ndarray]:
    """Find a factor for each channel of the stem and of the residual stream of each stage."""
    sizes = [[np.log(_floor(statistics.high['stem']))]]
    for index, unit in enumerate(network.units):
        if unit.stride == 2:
            sizes.append([])
        sizes[-1].append(np.log(_floor(statistics.high[f'{index}.output'])))
        if unit.stride == 1:
            branch = f'{index}.expand'
            sizes[-1].append(np.log(_floor(
                np.maximum(statistics.high[branch], -statistics.low[branch]))))
    means = [np.mean(stage, 0) for stage in sizes]
    return [np.exp(STREAM_EXPONENT * (mean - mean.mean())) for mean in means]


def _equalize_unit(unit: FoldedUnit, before: np.ndarray, after: np.ndarray,
                   compressed: np.ndarray, low: np.ndarray, high: np.ndarray) -> FoldedUnit:
    compress = divide_outputs(multiply_inputs(unit.compress, before), compressed)
    # The depthwise output has no ReLU: it is centred as well, and the bias of the next
    # convolution takes the centre back. Its border stays right, as that one pads nothing.
    centre = (low + high) / 2
    size = _like(np.maximum((high - low) / 2, 1e-12), DEPTHWISE_EXPONENT)
    shuffled = compressed if unit.order is None else compressed[unit.order]
    depthwise = replace(
        unit.depthwise,
        weight=unit.depthwise.weight * _along(shuffled / size),
        bias=(unit.depthwise.bias - centre) / size)
    expand = replace(unit.expand, bias=unit.expand.bias + apply_to(unit.expand, centre))
    expand = multiply_inputs(expand, size)
    shortcut = unit.shortcut
    if unit.stride == 2:
        averaged, after = _split(after, len(before), unit.branch_first)
        shortcut = shortcut * before / averaged
    return replace(unit, compress=compress, depthwise=depthwise,
                   expand=divide_outputs(expand, after), shortcut=shortcut)


def _split(joined: np.ndarray, kept: int, branch_first: bool) -> tuple[np.ndarray, np.ndarray]:
    """Part of the shortcut, with ``kept`` channels, and part of the branch."""
    return (joined[-kept:], joined[:-kept]) if branch_first else (joined[:kept], joined[kept:])


def divide_outputs(layer: Convolution, factors: np.ndarray) -> Convolution:
    """Divide each output channel by its factor."""
    return replace(layer, weight=layer.weight / _along(factors), bias=layer.bias / factors)


def multiply_inputs(layer: Convolution, factors: np.ndarray) -> Convolution:
    """Multiply the weights on each input channel of a pointwise convolution by its factor."""
    return replace(layer, weight=layer.weight * _by_output(layer, factors))


def apply_to(layer: Convolution, values: np.ndarray) -> np.ndarray:
    """Compute what a pointwise convolution without its bias makes of one value for each input."""
    return (layer.weight * _by_output(layer, values)).sum((1, 2, 3))


def _by_output(layer: Convolution, values: np.ndarray) -> np.ndarray:
    """Values of the inputs that each output sees: (outputs, inputs / groups, 1, 1)."""
    outputs = len(layer.weight)
    seen = np.repeat(values.reshape(layer.groups, -1), outputs // layer.groups, axis=0)
    return seen[:, :, np.newaxis, np.newaxis]


def _like(sizes: np.ndarray, exponent: float) -> np.ndarray:
    logs = np.log(_floor(sizes))
    return np.exp(exponent * (logs - logs.mean()))


def _floor(sizes: np.ndarray) -> np.ndarray:
    return np.maximum(sizes, max(SMALLEST * sizes.max(), 1e-12))


def _along(values: np.ndarray) -> np.ndarray:
    return values[:, np.newaxis, np.newaxis, np.newaxis]
