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
A network as plain arrays, with batch normalisation folded into the convolutions.

What export and quantization start from; no network of PyTorch is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Convolution:
    """``weight`` float (outputs, inputs / groups, kernel, kernel), ``bias`` (outputs,)."""

    weight: np.ndarray
    bias: np.ndarray
    groups: int = 1
    stride: int = 1
    step: np.ndarray | None = None
    """
    (outputs,): once quantized, every weight of an output is a whole multiple (-127 to 127) of its
    step; None before.
    """
    border: np.ndarray | None = None
    """(inputs,): value of each input channel beyond the edges; None for zeros."""

    def steps(self) -> np.ndarray:
        """Give the steps of a quantized layer, float64 (outputs,); ValueError before."""
        if self.step is None:
            raise ValueError('this layer is not quantized: its weights have no step')
        return self.step.astype(np.float64)


@dataclass(frozen=True, slots=True)
class FoldedUnit:
    """One unit of figure 2: compress, ReLU, shuffle, depthwise, expand, add or concatenate."""

    compress: Convolution
    depthwise: Convolution
    expand: Convolution
    shortcut: np.ndarray
    """(inputs,): factor on each channel of a stride-2 unit's averaged shortcut, 1 at first."""
    order: np.ndarray | None
    """Channel shuffle: output of ``compress`` that each input of ``depthwise`` is, or None."""
    branch_first: bool = False
    """Whether a stride-2 unit puts its branch before the shortcut."""

    @property
    def stride(self) -> int:
        """1 for figure 2 (b), 2 for figure 2 (c)."""
        return self.depthwise.stride


@dataclass(frozen=True, slots=True)
class FoldedNetwork:
    """The whole network on RGB pixels 0-255."""

    stem: Convolution
    units: tuple[FoldedUnit, ...]
    classifier: Convolution
    """1x1 on the averaged features."""
    groups: int
    """Groups of the pointwise convolutions as they were trained; 1 where they are dense."""


def share_of(layer: Convolution, values: np.ndarray) -> np.ndarray:
    """Compute what one value for each input adds to each output of an ungrouped convolution."""
    return layer.weight.sum((2, 3), dtype=np.float64) @ values


def divide_logits(network: FoldedNetwork, temperature: float) -> FoldedNetwork:
    """Divide the logits of a network, float or with int8 steps, whose integers stay the same."""
    layer = network.classifier
    return replace(network, classifier=replace(
        layer, weight=layer.weight / temperature, bias=layer.bias / temperature,
        step=None if layer.step is None else layer.step / temperature))
