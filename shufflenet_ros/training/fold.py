"""
A trained network as plain arrays, with batch normalisation folded into the convolutions.

Export and quantization start from here; nothing after this file needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shufflenet_ros.training.network import ConvBn, ShuffleNetV1


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


@dataclass(frozen=True, slots=True)
class FoldedUnit:
    """One unit of figure 2: compress, ReLU, shuffle, depthwise, expand, add or concatenate."""

    compress: Convolution
    depthwise: Convolution
    expand: Convolution
    shortcut: np.ndarray
    """(inputs,): factor on each channel of a stride-2 unit's averaged shortcut, 1 at first."""

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
    """Groups of the channel shuffle before each depthwise convolution; 1 for no shuffle."""


def fold(network: ShuffleNetV1) -> FoldedNetwork:
    """Fold every batch normalisation, with its running statistics, in float64."""
    return FoldedNetwork(
        stem=_fold(network.stem),
        units=tuple(
            FoldedUnit(_fold(unit.compress), _fold(unit.depthwise), _fold(unit.expand),
                       np.ones(unit.compress[0].in_channels))
            for unit in network.units),
        classifier=Convolution(
            network.classifier.weight.detach().numpy().copy()[:, :, np.newaxis, np.newaxis],
            np.zeros(network.classifier.out_features, np.float32)),
        groups=network.variant.groups)


def _fold(layer: ConvBn) -> Convolution:
    convolution, norm = layer
    mean, variance, gain, shift, weight = (
        tensor.detach().double().numpy() for tensor in (
            norm.running_mean, norm.running_var, norm.weight, norm.bias, convolution.weight))
    scale = gain / np.sqrt(variance + norm.eps)
    return Convolution(
        (weight * scale[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.float32),
        (shift - mean * scale).astype(np.float32), convolution.groups, convolution.stride[0])
