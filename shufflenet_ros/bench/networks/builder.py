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
Build a network as fp32 ONNX with the layers that papers name: convolution, pooling, linear.

Weights are random (He et al.): the speed of a dense network does not depend on their values. Batch
normalisation is folded, as an engine would fold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from onnx import TensorProto
from shufflenet_ros.inference.model_card import INPUT
from shufflenet_ros.quantization.onnx_graph import Graph


@dataclass(frozen=True, slots=True)
class Maps:
    """Feature maps (1, channels, height, width) of a graph, by name."""

    name: str
    channels: int
    height: int
    width: int


class NetworkBuilder:
    """Adds layers to a graph; each method takes feature maps and gives those that it makes."""

    def __init__(self, seed: int = 0) -> None:
        self.graph = Graph()
        self._rng = np.random.default_rng(seed)

    def pixels(self, height: int, width: int) -> Maps:
        """Begin with the input of every network, and give it as float maps (0 to 255)."""
        x = self.graph.add('Cast', INPUT, to=TensorProto.FLOAT)
        return Maps(self.graph.add('Transpose', x, perm=[0, 3, 1, 2]), 3, height, width)

    def convolve(self, x: Maps, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1,
                 pad: int | None = None, relu: bool = True) -> Maps:
        """Convolve, with bias."""
        pad = kernel // 2 if pad is None else pad
        weight = self._weights(outputs, x.channels // groups, kernel, kernel)
        name = self.graph.add(
            'Conv', x.name, weight, self._bias(outputs), group=groups, kernel_shape=[kernel] * 2,
            strides=[stride] * 2, pads=[pad] * 4)
        return self._activate(Maps(name, outputs, *_size(x, kernel, stride, pad)), relu)

    def depthwise(self, x: Maps, kernel: int = 3, stride: int = 1, relu: bool = True) -> Maps:
        """Convolve each channel by itself."""
        return self.convolve(x, x.channels, kernel, stride, x.channels, relu=relu)

    def pool(self, x: Maps, kernel: int = 3, stride: int = 2, pad: int = 0,
             up: bool = False) -> Maps:
        """Take maxima; ``up`` rounds the size up, as Caffe does."""
        name = self.graph.add('MaxPool', x.name, kernel_shape=[kernel] * 2, strides=[stride] * 2,
                              pads=[pad] * 4, ceil_mode=int(up))
        return Maps(name, x.channels, *_size(x, kernel, stride, pad, up))

    def average_to(self, x: Maps, size: int) -> Maps:
        """Average over windows that leave at most size x size places."""
        rows, columns = min(size, x.height), min(size, x.width)
        strides = [x.height // rows, x.width // columns]
        kernels = [x.height - (rows - 1) * strides[0], x.width - (columns - 1) * strides[1]]
        name = self.graph.add('AveragePool', x.name, kernel_shape=kernels, strides=strides)
        return Maps(name, x.channels, rows, columns)

    def normalise(self, x: Maps) -> Maps:
        """Apply local response normalisation as in AlexNet, section 3.3."""
        name = self.graph.add('LRN', x.name, size=5, alpha=5e-4, beta=0.75, bias=2.0)
        return Maps(name, x.channels, x.height, x.width)

    def join(self, *parts: Maps) -> Maps:
        """Concatenate channels."""
        name = self.graph.add('Concat', *(part.name for part in parts), axis=1)
        return Maps(name, sum(part.channels for part in parts), parts[0].height, parts[0].width)

    def take(self, x: Maps, channels: Sequence[int]) -> Maps:
        """Pick channels, in this order."""
        order = self.graph.constant(np.asarray(channels, np.int64))
        return Maps(self.graph.add('Gather', x.name, order, axis=1), len(channels), x.height,
                    x.width)

    def mean(self, x: Maps) -> Maps:
        """Average each channel over all places."""
        return Maps(self.graph.add('GlobalAveragePool', x.name), x.channels, 1, 1)

    def linear(self, x: Maps, outputs: int, relu: bool = True) -> Maps:
        """Connect all inputs with all outputs."""
        weight = self._weights(outputs, x.channels * x.height * x.width)
        flat = self.graph.add('Flatten', x.name)
        name = self.graph.add('Gemm', flat, weight, self._bias(outputs), transB=1)
        return self._activate(Maps(name, outputs, 1, 1), relu)

    def _activate(self, x: Maps, relu: bool) -> Maps:
        name = self.graph.add('Relu', x.name) if relu else x.name
        return Maps(name, x.channels, x.height, x.width)

    def _weights(self, *shape: int) -> str:
        size = np.float32(np.sqrt(2 / prod(shape[1:])))
        return self.graph.constant(self._rng.standard_normal(shape, np.float32) * size)

    def _bias(self, outputs: int) -> str:
        return self.graph.constant(
            self._rng.standard_normal(outputs, np.float32) * np.float32(0.1))


def _size(x: Maps, kernel: int, stride: int, pad: int, up: bool = False) -> tuple[int, int]:
    extra = stride - 1 if up else 0
    height, width = ((side + 2 * pad - kernel + extra) // stride + 1
                     for side in (x.height, x.width))
    return height, width
