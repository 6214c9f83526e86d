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
From trained float weights to int8: the steps in order.

Equalize channels, choose the grid of each tensor, round the weights layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.addition_grids import without_ties
from shufflenet_ros.quantization.equalize import equalize
from shufflenet_ros.quantization.folded_network import divide_logits, FoldedNetwork
from shufflenet_ros.quantization.forward import run
from shufflenet_ros.quantization.ranges import best_grids, Grid, measure
from shufflenet_ros.quantization.reconstruct import quantize_weights
from shufflenet_ros.quantization.rewrite import with_one_border
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class QuantizedNetwork:
    """A network whose weights have int8 steps, and the uint8 grid of every activation."""

    network: FoldedNetwork
    grids: dict[str, Grid]

    def simulate(self, pixels: Tensor) -> Tensor:
        """Logits (N, classes) as the int8 graph gives them, in float arithmetic."""
        return run(self.network, pixels, lambda name, x: self.grids[name].apply(x))


@dataclass(frozen=True, slots=True)
class QuantizedModel:
    """The two networks of a model folder: in float, and with the weights of int8."""

    fp32: FoldedNetwork
    int8: QuantizedNetwork

    def divide_logits(self, temperature: float) -> QuantizedModel:
        """Divide the logits of both; the integers of int8 stay the same."""
        return QuantizedModel(divide_logits(self.fp32, temperature), replace(
            self.int8, network=divide_logits(self.int8.network, temperature)))


def quantize_model(network: FoldedNetwork, images: Sequence[np.ndarray], geometry: Geometry,
                   seed: int, progress: Progress) -> QuantizedModel:
    """Quantize a network on RGB calibration images of any size, as its input shows them."""
    update = progress.start('quantizing', len(network.units))
    pixels = calibration_pixels(images, geometry)
    return QuantizedModel(network, quantize(network, pixels, seed, update))


def quantize(network: FoldedNetwork, pixels: Tensor, seed: int = 0,
             update: Callable[[int], None] = lambda done: None) -> QuantizedNetwork:
    """
    Equalize, find the grids, and round the weights, on pixels (N, 3, H, W) 0-255.

    ``update`` is called with the number of units done.
    """
    network = with_one_border(network)
    network = equalize(network, measure(network, pixels, seed))
    grids = without_ties(network, best_grids(measure(network, pixels, seed)))
    return QuantizedNetwork(quantize_weights(network, grids, pixels, seed, update), grids)


def calibration_pixels(images: Sequence[np.ndarray], geometry: Geometry) -> Tensor:
    """RGB uint8 images of any size as the network sees them: float (N, 3, H, W)."""
    tensors = np.concatenate(list(preprocessed(images, geometry)))
    return torch.from_numpy(tensors).permute(0, 3, 1, 2).float()
