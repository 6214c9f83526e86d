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
A folded network as an fp32 ONNX graph: ``pixels`` uint8 NHWC in, ``logits`` float out.

Standard operators alone, for any machine and any execution provider.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import INPUT
from shufflenet_ros.quantization.folded_network import (
    Convolution,
    FoldedNetwork,
    FoldedUnit,
    share_of,
)
from shufflenet_ros.quantization.onnx_graph import Graph


def write_fp32(network: FoldedNetwork, geometry: Geometry, path: Path) -> None:
    """Write the fp32 graph of a network for one input size."""
    graph = Graph()
    x = graph.add('Cast', INPUT, to=TensorProto.FLOAT)
    x = graph.add('Transpose', x, perm=[0, 3, 1, 2])  # (1, 3, H, W)
    x = graph.add('Relu', _convolve(graph, x, network.stem))
    x = graph.add('MaxPool', x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for unit in network.units:
        x = _unit(graph, x, unit)
    x = graph.add('Flatten', graph.add('GlobalAveragePool', x))  # (1, features)
    classifier = network.classifier
    graph.add('Gemm', x, graph.constant(
        classifier.weight[:, :, 0, 0].astype(np.float32)), graph.constant(
            classifier.bias.astype(np.float32)), transB=1)
    graph.save(path, geometry, len(classifier.bias))


def _unit(graph: Graph, x: str, unit: FoldedUnit) -> str:
    y = graph.add('Relu', _convolve(graph, x, unit.compress))
    if unit.order is not None:
        # One copy of whole channels; reshape, transpose, reshape would move the data three times.
        y = graph.add('Gather', y, graph.constant(unit.order.astype(np.int64)), axis=1)
    y = _convolve(graph, _convolve(graph, y, unit.depthwise), unit.expand)
    if unit.stride == 1:
        return graph.add('Relu', graph.add('Add', x, y))
    shortcut = graph.add('AveragePool', x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4,
                         count_include_pad=1)
    if (unit.shortcut != 1).any():
        shortcut = graph.add('Mul', shortcut, graph.constant(
            unit.shortcut.astype(np.float32)[:, np.newaxis, np.newaxis]))
    parts = (y, shortcut) if unit.branch_first else (shortcut, y)
    return graph.add('Relu', graph.add('Concat', *parts, axis=1))


def _convolve(graph: Graph, x: str, layer: Convolution) -> str:
    kernel, bias = layer.weight.shape[-1], layer.bias
    if layer.border is not None:
        border = layer.border.astype(np.float32)[:, np.newaxis, np.newaxis]
        x, bias = graph.add('Sub', x, graph.constant(border)), bias + share_of(layer, layer.border)
    return graph.add(
        'Conv', x, graph.constant(layer.weight.astype(np.float32)),
        graph.constant(bias.astype(np.float32)), group=layer.groups,
        kernel_shape=[kernel, kernel], strides=[layer.stride] * 2, pads=[kernel // 2] * 4)
