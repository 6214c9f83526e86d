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
Multiply-adds and parameters of ONNX graphs, counted as the paper counts them.

Those of convolutions and linear layers alone, for one image; without normalisation, pooling and
element-wise layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

import onnx
from onnx import helper

WEIGHT_INPUT = {
    'Conv': 1, 'FusedConv': 1, 'QLinearConv': 3, 'Gemm': 1, 'FusedGemm': 1, 'QGemm': 3,
    'MatMulIntegerToFloat': 1}
"""Operator to the place of the weights among its inputs; others have no multiply-adds."""


def multiply_adds(path: Path) -> int:
    """Count those of a file."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    weights = weight_shapes(graph)
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
              for value in (*graph.value_info, *graph.output)}
    return sum(multiply_adds_of(node, weights, shapes[node.output[0]]) for node in graph.node
               if node.op_type in WEIGHT_INPUT)


def parameters(path: Path) -> int:
    """Weights and biases of the convolutions and linear layers of an fp32 file."""
    graph = onnx.load(path).graph
    shapes = weight_shapes(graph)
    return sum(prod(shapes[name]) for node in graph.node if node.op_type in WEIGHT_INPUT
               for name in node.input[1:])


def weight_shapes(graph: onnx.GraphProto) -> dict[str, tuple[int, ...]]:
    """Shape of each constant, and of what a node only renames or dequantizes."""
    found = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    return found | {node.output[0]: found[node.input[0]] for node in graph.node
                    if node.op_type in ('Identity', 'DequantizeLinear')
                    and node.input[0] in found}


def multiply_adds_of(node: onnx.NodeProto, weights: Mapping[str, tuple[int, ...]],
                     output_shape: Sequence[int]) -> int:
    """Count those of one node, 0 without weights; the output is NCHW, NHWC or (1, C)."""
    if node.op_type not in WEIGHT_INPUT:
        return 0
    attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    places = output_shape[1:3] if attributes.get('channels_last') else output_shape[2:4]
    # Each weight is used once at every place of the output.
    return prod(weights[node.input[WEIGHT_INPUT[node.op_type]]]) * prod(places)
