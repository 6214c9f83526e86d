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
Run a folded network in torch, and visit every tensor that int8 will round.

Tensors have names: ``pixels``, ``stem``, then for each unit ``N.compress``, ``N.depthwise``,
``N.expand`` (stride 1 only) and ``N.output``, and ``features`` at the end. ReLU is included where
one follows. The functions that make one tensor of another serve the quantizer too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from shufflenet_ros.quantization.folded_network import (
    Convolution,
    FoldedNetwork,
    FoldedUnit,
    share_of,
)
import torch
from torch import Tensor
from torch.nn import functional

Visit = Callable[[str, Tensor], Tensor]
"""Sees each tensor under its name and returns what the network goes on with."""


def convolve(x: Tensor, layer: Convolution) -> Tensor:
    """(N, inputs, H, W) to (N, outputs, H / stride, W / stride), padded with the border."""
    bias = layer.bias
    if layer.border is not None:
        # Shifted so that the border is zero, which is what padding adds.
        x = x - torch.from_numpy(layer.border.astype(np.float32))[:, None, None]
        bias = bias + share_of(layer, layer.border)
    return functional.conv2d(x, _tensor(layer.weight), _tensor(bias), layer.stride,
                             layer.weight.shape[-1] // 2, 1, layer.groups)


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def stem(x: Tensor, layer: Convolution, visit: Visit) -> Tensor:
    """Pixels to the input of the first unit."""
    x = visit('stem', functional.relu(convolve(x, layer)))
    return functional.max_pool2d(x, 3, stride=2, padding=1)


def shuffle(x: Tensor, unit: FoldedUnit) -> Tensor:
    """Channel shuffle of (N, C, H, W)."""
    return x if unit.order is None else x[:, unit.order]


def average(x: Tensor, unit: FoldedUnit) -> Tensor:
    """Shortcut of a stride-2 unit: averaged (padding counts) and scaled."""
    factor = torch.from_numpy(unit.shortcut.astype(np.float32))[:, None, None]
    return functional.avg_pool2d(x, 3, stride=2, padding=1) * factor


def join(x: Tensor, y: Tensor, unit: FoldedUnit) -> Tensor:
    """Output of a unit of its input and its branch."""
    if unit.stride == 2:
        parts = (average(x, unit), functional.relu(y))
        return torch.cat(parts[::-1] if unit.branch_first else parts, 1)
    return functional.relu(x + y)


@torch.no_grad()
def run(network: FoldedNetwork, pixels: Tensor, visit: Visit = lambda name, x: x) -> Tensor:
    """Logits (N, classes) of RGB pixels 0-255, float (N, 3, H, W)."""
    x = stem(visit('pixels', pixels), network.stem, visit)
    for index, unit in enumerate(network.units):
        y = visit(f'{index}.compress', functional.relu(convolve(x, unit.compress)))
        y = visit(f'{index}.depthwise', convolve(shuffle(y, unit), unit.depthwise))
        y = convolve(y, unit.expand)
        if unit.stride == 1:
            y = visit(f'{index}.expand', y)
        x = visit(f'{index}.output', join(x, y, unit))
    x = visit('features', x.mean((2, 3), keepdim=True))
    return convolve(x, network.classifier)[:, :, 0, 0]
