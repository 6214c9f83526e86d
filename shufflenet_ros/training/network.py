"""
ShuffleNet v1, all variants of the paper, to be read in one sitting.

Zhang, Zhou, Lin, Sun: "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile
Devices", CVPR 2018 (arXiv 1707.01083). The input is float RGB pixels 0-255 without mean and
standard deviation, as the authors' published weights want it (there in BGR order).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import torch
from torch import nn, Tensor
from torch.nn import functional

STAGE2_CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
"""Output channels of stage 2 at width 1x for each number of groups (table 1)."""
STEM_CHANNELS = {0.25: 6, 0.5: 12, 1.0: 24, 1.5: 24, 2.0: 48}
"""Channels of the first convolution for each width, as in the authors' published networks."""
UNITS = (4, 8, 4)
"""Units of stages 2, 3 and 4 (table 1)."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One network of the paper: number of groups, and width ("0.5x" is 0.5)."""

    groups: int = 3
    width: float = 0.5

    def __post_init__(self) -> None:
        if self.groups not in STAGE2_CHANNELS or self.width not in STEM_CHANNELS:
            raise ValueError(
                f'no ShuffleNet with groups={self.groups!r} and width={self.width!r}: the paper '
                f'has groups {list(STAGE2_CHANNELS)} and widths {list(STEM_CHANNELS)}')

    @property
    def stem_channels(self) -> int:
        """Channels after the first convolution, a multiple of the groups (16 for 0.5x, g=8)."""
        return -(-STEM_CHANNELS[self.width] // self.groups) * self.groups

    @property
    def stage_channels(self) -> tuple[int, int, int]:
        """
        Output channels of stages 2, 3 and 4.

        The bottleneck is a quarter of stage 2 and must divide into groups: widths that do not
        (0.5x of g=2 and g=4, ...) are rounded to the nearest multiple of 4 g, halves up.
        """
        multiple = 4 * self.groups
        first = floor(STAGE2_CHANNELS[self.groups] * self.width / multiple + 0.5) * multiple
        return first, 2 * first, 4 * first


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """
    Mix the channels of all groups (section 3.1); (N, C, H, W) to the same shape.

    Channel ``i`` of the result's group ``k`` is channel ``i * groups + k`` of the input: the order
    of the authors' weights. The paper's drawing shows the inverse permutation, which serves as
    well but belongs with other weights.
    """
    batch, channels, height, width = x.shape
    x = x.view(batch, channels // groups, groups, height, width)  # (N, C/g, g, H, W)
    return x.transpose(1, 2).reshape(batch, channels, height, width)  # (N, g * C/g, H, W)


class ConvBn(nn.Sequential):
    """A convolution without bias and its batch normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1,
                 groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs))


class Unit(nn.Module):
    """
    A ShuffleNet unit: figure 2 (b) at stride 1, figure 2 (c) at stride 2.

    The first pointwise convolution of stage 2 is not grouped: its input is too thin (section 3.2).
    """

    def __init__(self, inputs: int, outputs: int, groups: int, stride: int,
                 grouped_input: bool = True) -> None:
        super().__init__()
        self.groups, self.stride = groups, stride
        bottleneck = outputs // 4
        branch = outputs - inputs if stride == 2 else outputs
        self.compress = ConvBn(inputs, bottleneck, 1, groups=groups if grouped_input else 1)
        self.depthwise = ConvBn(bottleneck, bottleneck, 3, stride=stride, groups=bottleneck)
        self.expand = ConvBn(bottleneck, branch, 1, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y = functional.relu(self.compress(x))
        y = self.expand(self.depthwise(channel_shuffle(y, self.groups)))
        if self.stride == 2:
            shortcut = functional.avg_pool2d(x, 3, stride=2, padding=1)
            return functional.relu(torch.cat((shortcut, y), 1))
        return functional.relu(x + y)


class ShuffleNetV1(nn.Module):
    """The whole network (table 1): stem, stages 2 to 4, global average, classifier."""

    def __init__(self, variant: Variant, classes: int) -> None:
        super().__init__()
        self.variant = variant
        self.stem = ConvBn(3, variant.stem_channels, 3, stride=2)
        self.units = nn.Sequential(*_units(variant))
        # No bias, like the authors' weights: the features' mean serves as one.
        self.classifier = nn.Linear(variant.stage_channels[-1], classes, bias=False)

    def features(self, x: Tensor) -> Tensor:
        """Average the last feature maps: pixels (N, 3, H, W) to (N, C)."""
        x = functional.max_pool2d(functional.relu(self.stem(x)), 3, stride=2, padding=1)
        return self.units(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Pixels, float RGB 0-255 (N, 3, H, W), to logits (N, classes)."""
        return self.classifier(self.features(x))


def _units(variant: Variant) -> Iterator[Unit]:
    inputs = variant.stem_channels
    for stage, (outputs, count) in enumerate(zip(variant.stage_channels, UNITS)):
        for index in range(count):
            yield Unit(inputs, outputs, variant.groups, stride=1 if index else 2,
                       grouped_input=stage + index > 0)
            inputs = outputs
