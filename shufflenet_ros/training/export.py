"""
A folded network as an fp32 ONNX graph: ``pixels`` uint8 NHWC in, ``logits`` float out.

The graph is written node by node from standard operators, so it says just what the network does
and depends on no exporter's version.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto

from shufflenet_ros.core.preprocess import Geometry
from shufflenet_ros.model_card import INPUT, OUTPUT
from shufflenet_ros.training.fold import Convolution, FoldedNetwork, FoldedUnit

OPSET = 17
IR_VERSION = 8
"""Read by every onnxruntime since 1.13, among them those of Humble's time."""


class Graph:
    """Nodes and constants in the order they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        """Add a constant and return its name."""
        name = f'constant_{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, *inputs: str, **attributes) -> str:
        """Add a node with one output and return that output's name."""
        name = f'{kind}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def save(self, path: Path, geometry: Geometry, output: str, classes: int,
             domains: tuple[str, ...] = ('',)) -> None:
        """Write the model with ``output`` as its logits (1, classes)."""
        self.add('Identity', output)
        self.nodes[-1].output[0] = OUTPUT
        shape = [1, geometry.height, geometry.width, 3]
        graph = helper.make_graph(
            self.nodes, 'shufflenet_v1',
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, shape)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, classes])],
            self.constants)
        model = helper.make_model(
            graph, producer_name='shufflenet_ros', ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid(name, 1 if name else OPSET) for name in domains])
        onnx.checker.check_model(model)
        onnx.save(model, path)


def write_fp32(network: FoldedNetwork, geometry: Geometry, path: Path) -> None:
    """Write the fp32 graph of a network for one input size."""
    graph = Graph()
    x = graph.add('Cast', INPUT, to=TensorProto.FLOAT)
    x = graph.add('Transpose', x, perm=[0, 3, 1, 2])  # (1, 3, H, W)
    x = graph.add('Relu', _convolve(graph, x, network.stem))
    x = graph.add('MaxPool', x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for unit in network.units:
        x = _unit(graph, x, unit, network.groups)
    x = graph.add('Flatten', graph.add('GlobalAveragePool', x))  # (1, features)
    x = graph.add('Gemm', x, graph.constant(network.classifier), transB=1)
    graph.save(path, geometry, x, len(network.classifier))


def _unit(graph: Graph, x: str, unit: FoldedUnit, groups: int) -> str:
    y = graph.add('Relu', _convolve(graph, x, unit.compress))
    if groups > 1:
        y = _shuffle(graph, y, groups, len(unit.compress.bias))
    y = _convolve(graph, _convolve(graph, y, unit.depthwise), unit.expand)
    if unit.stride == 1:
        return graph.add('Relu', graph.add('Add', x, y))
    shortcut = graph.add('AveragePool', x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4,
                         count_include_pad=1)
    return graph.add('Relu', graph.add('Concat', shortcut, y, axis=1))


def _shuffle(graph: Graph, x: str, groups: int, channels: int) -> str:
    # One copy of whole channels; reshape, transpose, reshape would move the data three times.
    order = np.arange(channels, dtype=np.int64).reshape(-1, groups).T.ravel()
    return graph.add('Gather', x, graph.constant(order), axis=1)


def _convolve(graph: Graph, x: str, layer: Convolution) -> str:
    kernel = layer.weight.shape[-1]
    return graph.add(
        'Conv', x, graph.constant(layer.weight), graph.constant(layer.bias), group=layer.groups,
        kernel_shape=[kernel, kernel], strides=[layer.stride] * 2, pads=[kernel // 2] * 4)
