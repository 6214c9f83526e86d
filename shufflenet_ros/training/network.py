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
ShuffleNet v1, all variants of the paper, to be read in one sitting.

Zhang, Zhou, Lin, Sun: "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile
Devices", CVPR 2018 (arXiv 1707.01083). The input is float RGB pixels 0-255 without mean and
standard deviation, as the authors' published weights want it (there in BGR order); weights of
others have conventions of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from shufflenet_ros.architecture.variant import UNITS, Variant
import torch
from torch import nn, Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Conventions:
    """What the paper leaves open, as the authors' weights have it unless said otherwise."""

    branch_first: bool = False
    """Whether units of stride 2 put the branch before the averaged shortcut."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """
    RGB 0-255 that is subtracted from the pixels. Folding it into the first convolution would be
    wrong at the border, whose padding has this colour.
    """
    classifier_bias: bool = False
    paper_shuffle: bool = False
    """Whether the shuffle is the one that the paper draws, the inverse of the authors'."""


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """
    Mix the channels of all groups (section 3.1); (N, C, H, W) to the same shape.

    Channel ``i`` of the result's group ``k`` is channel ``i * groups + k`` of the input: the order
    of the authors' weights. The paper's drawing shows the inverse permutation, which serves as
    well but belongs with other weights: it is that of ``channels / groups`` groups.
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

    @property
    def convolution(self) -> nn.Conv2d:
        """The first of both."""
        return cast(nn.Conv2d, self[0])

    @property
    def norm(self) -> nn.BatchNorm2d:
        """The second of both."""
        return cast(nn.BatchNorm2d, self[1])


class Unit(nn.Module):
    """
    A ShuffleNet unit: figure 2 (b) at stride 1, figure 2 (c) at stride 2.

    The first pointwise convolution of stage 2 is not grouped: its input is too thin (section 3.2).
    """

    def __init__(self, inputs: int, outputs: int, groups: int, stride: int,
                 grouped_input: bool = True, conventions: Conventions = Conventions()) -> None:
        super().__init__()
        self.stride, self.branch_first = stride, conventions.branch_first
        bottleneck = outputs // 4
        self.shuffle_groups = bottleneck // groups if conventions.paper_shuffle else groups
        branch = outputs - inputs if stride == 2 else outputs
        self.compress = ConvBn(inputs, bottleneck, 1, groups=groups if grouped_input else 1)
        self.depthwise = ConvBn(bottleneck, bottleneck, 3, stride=stride, groups=bottleneck)
        self.expand = ConvBn(bottleneck, branch, 1, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y = functional.relu(self.compress(x))
        y = self.expand(self.depthwise(channel_shuffle(y, self.shuffle_groups)))
        if self.stride == 2:
            shortcut = functional.avg_pool2d(x, 3, stride=2, padding=1)
            parts = (y, shortcut) if self.branch_first else (shortcut, y)
            return functional.relu(torch.cat(parts, 1))
        return functional.relu(x + y)


class ShuffleNetV1(nn.Module):
    """The whole network (table 1): stem, stages 2 to 4, global average, classifier."""

    def __init__(self, variant: Variant, classes: int,
                 conventions: Conventions = Conventions()) -> None:
        super().__init__()
        self.variant = variant
        self.conventions = conventions
        self.stem = ConvBn(3, variant.stem_channels, 3, stride=2)
        self.units = nn.Sequential(*_units(variant, conventions))
        # The authors' weights have no bias: the features' mean serves as one.
        self.classifier = nn.Linear(variant.stage_channels[-1], classes,
                                    bias=conventions.classifier_bias)

    def features(self, x: Tensor) -> Tensor:
        """Average the last feature maps: pixels (N, 3, H, W) to (N, C)."""
        if any(self.conventions.mean):
            x = x - x.new_tensor(self.conventions.mean)[:, None, None]
        x = functional.max_pool2d(functional.relu(self.stem(x)), 3, stride=2, padding=1)
        return self.units(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Pixels, float RGB 0-255 (N, 3, H, W), to logits (N, classes)."""
        return self.classifier(self.features(x))


def _units(variant: Variant, conventions: Conventions) -> Iterator[Unit]:
    inputs = variant.stem_channels
    for stage, (outputs, count) in enumerate(zip(variant.stage_channels, UNITS)):
        for index in range(count):
            yield Unit(inputs, outputs, variant.groups, stride=1 if index else 2,
                       grouped_input=stage + index > 0, conventions=conventions)
            inputs = outputs
