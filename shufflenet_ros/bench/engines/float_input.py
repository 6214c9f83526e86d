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

"""Our fp32 ONNX file in the forms that other engines read best; the arithmetic stays the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference, TensorProto
from shufflenet_ros.inference.model_card import INPUT


def with_float_input(fp32: Path) -> onnx.ModelProto:
    """Load the file without its Cast and Transpose: pixels float32 (1, 3, height, width) in."""
    model = onnx.load(fp32)
    graph = model.graph
    cast, transpose = graph.node[:2]
    if (cast.op_type, transpose.op_type) != ('Cast', 'Transpose'):
        raise ValueError(f'{fp32}: expected Cast and Transpose first, found {cast.op_type} and '
                         f'{transpose.op_type}')
    _, height, width, channels = size_of(graph.input[0])
    del graph.node[:2]
    for node in graph.node:
        node.input[:] = [INPUT if name == transpose.output[0] else name for name in node.input]
    graph.input[0].CopyFrom(helper.make_tensor_value_info(
        INPUT, TensorProto.FLOAT, [1, channels, height, width]))
    return model


def write_float_input(fp32: Path, path: Path,
                      *rewrites: Callable[[onnx.ModelProto], None]) -> None:
    """Write the file with float pixels as input, and rewritten where an engine needs that."""
    model = with_float_input(fp32)
    for rewrite in rewrites:
        rewrite(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def reshape_shuffles(model: onnx.ModelProto) -> None:
    """
    Turn each Gather of channels into Reshape, Transpose, Reshape.

    Converters recognize a channel shuffle by these three, and use an operator of their engine.
    """
    inferred = shape_inference.infer_shapes(model).graph.value_info
    shapes = {value.name: size_of(value) for value in inferred}
    orders = constants_of(model)
    graph = model.graph
    nodes = []
    for node in graph.node:
        if node.op_type == 'Gather':
            nodes += _reshaped(node, graph, shapes[node.output[0]],
                               groups_of(orders[node.input[1]]))
        else:
            nodes.append(node)
    _replace_nodes(graph, nodes)
    used = {name for node in nodes for name in node.input}
    for constant in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(constant)


def _reshaped(shuffle: onnx.NodeProto, graph: onnx.GraphProto, shape: Sequence[int],
              groups: int) -> list[onnx.NodeProto]:
    """Give the three nodes for one shuffle, with their constants added to the graph."""
    name = shuffle.name
    _, channels, height, width = shape
    apart = np.array([1, channels // groups, groups, height, width])
    joined = np.array([1, channels, height, width])
    graph.initializer.append(numpy_helper.from_array(apart, f'{name}_apart'))
    graph.initializer.append(numpy_helper.from_array(joined, f'{name}_joined'))
    return [
        helper.make_node('Reshape', [shuffle.input[0], f'{name}_apart'], [f'{name}_groups'],
                         f'{name}_apart'),
        helper.make_node('Transpose', [f'{name}_groups'], [f'{name}_mixed'], f'{name}_mix',
                         perm=[0, 2, 1, 3, 4]),
        helper.make_node('Reshape', [f'{name}_mixed', f'{name}_joined'], shuffle.output,
                         f'{name}_join')]


def pad_before_averages(model: onnx.ModelProto) -> None:
    """Give AveragePools that count the zeros of their border a Pad of their own instead."""
    graph = model.graph
    nodes = []
    for node in graph.node:
        attributes = attributes_of(node)
        if node.op_type == 'AveragePool' and attributes.pop('count_include_pad', 0):
            top, left, bottom, right = attributes.pop('pads')
            padded, borders = f'{node.name}_padded', f'{node.name}_borders'
            graph.initializer.append(numpy_helper.from_array(
                np.array([0, 0, top, left, 0, 0, bottom, right]), borders))
            nodes.append(helper.make_node('Pad', [node.input[0], borders], [padded]))
            node = helper.make_node('AveragePool', [padded], node.output, **attributes)
        nodes.append(node)
    _replace_nodes(graph, nodes)


def groups_of(order: np.ndarray) -> int:
    """Give the groups of a channel shuffle; ValueError where an order (channels,) is no such."""
    groups = int(order[1] - order[0])
    if groups < 1 or len(order) % groups or (
            order != np.arange(len(order)).reshape(-1, groups).T.ravel()).any():
        raise ValueError('Gather that is no channel shuffle')
    return groups


def constants_of(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Every constant by name."""
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """Every attribute of a node by name."""
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def size_of(value: onnx.ValueInfoProto) -> list[int]:
    """Give the static shape of an input, an output or an inferred value."""
    return [one.dim_value for one in value.type.tensor_type.shape.dim]


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    del graph.node[:]
    graph.node.extend(nodes)
