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
An integer network out of an int8 graph that ``int8_graph.py`` wrote, in its form ``u8``.

The graph's rewrites are undone: channels of padding are left out, the shuffle comes back out of
the second pointwise convolutions, dense layers become groups, and the stem reads single pixels.
What these rewrites cannot have made is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.architecture.variant import UNITS, Variant
from shufflenet_ros.quantization.folded_network import Convolution
from shufflenet_ros.quantization.integer_network import (
    Addition,
    addition,
    AVERAGE_WEIGHT,
    features_multiplier,
    IntegerLayer,
    IntegerNetwork,
    IntegerUnit,
    multiplier,
    size_after,
)
from shufflenet_ros.quantization.rewrite import merge_groups, space_to_depth

COPIES = ('Reshape', 'Flatten')
"""Nodes that move nothing."""


def integers_of_graph(model: onnx.ModelProto, variant: Variant) -> IntegerNetwork:
    """
    Read the integers of a graph in the form ``u8`` whose channels are those of ``variant``.

    Raises ValueError that says what the graph has and what was expected.
    """
    return _Reader(model).network(variant)


@dataclass(frozen=True, slots=True)
class _Grid:
    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class _Convolution:
    """One QLinearConv as it is in the graph, whose weight is (outputs, inputs, rows, columns)."""

    weight: np.ndarray
    bias: np.ndarray
    multiplier: np.ndarray
    groups: int
    inputs: _Grid
    outputs: _Grid
    output: str
    """Name of the tensor that it makes."""

    def check_zeros(self, *zero_points: int) -> None:
        """Raise ValueError where a zero point is not the one that these layers have."""
        if (self.inputs.zero_point, self.outputs.zero_point) != zero_points:
            raise ValueError(f'{self.output} has zero points {self.inputs.zero_point} and '
                             f'{self.outputs.zero_point}, expected {zero_points}')

    def rows(self, weight: np.ndarray, places: np.ndarray, groups: int = 1) -> IntegerLayer:
        """Make a layer of the outputs at ``places``; ``weight`` has their rows alone."""
        return IntegerLayer(np.ascontiguousarray(weight.transpose(0, 2, 3, 1)), self.bias[places],
                            self.multiplier[places], groups)

    def pointwise(self, dense: np.ndarray, places: np.ndarray, groups: int) -> IntegerLayer:
        """Make a layer in groups of dense rows (outputs, inputs)."""
        weight = _blocks(dense, groups, self.output)
        return self.rows(weight[:, :, np.newaxis, np.newaxis], places, groups)

    def columns(self, places: np.ndarray) -> np.ndarray:
        """Weights (outputs, inputs) on the inputs at ``places``; all others must be zero."""
        return _kept(_dense(self.weight[:, :, 0, 0], self.groups), places, self.output)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What a unit takes: where its real channels lie, and their grid."""

    places: np.ndarray
    channels: int
    """Those of padding too."""
    grid: _Grid


@dataclass(frozen=True, slots=True)
class _Joined:
    """The end of a unit: where the real channels of its branch lie, and its output."""

    branch: np.ndarray
    tensor: _Tensor
    addition: Addition | None = None
    averages: np.ndarray | None = None
    branch_first: bool = False


class _Reader:
    """Walks over the nodes in the order in which they were written."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self._values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._nodes = [node for node in graph.node if node.op_type not in COPIES][::-1]
        shape = graph.input[0].type.tensor_type.shape
        _, self._height, self._width, _ = (value.dim_value for value in shape.dim)

    def network(self, variant: Variant) -> IntegerNetwork:
        """Read the whole graph."""
        stem, level, x = self._stem(variant.stem_channels)
        units, groups = [], 1  # the first pointwise convolution of stage 2 is not grouped
        for outputs, count in zip(variant.stage_channels, UNITS):
            for index in range(count):
                unit, x = self._unit(x, outputs, 1 if index else 2, (groups, variant.groups))
                units.append(unit)
                groups = variant.groups
        features, grid = self._features(x, [unit.stride for unit in units])
        return IntegerNetwork(self._height, self._width, level, stem, tuple(units), features,
                              self._classifier(x, grid))

    def _stem(self, channels: int) -> tuple[IntegerLayer, int, _Tensor]:
        layer = self._convolve()
        level = layer.inputs.zero_point
        layer.check_zeros(level, 0)
        weight, places = layer.weight, np.arange(channels)
        if weight.shape[2:] != (3, 3):
            weight = _single_pixels(weight)
        self._next('NhwcMaxPool')
        return (layer.rows(weight[places], places), level,
                _Tensor(places, len(weight), layer.outputs))

    def _unit(self, x: _Tensor, outputs: int, stride: int,
              groups: tuple[int, int]) -> tuple[IntegerUnit, _Tensor]:
        first, middle, last = self._convolve(), self._convolve(), self._convolve()
        first.check_zeros(0, 0)
        middle.check_zeros(0, middle.outputs.zero_point)
        last.check_zeros(middle.outputs.zero_point, last.outputs.zero_point)
        inside = np.arange(outputs // 4)
        joined = self._add(x, last) if stride == 1 else self._concatenate(x, last, outputs)
        dense = last.columns(inside)[joined.branch]
        order = _order(dense, groups[1], last.output)
        return IntegerUnit(
            compress=first.pointwise(first.columns(x.places)[inside], inside, groups[0]),
            order=order.astype(np.int32),
            depthwise=middle.rows(middle.weight[order], order, len(order)),
            depthwise_zero=middle.outputs.zero_point,
            expand=last.pointwise(dense[:, order], joined.branch, groups[1]),
            addition=joined.addition, averages=joined.averages,
            branch_first=joined.branch_first), joined.tensor

    def _add(self, x: _Tensor, branch: _Convolution) -> _Joined:
        names = self._next('QLinearAdd').input
        output = self._grid(names[6], names[7])
        if output.zero_point or self._grid(names[4], names[5]) != x.grid:
            raise ValueError(f'the sum of {branch.output} is on a grid that no ReLU leaves')
        added = addition(branch.outputs.zero_point, branch.outputs.scale,
                         x.grid.scale, output.scale)
        return _Joined(x.places, _Tensor(x.places, x.channels, output), addition=added)

    def _concatenate(self, x: _Tensor, branch: _Convolution, outputs: int) -> _Joined:
        shortcut, names = self._convolve(), self._next('Concat').input
        shortcut.check_zeros(0, 0)
        if (shortcut.weight != AVERAGE_WEIGHT).any() or shortcut.bias.any():
            raise ValueError(f'{shortcut.output} is no average')
        places, padded = np.arange(outputs - len(x.places)), len(branch.bias)
        branch_first = names[0] == branch.output
        both = ((places, x.places + padded) if branch_first
                else (x.places, places + x.channels))
        return _Joined(
            places, _Tensor(np.concatenate(both), x.channels + padded, branch.outputs),
            averages=shortcut.multiplier[x.places], branch_first=branch_first)

    def _features(self, x: _Tensor, strides: list[int]) -> tuple[np.float32, _Grid]:
        names = self._next('QLinearGlobalAveragePool').input
        output = self._grid(names[3], names[4])
        size = size_after(self._height, self._width, strides)
        return features_multiplier(x.grid.scale, output.scale, size), output

    def _classifier(self, x: _Tensor, inputs: _Grid) -> IntegerLayer:
        node = self._next('QGemm')
        weight, step, _, bias = (self._values[name] for name in node.input[3:7])
        return IntegerLayer(_kept(weight, x.places, 'the classifier')[:, np.newaxis, np.newaxis],
                            bias, multiplier(inputs.scale, step, 1))

    def _convolve(self) -> _Convolution:
        node = self._next('QLinearConv')
        x, x_zero, weight, step, _, y, y_zero, bias = node.input[1:]
        inputs, outputs = self._grid(x, x_zero), self._grid(y, y_zero)
        groups, = (each.i for each in node.attribute if each.name == 'group')
        return _Convolution(
            self._values[weight], self._values[bias],
            multiplier(inputs.scale, self._values[step], outputs.scale), groups, inputs, outputs,
            node.output[0])

    def _next(self, kind: str) -> onnx.NodeProto:
        node = self._nodes.pop() if self._nodes else onnx.NodeProto()
        if node.op_type != kind:
            raise ValueError(f'{node.op_type or "no node"} where {kind} was expected')
        return node

    def _grid(self, scale: str, zero_point: str) -> _Grid:
        zero = self._values[zero_point]
        if zero.dtype != np.uint8:
            raise ValueError(f'activations of {zero.dtype}, expected uint8 (form u8)')
        return _Grid(self._values[scale].item(), int(zero))


def _single_pixels(weight: np.ndarray) -> np.ndarray:
    """Undo :func:`space_to_depth`, of a weight (2 * outputs, 12, 3, 2)."""
    outputs, pixels = len(weight) // 2, weight.reshape(len(weight), 4, 3, 3, 2)
    # The left one of two outputs sees the last pixel of the block before, and two of this one.
    taps = [pixels[:outputs, within, :, :, block] for within, block in ((3, 0), (0, 1), (1, 1))]
    single = np.stack(taps, axis=3)
    again = space_to_depth(Convolution(single, np.zeros(outputs)))
    if not np.array_equal(again.weight, weight):
        raise ValueError('a first convolution that is no 3x3 on blocks of four pixels')
    return single


def _kept(dense: np.ndarray, places: np.ndarray, name: str) -> np.ndarray:
    kept = dense[:, places]
    if np.count_nonzero(dense) != np.count_nonzero(kept):
        raise ValueError(f'{name} has weights on channels of padding')
    return kept


def _dense(weight: np.ndarray, groups: int) -> np.ndarray:
    """Write (outputs, inputs / groups) as (outputs, inputs), with zeros between the blocks."""
    return merge_groups(
        Convolution(weight[:, :, np.newaxis, np.newaxis], np.zeros(len(weight)), groups)
    ).weight[:, :, 0, 0]


def _order(dense: np.ndarray, groups: int, name: str) -> np.ndarray:
    """Find the shuffle after which weights (outputs, inputs) lie in the blocks of the groups."""
    channels = np.arange(dense.shape[1])
    for rows in (groups, len(channels) // groups, len(channels)):  # ours, the paper's, none
        order = channels.reshape(-1, rows).T.ravel()
        if _lies_in_blocks(dense[:, order], groups):
            return order
    raise ValueError(f'{name} has weights between the blocks of {groups} groups')


def _blocks(dense: np.ndarray, groups: int, name: str) -> np.ndarray:
    """Cut (outputs, inputs / groups) out of (outputs, inputs), which must be zero elsewhere."""
    if not _lies_in_blocks(dense, groups):
        raise ValueError(f'{name} has weights between the blocks of {groups} groups')
    return np.concatenate([np.split(rows, groups, axis=1)[group]
                           for group, rows in enumerate(np.split(dense, groups))])


def _lies_in_blocks(dense: np.ndarray, groups: int) -> bool:
    outside = dense.reshape(groups, len(dense) // groups, groups, -1).copy()
    outside[np.arange(groups), :, np.arange(groups)] = 0
    return not outside.any()
