"""
Run a folded network in torch, with a look at every tensor that int8 will round.

Tensors have names: ``pixels``, ``stem``, then for each unit ``N.compress``, ``N.depthwise``,
``N.expand`` (stride 1 only) and ``N.output``, and ``features`` at the end. ReLU is included where
one follows. The functions that make one tensor of another serve the quantizer too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from shufflenet_ros.training.fold import Convolution, FoldedNetwork, FoldedUnit

Visit = Callable[[str, Tensor], Tensor]
"""Sees each tensor under its name and returns what the network goes on with."""


def convolve(x: Tensor, layer: Convolution) -> Tensor:
    """(N, inputs, H, W) to (N, outputs, H / stride, W / stride), padded with zeros."""
    weight, bias = (torch.from_numpy(np.ascontiguousarray(values, np.float32))
                    for values in (layer.weight, layer.bias))
    return functional.conv2d(
        x, weight, bias, layer.stride, layer.weight.shape[-1] // 2, 1, layer.groups)


def stem(x: Tensor, layer: Convolution, visit: Visit) -> Tensor:
    """Pixels to the input of the first unit."""
    x = visit('stem', functional.relu(convolve(x, layer)))
    return functional.max_pool2d(x, 3, stride=2, padding=1)


def shuffle_order(channels: int, groups: int) -> np.ndarray:
    """Channel of the input that each channel of the shuffled tensor comes from."""
    return np.arange(channels).reshape(-1, groups).T.ravel()


def shuffle(x: Tensor, groups: int) -> Tensor:
    """Channel shuffle of (N, C, H, W)."""
    return x if groups == 1 else x[:, shuffle_order(x.shape[1], groups)]


def average(x: Tensor, unit: FoldedUnit) -> Tensor:
    """Shortcut of a stride-2 unit: averaged (padding counts) and scaled."""
    factor = torch.from_numpy(unit.shortcut.astype(np.float32))[:, None, None]
    return functional.avg_pool2d(x, 3, stride=2, padding=1) * factor


def join(x: Tensor, y: Tensor, unit: FoldedUnit) -> Tensor:
    """Output of a unit of its input and its branch."""
    if unit.stride == 2:
        return torch.cat((average(x, unit), functional.relu(y)), 1)
    return functional.relu(x + y)


@torch.no_grad()
def run(network: FoldedNetwork, pixels: Tensor, visit: Visit = lambda name, x: x) -> Tensor:
    """Logits (N, classes) of RGB pixels 0-255, float (N, 3, H, W)."""
    x = stem(visit('pixels', pixels), network.stem, visit)
    for index, unit in enumerate(network.units):
        y = visit(f'{index}.compress', functional.relu(convolve(x, unit.compress)))
        y = visit(f'{index}.depthwise', convolve(shuffle(y, network.groups), unit.depthwise))
        y = convolve(y, unit.expand)
        if unit.stride == 1:
            y = visit(f'{index}.expand', y)
        x = visit(f'{index}.output', join(x, y, unit))
    x = visit('features', x.mean((2, 3), keepdim=True))
    return convolve(x, network.classifier)[:, :, 0, 0]
