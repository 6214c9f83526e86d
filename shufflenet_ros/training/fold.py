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
from shufflenet_ros.quantization.folded_network import (
    Convolution,
    FoldedNetwork,
    FoldedUnit,
    share_of,
)
from shufflenet_ros.training.network import ConvBn, ShuffleNetV1, Unit


def fold(network: ShuffleNetV1) -> FoldedNetwork:
    """Fold every batch normalisation, with its running statistics, in float64."""
    classifier = network.classifier
    bias = (np.zeros(classifier.out_features, np.float32) if classifier.bias is None
            else classifier.bias.detach().numpy().copy())
    return FoldedNetwork(
        stem=_with_border(_fold(network.stem), np.array(network.conventions.mean)),
        units=tuple(_fold_unit(unit) for unit in network.units if isinstance(unit, Unit)),
        classifier=Convolution(
            classifier.weight.detach().numpy().copy()[:, :, np.newaxis, np.newaxis], bias),
        groups=network.variant.groups)


def shuffle_order(channels: int, groups: int) -> np.ndarray:
    """Channel of the input that each channel of the shuffled tensor comes from."""
    return np.arange(channels).reshape(-1, groups).T.ravel()


def _fold_unit(unit: Unit) -> FoldedUnit:
    return FoldedUnit(
        _fold(unit.compress), _fold(unit.depthwise), _fold(unit.expand),
        np.ones(unit.compress.convolution.in_channels), _order(unit), unit.branch_first)


def _order(unit: Unit) -> np.ndarray | None:
    """Give the order of the channels after the shuffle; None where it changes nothing."""
    order = shuffle_order(unit.compress.convolution.out_channels, unit.shuffle_groups)
    return None if (order[:-1] < order[1:]).all() else order


def _fold(layer: ConvBn) -> Convolution:
    convolution, norm = layer.convolution, layer.norm
    assert norm.running_mean is not None and norm.running_var is not None  # of every ConvBn
    mean, variance, gain, shift, weight = (
        tensor.detach().double().numpy() for tensor in (
            norm.running_mean, norm.running_var, norm.weight, norm.bias, convolution.weight))
    scale = gain / np.sqrt(variance + norm.eps)
    return Convolution(
        (weight * scale[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.float32),
        (shift - mean * scale).astype(np.float32), convolution.groups, convolution.stride[0])


def _with_border(layer: Convolution, mean: np.ndarray) -> Convolution:
    """Let a convolution of pixels minus ``mean`` take the pixels; beyond the edges is ``mean``."""
    if not mean.any():
        return layer
    return replace(layer, bias=(layer.bias - share_of(layer, mean)).astype(np.float32),
                   border=mean)
