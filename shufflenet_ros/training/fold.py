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

"""A trained network of PyTorch as plain arrays; nothing after this step needs the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.quantization.folded_network import (
    Convolution,
    FoldedNetwork,
    FoldedUnit,
    share_of,
)
from shufflenet_ros.training.network import ConvBn, ShuffleNetV1, Unit


def fold(network: ShuffleNetV1) -> FoldedNetwork:
    """
    Fold every batch normalisation, with its running statistics, in float64.

    Raises ModelError that names the layer whose folded weights are beyond what a float can hold.
    """
    classifier = network.classifier
    bias = (np.zeros(classifier.out_features, np.float32) if classifier.bias is None
            else classifier.bias.detach().numpy().copy())
    folded = {name: _fold(layer, name) for name, layer in network.named_modules()
              if isinstance(layer, ConvBn)}
    return FoldedNetwork(
        stem=_with_border(folded['stem'], np.array(network.conventions.mean)),
        units=tuple(_fold_unit(unit, f'units.{index}', folded)
                    for index, unit in enumerate(network.units) if isinstance(unit, Unit)),
        classifier=Convolution(
            classifier.weight.detach().numpy().copy()[:, :, np.newaxis, np.newaxis], bias),
        groups=network.variant.groups)


def shuffle_order(channels: int, groups: int) -> np.ndarray:
    """Channel of the input that each channel of the shuffled tensor comes from."""
    return np.arange(channels).reshape(-1, groups).T.ravel()


def _fold_unit(unit: Unit, name: str, folded: dict[str, Convolution]) -> FoldedUnit:
    compress, depthwise, expand = (
        folded[f'{name}.{layer}'] for layer in ('compress', 'depthwise', 'expand'))
    return FoldedUnit(
        compress, depthwise, expand, np.ones(unit.compress.convolution.in_channels), _order(unit),
        unit.branch_first)


def _order(unit: Unit) -> np.ndarray | None:
    """Give the order of the channels after the shuffle; None where it changes nothing."""
    order = shuffle_order(unit.compress.convolution.out_channels, unit.shuffle_groups)
    return None if (order[:-1] < order[1:]).all() else order


def _fold(layer: ConvBn, name: str) -> Convolution:
    convolution, norm = layer.convolution, layer.norm
    assert norm.running_mean is not None and norm.running_var is not None  # of every ConvBn
    mean, variance, gain, shift, weights = (
        tensor.detach().double().numpy() for tensor in (
            norm.running_mean, norm.running_var, norm.weight, norm.bias, convolution.weight))
    with np.errstate(over='ignore', invalid='ignore'):
        scale = gain / np.sqrt(variance + norm.eps)
        weight = (weights * scale[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.float32)
        bias = (shift - mean * scale).astype(np.float32)
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise ModelError(f'layer {name!r}: with its normalisation folded in, its weights are '
                         'beyond what a float holds; the checkpoint is damaged')
    return Convolution(weight, bias, convolution.groups, convolution.stride[0])


def _with_border(layer: Convolution, mean: np.ndarray) -> Convolution:
    """Let a convolution of pixels minus ``mean`` take the pixels; beyond the edges is ``mean``."""
    if not mean.any():
        return layer
    return replace(layer, bias=(layer.bias - share_of(layer, mean)).astype(np.float32),
                   border=mean)
