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

"""ShuffleNets with random weights, in fp32 and int8: only their speed means something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.quantization.folded_network import Convolution, FoldedNetwork
from shufflenet_ros.quantization.quantize import QuantizedNetwork
from shufflenet_ros.quantization.ranges import Grid, grid_of, measure
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1
import torch
from torch import Tensor

LARGEST = 127


def untrained(variant: Variant, classes: int, pixels: Tensor, seed: int = 0) -> FoldedNetwork:
    """
    Make a network whose feature maps are as large as a trained one's, on pixels (N, 3, H, W).

    Its normalisation takes the statistics of these images, so that int8 grids have ranges to fit;
    its answers mean nothing.
    """
    torch.manual_seed(seed)
    network = ShuffleNetV1(variant, classes)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            # The mean of all batches so far, not a moving one: a single pass gives it.
            layer.momentum = None
    with torch.no_grad():
        network.train()(pixels)
    return fold(network.eval())


def rounded(network: FoldedNetwork, pixels: Tensor) -> QuantizedNetwork:
    """Quantize in the plainest way: widest grids, nearest weights; as fast as the best one."""
    statistics = measure(network, pixels)
    grids = {name: grid_of(float(statistics.low[name].min()), float(statistics.high[name].max()))
             for name in statistics.low}
    return QuantizedNetwork(replace(
        network, stem=_nearest(network.stem), classifier=_nearest(network.classifier),
        units=tuple(replace(unit, compress=_nearest(unit.compress), expand=_nearest(unit.expand),
                            depthwise=_nearest(unit.depthwise)) for unit in network.units)),
        grids | {'pixels': Grid(1.0, 0)})


def _nearest(layer: Convolution) -> Convolution:
    largest = np.abs(layer.weight).reshape(len(layer.weight), -1).max(1)
    step = np.maximum(largest, 1e-9).astype(np.float32) / LARGEST
    shaped = step.reshape(-1, 1, 1, 1)
    return replace(layer, weight=np.round(layer.weight / shaped) * shaped, step=step)
