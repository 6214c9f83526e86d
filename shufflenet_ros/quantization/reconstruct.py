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
Quantize the weights of a network layer by layer, each on what the layers before it really give.

Two runs of the calibration images go through the network side by side: one in float, one with the
rounded weights and grids of all layers so far. Each layer is fitted to the float outputs on the
quantized inputs, rounded, and its bias takes back the mean error of each output channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from shufflenet_ros.quantization.folded_network import Convolution, FoldedNetwork, FoldedUnit
from shufflenet_ros.quantization.forward import convolve, join, shuffle, stem
from shufflenet_ros.quantization.ranges import BATCH, Grid
from shufflenet_ros.quantization.rounding import fit, round_weights
import torch
from torch import Tensor
from torch.nn import functional

RIDGE = 0.01
STEM_RIDGE = 1e-5
CLASSIFIER_RIDGE = 0.3
"""Few samples (one an image) for many inputs: hold the weights near what training found."""
SAMPLES = 40_000
"""Places of a feature map, over all images, that a layer is fitted on."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same tensor of both runs, (N, C, H, W) each."""

    clean: Tensor
    rounded: Tensor

    def map(self, work: Callable[[Tensor], Tensor],
            grid: Grid | None = None, other: Callable[[Tensor], Tensor] | None = None) -> Pair:
        """Apply ``work`` to both, ``other`` (if given) and ``grid`` to the rounded run alone."""
        clean = torch.cat([work(batch) for batch in self.clean.split(BATCH)])
        rounded = torch.cat([(other or work)(batch) for batch in self.rounded.split(BATCH)])
        return Pair(clean, rounded if grid is None else grid.apply(rounded))


@torch.no_grad()
def quantize_weights(network: FoldedNetwork, grids: dict[str, Grid], pixels: Tensor,
                     seed: int = 0,
                     update: Callable[[int], None] = lambda done: None) -> FoldedNetwork:
    """Give every layer int8 weights (``step`` is set) that suit these activation grids."""
    generator = torch.Generator().manual_seed(seed)
    quantizer = _Quantizer(grids, generator)
    first = Pair(pixels, pixels)
    layer = quantizer.spatial(first, network.stem, STEM_RIDGE)
    x = first.map(
        lambda batch: stem(batch, network.stem, lambda name, value: value),
        other=lambda batch: stem(batch, layer, lambda name, value: grids[name].apply(value)))
    units = []
    for index, unit in enumerate(network.units):
        x, quantized = quantizer.unit(index, x, unit)
        units.append(quantized)
        update(len(units))
    features = x.map(lambda batch: batch.mean((2, 3), keepdim=True), grids['features'])
    classifier = quantizer.pointwise(
        features, network.classifier, fitted=False, ridge=CLASSIFIER_RIDGE)
    return replace(network, stem=layer, units=tuple(units), classifier=classifier)


class _Quantizer:
    """The layers of one network, quantized in order."""

    def __init__(self, grids: dict[str, Grid], generator: torch.Generator) -> None:
        self._grids = grids
        self._generator = generator

    def unit(self, index: int, x: Pair, unit: FoldedUnit) -> tuple[Pair, FoldedUnit]:
        """Quantize a unit; its output in both runs, and the quantized unit."""
        grids, name = self._grids, str(index)
        compress = self.pointwise(x, unit.compress)
        y = x.map(lambda batch: functional.relu(convolve(batch, unit.compress)),
                  grids[f'{name}.compress'],
                  lambda batch: functional.relu(convolve(batch, compress)))
        y = y.map(lambda batch: shuffle(batch, unit))
        depthwise = self.depthwise(y, unit.depthwise)
        y = y.map(lambda batch: convolve(batch, unit.depthwise), grids[f'{name}.depthwise'],
                  lambda batch: convolve(batch, depthwise))
        expand = self.pointwise(y, unit.expand)
        y = y.map(lambda batch: convolve(batch, unit.expand), grids.get(f'{name}.expand'),
                  lambda batch: convolve(batch, expand))
        output = Pair(join(x.clean, y.clean, unit),
                      grids[f'{name}.output'].apply(join(x.rounded, y.rounded, unit)))
        return output, replace(unit, compress=compress, depthwise=depthwise, expand=expand)

    def pointwise(self, x: Pair, layer: Convolution, fitted: bool = True,
                  ridge: float = RIDGE) -> Convolution:
        """Quantize a 1x1 convolution, each group on its own inputs."""
        places = self._places(x.clean)
        groups, outputs = layer.groups, len(layer.weight)
        clean, rounded = (_samples(tensor, places, groups) for tensor in (x.clean, x.rounded))
        weight = layer.weight.reshape(groups, outputs // groups, -1).astype(np.float64)
        weights, steps = _quantize(weight, clean, rounded, ridge, fitted)
        # The means that the bias corrects are those of all places, not of the sample.
        means = [tensor.double().mean((0, 2, 3)).numpy().reshape(groups, -1, 1)
                 for tensor in (x.clean, x.rounded)]
        shift = (weight @ means[0] - weights @ means[1]).reshape(outputs)
        return replace(layer, weight=weights.reshape(layer.weight.shape),
                       bias=layer.bias + shift, step=steps.reshape(outputs))

    def depthwise(self, x: Pair, layer: Convolution) -> Convolution:
        """Quantize a depthwise 3x3 convolution, each channel on its own patches."""
        clean, rounded = (self._patches(tensor, layer.stride) for tensor in (x.clean, x.rounded))
        weight = layer.weight.reshape(-1, 1, 9).astype(np.float64)
        weights, steps = _quantize(weight, clean, rounded, RIDGE, fitted=True)
        quantized = replace(layer, weight=weights.reshape(layer.weight.shape), step=steps[:, 0])
        return self._correct(x, layer, quantized)

    def spatial(self, x: Pair, layer: Convolution, ridge: float) -> Convolution:
        """Quantize a dense 3x3 convolution on inputs that are the same in both runs."""
        inputs = x.clean
        if layer.border is not None:  # patches are padded with zeros
            inputs = inputs - torch.from_numpy(layer.border.astype(np.float32))[:, None, None]
        patches = self._patches(inputs, layer.stride)  # (C, samples, 9)
        samples = patches.transpose(1, 0, 2).reshape(1, patches.shape[1], -1)
        weight = layer.weight.reshape(1, len(layer.weight), -1).astype(np.float64)
        weights, steps = _quantize(weight, samples, samples, ridge, fitted=False)
        quantized = replace(layer, weight=weights.reshape(layer.weight.shape), step=steps[0])
        return self._correct(x, layer, quantized)

    def _correct(self, x: Pair, layer: Convolution, quantized: Convolution) -> Convolution:
        """Take the mean error of each output channel back in the bias."""
        y = x.map(lambda batch: convolve(batch, layer),
                  other=lambda batch: convolve(batch, quantized))
        shift = y.clean.double().mean((0, 2, 3)) - y.rounded.double().mean((0, 2, 3))
        return replace(quantized, bias=layer.bias + shift.numpy())

    def _places(self, x: Tensor) -> Tensor:
        count = x.shape[0] * x.shape[2] * x.shape[3]
        return torch.randperm(count, generator=self._generator)[:SAMPLES]

    def _patches(self, x: Tensor, stride: int) -> np.ndarray:
        """3x3 patches of every channel at an even choice of images: (C, samples, 9)."""
        batch, channels, height, width = x.shape
        places = -(-height // stride) * -(-width // stride)
        images = min(batch, max(8, SAMPLES // 8 // places))
        found = functional.unfold(x[::max(1, batch // images)], 3, padding=1, stride=stride)
        found = found.reshape(len(found), channels, 9, -1).permute(1, 0, 3, 2)
        return found.reshape(channels, -1, 9).double().numpy()


def _samples(x: Tensor, places: Tensor, groups: int) -> np.ndarray:
    """Channel values (groups, places, C / groups) at some places of all images."""
    values = x.permute(0, 2, 3, 1).reshape(-1, groups, x.shape[1] // groups)[places]
    return values.permute(1, 0, 2).double().numpy()


def _quantize(weight: np.ndarray, clean: np.ndarray, rounded: np.ndarray, ridge: float,
              fitted: bool) -> tuple[np.ndarray, np.ndarray]:
    """
    Fit (if wanted) and round independent layers.

    ``weight`` (layers, outputs, inputs); ``clean`` and ``rounded`` are samples of the inputs in
    both runs, (layers, samples, inputs). Returns weights of the same shape and their steps
    (layers, outputs).
    """
    centred = rounded - rounded.mean(1, keepdims=True)
    moments = centred.swapaxes(1, 2) @ centred / centred.shape[1]
    wanted = weight
    if fitted:
        cross = (clean - clean.mean(1, keepdims=True)).swapaxes(1, 2) @ centred / clean.shape[1]
        wanted = fit(weight, moments, cross, ridge)
    result = round_weights(wanted, moments, ridge)
    return result.weight, result.step
