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
The integers of a quantized network as plain arrays: what the fused operator computes with.

Everything lies in the domain of uint8. Weights keep their groups, and the channel shuffle is an
order. ``reference.py`` says what is computed, ``packed.py`` how this lies in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

AVERAGE_WEIGHT = 127
"""Weight of each of the nine values that a shortcut averages."""
LARGEST_FACTOR = 2 ** 15 - 1
"""Of an addition: both fit into 16 bits with their sign."""
LARGEST_SHIFT = 22


@dataclass(frozen=True, slots=True)
class IntegerLayer:
    """One convolution, without the zero points of its input and output."""

    weight: np.ndarray
    """int8 (outputs, kernel, kernel, inputs / groups)."""
    bias: np.ndarray
    """int32 (outputs,), on the grid of the products."""
    multiplier: np.ndarray
    """float32 (outputs,): from the grid of the products to that of the output."""
    groups: int = 1

    @property
    def outputs(self) -> int:
        """Channels of the output."""
        return len(self.bias)

    @property
    def inputs(self) -> int:
        """Channels of the input."""
        return self.weight.shape[3] * self.groups


@dataclass(frozen=True, slots=True)
class Addition:
    """Sum of branch ``t`` and shortcut ``x``: ``(t * branch + x * shortcut + half) >> shift``."""

    zero_point: int
    """Of the branch's own grid: ``t`` is from ``-zero_point`` to ``255 - zero_point``."""
    branch: int
    shortcut: int
    shift: int
    """``half`` is ``2 ** (shift - 1)``."""


@dataclass(frozen=True, slots=True)
class IntegerUnit:
    """One unit: of stride 1 with an ``addition``, or of stride 2 with ``averages``."""

    compress: IntegerLayer
    order: np.ndarray
    """int32 (bottleneck,): output of ``compress`` that each channel after the shuffle is."""
    depthwise: IntegerLayer
    """``groups`` are its channels, as they lie after the shuffle."""
    depthwise_zero: int
    expand: IntegerLayer
    addition: Addition | None = None
    averages: np.ndarray | None = None
    """float32 (inputs of the unit,): multipliers of the averaged shortcut."""
    branch_first: bool = False

    @property
    def stride(self) -> int:
        """1 or 2."""
        return 1 if self.averages is None else 2

    @property
    def inputs(self) -> int:
        """Channels of the input."""
        return self.compress.inputs

    @property
    def outputs(self) -> int:
        """Channels of the output."""
        return self.expand.outputs + (self.inputs if self.stride == 2 else 0)


@dataclass(frozen=True, slots=True)
class IntegerNetwork:
    """The whole network for one input size."""

    height: int
    width: int
    level: int
    """Zero point of the pixels: what lies beyond the edges of the image."""
    stem: IntegerLayer
    units: tuple[IntegerUnit, ...]
    features: np.float32
    """Multiplier of the features: from a sum over all places to their grid."""
    classifier: IntegerLayer
    """Its ``multiplier`` gives the logits."""

    @property
    def classes(self) -> int:
        """Number of logits."""
        return self.classifier.outputs


def multiplier(inputs: float, weights: np.ndarray, outputs: float) -> np.ndarray:
    """Compute ``inputs * weights / outputs`` (scales) in float32 at each step, as onnxruntime."""
    return np.float32(inputs) * np.asarray(weights, np.float32) / np.float32(outputs)


def features_multiplier(inputs: float, outputs: float, size: tuple[int, int]) -> np.float32:
    """Compute ``inputs / (outputs * height * width)`` (scales) in float32, as onnxruntime."""
    return np.float32(inputs) / (np.float32(outputs) * np.float32(prod(size)))


def addition(zero_point: int, branch: float, shortcut: float, output: float) -> Addition:
    """
    Make an addition of the scales of both summands and of their sum.

    The factors are ``scale / output * 2 ** shift``, rounded to the nearest, ties to even, with
    the largest shift of 1 to 22 for which both are at most 32767. ValueError where there is none.
    """
    for shift in range(LARGEST_SHIFT, 0, -1):
        factors = [round(scale / output * 2 ** shift) for scale in (branch, shortcut)]
        if max(factors) <= LARGEST_FACTOR:
            return Addition(zero_point, factors[0], factors[1], shift)
    raise ValueError(f'scales {branch:g} and {shortcut:g} are too far from {output:g}, that of '
                     'their sum')


def last_size(network: IntegerNetwork) -> tuple[int, int]:
    """Height and width of the tensor that the features are averages of."""
    return size_after(network.height, network.width, [unit.stride for unit in network.units])


def size_after(height: int, width: int, strides: list[int]) -> tuple[int, int]:
    """Height and width after stem, pooling and units of these strides."""
    for stride in (2, 2, *strides):
        height, width = -(-height // stride), -(-width // stride)
    return height, width
