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
Our fp32 ONNX network as a TFLite file, written node by node.

The vendor's converter (litert-torch) wants JAX and a typing_extensions older than the one we pin.
What it does is done here as well: maps are NHWC, a ReLU is fused into the operator before it, a
channel shuffle is Reshape, Transpose, Reshape, and a border that SAME does not give is a Pad of
its own (XNNPACK fuses it into the convolution after it). An average with a border is a depthwise
convolution: XNNPACK has that in 8 bits as well; the average itself would run in slower code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema
import numpy as np
from onnx import NodeProto
from shufflenet_ros.bench.engines.float_input import (
    attributes_of,
    constants_of,
    groups_of,
    size_of,
    with_float_input,
)
from shufflenet_ros.bench.engines.tflite_builder import TfliteBuilder
from shufflenet_ros.inference.model_card import INPUT

NONE, RELU = schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU


def write_tflite(fp32: Path, path: Path) -> None:
    """Write the file: ``pixels`` float32 (1, height, width, 3) in, ``logits`` (1, classes) out."""
    model = with_float_input(fp32)
    _, channels, height, width = size_of(model.graph.input[0])
    converter = _Converter(constants_of(model))
    converter.tflite.maps(INPUT, (1, height, width, channels))
    for node in model.graph.node:
        getattr(converter, f'on_{node.op_type.lower()}')(node, attributes_of(node))
    path.write_bytes(converter.tflite.file())


class _Converter:
    """One method for each ONNX operator of our network."""

    def __init__(self, constants: dict[str, np.ndarray]) -> None:
        self.tflite = TfliteBuilder()
        self._constants = constants
        self._fusable: dict[str, list[Any]] = {}
        """Maps to the options of the operators that make them, into which a ReLU can be fused."""

    def on_conv(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Convolve, with as many groups as the weights tell, or channel by channel."""
        weight, bias = (self._constants[name] for name in node.input[1:])
        if weight.shape[1] == 1 and attributes['group'] == len(weight):
            # (C, 1, H, W) to (1, H, W, C).
            self._depthwise(node, attributes, weight.transpose(1, 2, 3, 0), bias)
            return
        x, options = self._window(node, attributes, 'Conv2D')
        # OIHW to OHWI.
        inputs = [x, self.tflite.constant(weight.transpose(0, 2, 3, 1)),
                  self.tflite.constant(bias)]
        self._add('CONV_2D', options, inputs, node.output[0],
                  (*self._strided(x, attributes, options), len(weight)))

    def on_maxpool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Take maxima; a border of zeros is right after a ReLU, which the network has there."""
        if NONE in {one.fusedActivationFunction for one in self._fusable[node.input[0]]}:
            raise ValueError(f'{node.name}: MaxPool that does not follow a ReLU')
        x, options = self._window(node, attributes, 'Pool2D')
        options.filterHeight, options.filterWidth = attributes['kernel_shape']
        self._add('MAX_POOL_2D', options, [x], node.output[0],
                  (*self._strided(x, attributes, options), self.tflite.shape(x)[3]))

    def on_averagepool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Average, zeros of the border included, as a convolution of each channel by itself."""
        if not attributes.get('count_include_pad'):
            raise ValueError(f'{node.name}: AveragePool without count_include_pad')
        height, width = attributes['kernel_shape']
        channels = self.tflite.shape(node.input[0])[3]
        mean = np.full((1, height, width, channels), 1 / (height * width), np.float32)
        self._depthwise(node, attributes, mean, np.zeros(channels, np.float32))

    def on_relu(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Fuse into the operators before it, whose maps nothing else reads."""
        del attributes
        for options in self._fusable[node.input[0]]:
            options.fusedActivationFunction = RELU
        self.tflite.alias(node.output[0], node.input[0])
        self._fusable[node.output[0]] = self._fusable[node.input[0]]

    def on_gather(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Shuffle channels."""
        del attributes
        x, name = node.input[0], node.output[0]
        *size, channels = self.tflite.shape(x)
        groups = groups_of(self._constants[node.input[1]])
        self._reshape(x, f'{name}_apart', (*size, channels // groups, groups))
        self._add('TRANSPOSE', None, [f'{name}_apart', self.tflite.integers(0, 1, 2, 4, 3)],
                  f'{name}_mixed', (*size, groups, channels // groups))
        self._reshape(f'{name}_mixed', name, (*size, channels))

    def on_concat(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Join channels; a ReLU after it is fused into the operators that make them."""
        del attributes
        options = schema.ConcatenationOptionsT()
        options.axis = 3
        *size, _ = self.tflite.shape(node.input[0])
        channels = sum(self.tflite.shape(name)[3] for name in node.input)
        self._add('CONCATENATION', options, list(node.input), node.output[0], (*size, channels))
        self._fusable[node.output[0]] = [
            options for name in node.input for options in self._fusable[name]]

    def on_add(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Add two maps."""
        del attributes
        self._add('ADD', schema.AddOptionsT(), list(node.input), node.output[0],
                  self.tflite.shape(node.input[0]))

    def on_mul(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Scale channels by a constant (channels, 1, 1)."""
        del attributes
        factor = self.tflite.constant(self._constants[node.input[1]].ravel())
        self._add('MUL', schema.MulOptionsT(), [node.input[0], factor], node.output[0],
                  self.tflite.shape(node.input[0]))

    def on_globalaveragepool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Average over height and width."""
        del attributes
        options = schema.ReducerOptionsT()
        options.keepDims = False
        self._add('MEAN', options, [node.input[0], self.tflite.integers(1, 2)], node.output[0],
                  (1, self.tflite.shape(node.input[0])[3]))

    def on_flatten(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Nothing to do: the average is flat already."""
        del attributes
        self.tflite.alias(node.output[0], node.input[0])

    def on_gemm(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Classify; the weights are (classes, features) in both formats."""
        if not attributes.get('transB'):
            raise ValueError(f'{node.name}: Gemm without transB')
        weight, bias = (self._constants[name] for name in node.input[1:])
        self._add('FULLY_CONNECTED', schema.FullyConnectedOptionsT(),
                  [node.input[0], self.tflite.constant(weight), self.tflite.constant(bias)],
                  node.output[0], (1, len(bias)))

    def _depthwise(self, node: NodeProto, attributes: dict[str, Any], weight: np.ndarray,
                   bias: np.ndarray) -> None:
        """Convolve each channel by itself; ``weight`` is (1, height, width, channels)."""
        x, options = self._window(node, attributes, 'DepthwiseConv2D')
        options.depthMultiplier = 1
        self._add('DEPTHWISE_CONV_2D', options,
                  [x, self.tflite.constant(weight), self.tflite.constant(bias)], node.output[0],
                  (*self._strided(x, attributes, options), len(bias)))

    def _window(self, node: NodeProto, attributes: dict[str, Any],
                kind: str) -> tuple[str, Any]:
        """Give the operator's input, padded where neither SAME nor VALID is right, and options."""
        options = getattr(schema, f'{kind}OptionsT')()
        options.strideH, options.strideW = strides = attributes['strides']
        kernel, pads = attributes['kernel_shape'], attributes['pads']
        wanted = list(zip(pads[:2], pads[2:]))  # before and after, rows and columns
        sizes = self.tflite.shape(node.input[0])[1:3]
        options.padding = schema.Padding.VALID
        if not any(pads):
            return node.input[0], options
        if wanted == [_same(*one) for one in zip(sizes, kernel, strides)]:
            options.padding = schema.Padding.SAME
            return node.input[0], options
        return self._pad(node, wanted), options

    def _pad(self, node: NodeProto, wanted: list[tuple[int, int]]) -> str:
        batch, height, width, channels = self.tflite.shape(node.input[0])
        borders = self.tflite.constant(np.array([(0, 0), *wanted, (0, 0)], np.int32))
        self._add('PAD', None, [node.input[0], borders], f'{node.name}_padded',
                  (batch, height + sum(wanted[0]), width + sum(wanted[1]), channels))
        return f'{node.name}_padded'

    def _strided(self, x: str, attributes: dict[str, Any], options: Any) -> tuple[int, int, int]:
        """Batch, height and width of the maps that a window operator gives."""
        batch, *sizes = self.tflite.shape(x)[:3]
        kernel = (1, 1) if options.padding == schema.Padding.SAME else attributes['kernel_shape']
        height, width = ((size - edge) // stride + 1 for size, edge, stride in zip(
            sizes, kernel, attributes['strides']))
        return batch, height, width

    def _reshape(self, x: str, name: str, shape: tuple[int, ...]) -> None:
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        self._add('RESHAPE', options, [x, self.tflite.integers(*shape)], name, shape)

    def _add(self, kind: str, options: Any, inputs: list[str], name: str,
             shape: tuple[int, ...]) -> None:
        self.tflite.operator(kind, options, inputs, name, shape)
        if hasattr(options, 'fusedActivationFunction'):
            self._fusable[name] = [options]


def _same(size: int, edge: int, stride: int) -> tuple[int, int]:
    """Rows or columns that SAME adds before and after."""
    total = max((-(-size // stride) - 1) * stride + edge - size, 0)
    return total // 2, total - total // 2
