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
A quantized network as an ONNX graph in the shape onnxruntime's int8 kernels are fastest at.

Everything stays in NHWC from the camera's pixels to the logits, and nothing returns to float
between. ReLU is free where a grid starts at zero; both branches of a stride-2 unit share one
grid, so that their concatenation is a plain copy; the averaged shortcut is a depthwise
convolution. The same integers come in two forms: ``u8`` for x86 cores with VNNI, ``s8`` for all
others (ARM; and x86 without VNNI, whose u8 kernels add pairs of products in 16 bits, which
overflow).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import INPUT
from shufflenet_ros.quantization.folded_network import Convolution, FoldedNetwork, FoldedUnit
from shufflenet_ros.quantization.integers import average, layer_integers, without_border
from shufflenet_ros.quantization.onnx_graph import Graph, MICROSOFT
from shufflenet_ros.quantization.ranges import Grid
from shufflenet_ros.quantization.rewrite import absorb_shuffle, pad_channels, space_to_depth

BLOCK = 4
COMPRESS_GROUPS = {8: 4}
"""
Groups that the first pointwise convolutions keep, by the groups of the network; 1 for others.

Dense is faster up to four groups. With eight the zeros outweigh the faster kernel: docs/int8.md
has the times.
"""


def write_int8(network: FoldedNetwork, grids: dict[str, Grid], geometry: Geometry, path: Path,
               form: str) -> None:
    """Write a network whose weights have steps, with these activation grids, as u8 or s8."""
    network = pad_channels(absorb_shuffle(network, COMPRESS_GROUPS.get(network.groups, 1)))
    _Writer(grids, form).write(network, geometry, path)


class _Writer:
    """One graph in one form."""

    def __init__(self, grids: dict[str, Grid], form: str) -> None:
        self._graph = Graph()
        self._grids = grids
        self._type, self._shift = {'u8': (np.uint8, 0), 's8': (np.int8, 128)}[form]

    def write(self, network: FoldedNetwork, geometry: Geometry, path: Path) -> None:
        """Write the whole network."""
        graph, grids = self._graph, self._grids
        x = self._stem(self._pixels(), network.stem, geometry)
        x = graph.add('NhwcMaxPool', x, domain=MICROSOFT, kernel_shape=[3, 3], strides=[2, 2],
                      pads=[1] * 4)
        grid = grids['stem']
        for index, unit in enumerate(network.units):
            x = self._unit(x, grid, index, unit)
            grid = grids[f'{index}.output']
        features = grids['features']
        x = graph.add('QLinearGlobalAveragePool', x, *self._grid(grid), *self._grid(features),
                      domain=MICROSOFT, channels_last=1)
        self._classifier(graph.add('Flatten', x), features, network.classifier)
        graph.save(path, geometry, len(network.classifier.bias))

    def _pixels(self) -> str:
        if not self._shift:
            return INPUT
        # Bytes 0 to 255 become -128 to 127: the same pixels on the other grid.
        scale = self._graph.constant(np.float32(1))
        x = self._graph.add('DequantizeLinear', INPUT, scale, self._graph.constant(np.uint8(128)))
        return self._graph.add('QuantizeLinear', x, scale, self._graph.constant(np.int8(0)))

    def _stem(self, x: str, layer: Convolution, geometry: Geometry) -> str:
        layer, pixels = without_border(layer, self._grids['pixels'])
        output = self._grids['stem']
        if geometry.height % 2 or geometry.width % BLOCK:
            return self._convolve(x, pixels, layer, output, stride=(2, 2), pads=[1] * 4)
        blocks = np.array([1, geometry.height, geometry.width // BLOCK, 3 * BLOCK], np.int64)
        plain = np.array([1, geometry.height // 2, geometry.width // 2, len(layer.bias)], np.int64)
        x = self._graph.add('Reshape', x, self._graph.constant(blocks))
        x = self._convolve(x, pixels, space_to_depth(layer, BLOCK), output, stride=(2, 1),
                           pads=[1, 1, 0, 0])
        return self._graph.add('Reshape', x, self._graph.constant(plain))

    def _unit(self, x: str, grid: Grid, index: int, unit: FoldedUnit) -> str:
        inner, middle, output = (self._grids[f'{index}.{name}']
                                 for name in ('compress', 'depthwise', 'output'))
        stride, around = (unit.stride, unit.stride), [1] * 4
        y = self._convolve(x, grid, unit.compress, inner)
        y = self._convolve(y, inner, unit.depthwise, middle, stride, around)
        if unit.stride == 2:
            # Both end on the grid of the output, which starts at zero: that is the ReLU.
            y = self._convolve(y, middle, unit.expand, output)
            shortcut = self._convolve(x, grid, average(unit), output, stride, around)
            parts = (y, shortcut) if unit.branch_first else (shortcut, y)
            return self._graph.add('Concat', *parts, axis=3)
        branch = self._grids[f'{index}.expand']
        y = self._convolve(y, middle, unit.expand, branch)
        return self._graph.add(
            'QLinearAdd', y, *self._grid(branch), x, *self._grid(grid), *self._grid(output),
            domain=MICROSOFT)

    def _convolve(self, x: str, inputs: Grid, layer: Convolution, outputs: Grid,
                  stride: tuple[int, int] = (1, 1), pads: list[int] = [0] * 4) -> str:
        weight, step, bias = layer_integers(layer, inputs)
        constant = self._graph.constant
        return self._graph.add(
            'QLinearConv', x, *self._grid(inputs), constant(weight), constant(step),
            constant(np.zeros(len(step), np.int8)), *self._grid(outputs), constant(bias),
            domain=MICROSOFT, channels_last=1, group=layer.groups,
            kernel_shape=list(weight.shape[2:]), strides=list(stride), pads=pads)

    def _classifier(self, x: str, inputs: Grid, layer: Convolution) -> None:
        weight, step, bias = layer_integers(layer, inputs)
        constant = self._graph.constant
        self._graph.add(
            'QGemm', x, *self._grid(inputs), constant(weight[:, :, 0, 0]), constant(step),
            constant(np.zeros(len(step), np.int8)), constant(bias), domain=MICROSOFT, transB=1)

    def _grid(self, grid: Grid) -> tuple[str, str]:
        return (self._graph.constant(np.float32(grid.scale)),
                self._graph.constant(self._type(grid.zero_point - self._shift)))
