"""
A trained network as plain arrays, with batch normalisation folded into the convolutions.

Export and quantization start from here; nothing after this file needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shufflenet_ros.training.network import ConvBn, ShuffleNetV1, Unit


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


def fold(network: ShuffleNetV1) -> FoldedNetwork:
    """Fold every batch normalisation, with its running statistics, in float64."""
    classifier = network.classifier
    bias = (np.zeros(classifier.out_features, np.float32) if classifier.bias is None
            else classifier.bias.detach().numpy().copy())
    return FoldedNetwork(
        stem=_with_border(_fold(network.stem), np.array(network.conventions.mean)),
        units=tuple(
            FoldedUnit(_fold(unit.compress), _fold(unit.depthwise), _fold(unit.expand),
                       np.ones(unit.compress[0].in_channels), _order(unit), unit.branch_first)
            for unit in network.units),
        classifier=Convolution(
            classifier.weight.detach().numpy().copy()[:, :, np.newaxis, np.newaxis], bias),
        groups=network.variant.groups)


def _order(unit: Unit) -> np.ndarray | None:
    order = shuffle_order(unit.compress[0].out_channels, unit.shuffle_groups)
    return None if (order[:-1] < order[1:]).all() else order


def shuffle_order(channels: int, groups: int) -> np.ndarray:
    """Channel of the input that each channel of the shuffled tensor comes from."""
    return np.arange(channels).reshape(-1, groups).T.ravel()


def _fold(layer: ConvBn) -> Convolution:
    convolution, norm = layer
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


def share_of(layer: Convolution, values: np.ndarray) -> np.ndarray:
    """Compute what one value for each input adds to each output of an ungrouped convolution."""
    return layer.weight.sum((2, 3), dtype=np.float64) @ values
