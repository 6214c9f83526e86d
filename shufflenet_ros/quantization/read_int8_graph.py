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
from onnx import helper, numpy_helper
from shufflenet_ros.architecture.variant import UNITS, Variant
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
from shufflenet_ros.quantization.undo_rewrite import (
    find_order,
    single_pixels,
    to_dense,
    to_groups,
    without_padding,
)

COPIES = ('Reshape', 'Flatten')
"""Nodes that move nothing."""


def integers_of_graph(model: onnx.ModelProto, variant: Variant) -> IntegerNetwork:
    """
    Read the integers of a graph in the form ``u8`` whose channels are those of ``variant``.

    Raises ValueError that says what the graph has and what was expected.
    """
    return _Reader(model, variant).network


def tensors_of_graph(model: onnx.ModelProto, variant: Variant) -> dict[str, GraphTensor]:
    """Find in such a graph the tensors that ``reference.tensors`` gives, by its names."""
    return _Reader(model, variant).tensors


@dataclass(frozen=True, slots=True)
class GraphTensor:
    """Name of a tensor of the graph (1, height, width, channels), and its channels in order."""

    name: str
    channels: np.ndarray


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
        weight = to_groups(dense, groups, self.output)
        return self.rows(weight[:, :, np.newaxis, np.newaxis], places, groups)

    def columns(self, places: np.ndarray) -> np.ndarray:
        """Weights (outputs, inputs) on the inputs at ``places``; all others must be zero."""
        dense = to_dense(self.weight[:, :, 0, 0], self.groups)
        return without_padding(dense, places, self.output)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What a unit takes: where its real channels lie, and their grid."""

    name: str
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

    def __init__(self, model: onnx.ModelProto, variant: Variant) -> None:
        graph = model.graph
        self.tensors: dict[str, GraphTensor] = {}
        self._values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._nodes = [node for node in graph.node if node.op_type not in COPIES][::-1]
        shape = graph.input[0].type.tensor_type.shape
        _, self._height, self._width, _ = (value.dim_value for value in shape.dim)
        self.network = self._network(variant)

    def _network(self, variant: Variant) -> IntegerNetwork:
        stem, level, x = self._stem(variant.stem_channels)
        units: list[IntegerUnit] = []
        groups = 1  # the first pointwise convolution of stage 2 is not grouped
        for outputs, count in zip(variant.stage_channels, UNITS):
            for index in range(count):
                unit, x = self._unit(x, outputs, 1 if index else 2, (groups, variant.groups),
                                     str(len(units)))
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
            weight = single_pixels(weight)
        pooled = self._next('NhwcMaxPool')
        self.tensors['stem'] = GraphTensor(pooled.input[0], places)
        return (layer.rows(weight[places], places), level,
                self._tensor('pool', pooled.output[0], places, len(weight), layer.outputs))

    def _unit(self, x: _Tensor, outputs: int, stride: int,
              groups: tuple[int, int], name: str) -> tuple[IntegerUnit, _Tensor]:
        first = self._convolve(x.name, 1)
        middle = self._convolve(first.output, stride)
        last = self._convolve(middle.output, 1)
        first.check_zeros(0, 0)
        middle.check_zeros(0, middle.outputs.zero_point)
        last.check_zeros(middle.outputs.zero_point, last.outputs.zero_point)
        inside = np.arange(outputs // 4)
        joined = (self._add(x, last, name) if stride == 1
                  else self._concatenate(x, last, outputs, name))
        dense = last.columns(inside)[joined.branch]
        order = find_order(dense, groups[1], last.output)
        self.tensors |= {f'{name}.compress': GraphTensor(first.output, inside),
                         f'{name}.depthwise': GraphTensor(middle.output, order),
                         f'{name}.expand': GraphTensor(last.output, joined.branch)}
        return IntegerUnit(
            compress=first.pointwise(first.columns(x.places)[inside], inside, groups[0]),
            order=order.astype(np.int32),
            depthwise=middle.rows(middle.weight[order], order, len(order)),
            depthwise_zero=middle.outputs.zero_point,
            expand=last.pointwise(dense[:, order], joined.branch, groups[1]),
            addition=joined.addition, averages=joined.averages,
            branch_first=joined.branch_first), joined.tensor

    def _tensor(self, name: str, of_graph: str, places: np.ndarray, channels: int,
                grid: _Grid) -> _Tensor:
        self.tensors[name] = GraphTensor(of_graph, places)
        return _Tensor(of_graph, places, channels, grid)

    def _add(self, x: _Tensor, branch: _Convolution, name: str) -> _Joined:
        node = self._next('QLinearAdd', branch.output)
        names = node.input
        output = self._grid(names[6], names[7])
        if output.zero_point or self._grid(names[4], names[5]) != x.grid:
            raise ValueError(f'the sum of {branch.output} is on a grid that no ReLU leaves')
        added = addition(branch.outputs.zero_point, branch.outputs.scale,
                         x.grid.scale, output.scale)
        return _Joined(x.places, self._tensor(f'{name}.output', node.output[0], x.places,
                                              x.channels, output), addition=added)

    def _concatenate(self, x: _Tensor, branch: _Convolution, outputs: int, name: str) -> _Joined:
        shortcut, node = self._convolve(x.name, 2), self._next('Concat')
        shortcut.check_zeros(0, 0)
        if (shortcut.weight != AVERAGE_WEIGHT).any() or shortcut.bias.any():
            raise ValueError(f'{shortcut.output} is no average')
        if shortcut.outputs != branch.outputs:
            raise ValueError(f'{shortcut.output} and {branch.output} have grids of their own')
        places, padded = np.arange(outputs - len(x.places)), len(branch.bias)
        branch_first = node.input[0] == branch.output
        both = ((places, x.places + padded) if branch_first
                else (x.places, places + x.channels))
        self.tensors[f'{name}.shortcut'] = GraphTensor(shortcut.output, x.places)
        return _Joined(
            places, self._tensor(f'{name}.output', node.output[0], np.concatenate(both),
                                 x.channels + padded, branch.outputs),
            averages=shortcut.multiplier[x.places], branch_first=branch_first)

    def _features(self, x: _Tensor, strides: list[int]) -> tuple[np.float32, _Grid]:
        node = self._next('QLinearGlobalAveragePool', x.name)
        output = self._grid(*node.input[3:5])
        self.tensors['features'] = GraphTensor(node.output[0], x.places)
        size = size_after(self._height, self._width, strides)
        return features_multiplier(x.grid.scale, output.scale, size), output

    def _classifier(self, x: _Tensor, inputs: _Grid) -> IntegerLayer:
        node = self._next('QGemm')
        weight, step, _, bias = (self._values[name] for name in node.input[3:7])
        weight = without_padding(weight, x.places, 'the classifier')
        return IntegerLayer(weight[:, np.newaxis, np.newaxis], bias,
                            multiplier(inputs.scale, step, 1))

    def _convolve(self, source: str = '', stride: int = 0) -> _Convolution:
        """Take the next convolution; ``source`` and ``stride`` of the stem vary."""
        node = self._next('QLinearConv', source)
        x, x_zero, weight, step, weight_zero, y, y_zero, bias = node.input[1:]
        inputs, outputs = self._grid(x, x_zero), self._grid(y, y_zero)
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if self._values[weight_zero].any() or stride and attributes['strides'] != [stride] * 2:
            raise ValueError(f'{node.output[0]} has stride {attributes["strides"]} or a zero '
                             f'point of weights, expected stride {stride} and none')
        return _Convolution(
            self._values[weight], self._values[bias],
            multiplier(inputs.scale, self._values[step], outputs.scale), attributes['group'],
            inputs, outputs, node.output[0])

    def _next(self, kind: str, source: str = '') -> onnx.NodeProto:
        node = self._nodes.pop() if self._nodes else onnx.NodeProto()
        if node.op_type != kind or source not in ('', node.input[0]):
            raise ValueError(f'{node.op_type or "no node"} where {kind}'
                             f'{" of " * bool(source)}{source} was expected')
        return node

    def _grid(self, scale: str, zero_point: str) -> _Grid:
        zero = self._values[zero_point]
        if zero.dtype != np.uint8:
            raise ValueError(f'activations of {zero.dtype}, expected uint8 (form u8)')
        return _Grid(self._values[scale].item(), int(zero))
