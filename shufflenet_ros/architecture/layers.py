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
Every layer of a variant with its shape and its costs, counted without building the network.

Multiply-adds are counted as in the paper: those of convolutions and of the classifier. Parameters
are weights, and scale and shift of each normalisation, as the network has them in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shufflenet_ros.architecture.variant import UNITS, Variant


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer; layers without weights (pooling, shuffle, joining) have costs of zero."""

    name: str
    """As the network of training names it: ``units.0.compress`` is part of the first unit."""
    kind: str
    channels: int
    height: int
    width: int
    kernel: int = 1
    stride: int = 1
    groups: int = 1
    multiply_adds: int = 0
    parameters: int = 0
    alive: int = 0
    """Values in memory while it runs: its inputs, its outputs, and what waits for a later one."""

    @property
    def values(self) -> int:
        """Values of its output: bytes in int8, a quarter of the bytes in fp32."""
        return self.channels * self.height * self.width


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a network, and the most values in memory at any moment."""

    multiply_adds: int
    parameters: int
    peak_values: int


def totals(layers: tuple[Layer, ...]) -> Totals:
    """Sum up a network."""
    return Totals(sum(layer.multiply_adds for layer in layers),
                  sum(layer.parameters for layer in layers),
                  max(layer.alive for layer in layers))


def layers_of(variant: Variant, classes: int = 1000, height: int = 224,
              width: int = 224) -> tuple[Layer, ...]:
    """List the layers of a variant for images of ``height`` x ``width`` pixels, in order."""
    pixels = Layer('pixels', 'input', 3, height, width)
    stem = _convolve('stem', pixels, variant.stem_channels, 3, 2)
    pool = _spatial('maxpool', 'max pool', stem, 2)
    units = tuple(_units(pool, variant))
    average = Layer('average', 'average pool', units[-1].channels, 1, 1,
                    alive=units[-1].values + units[-1].channels)
    weights = average.channels * classes
    classifier = Layer('classifier', 'linear', classes, 1, 1, multiply_adds=weights,
                       parameters=weights, alive=average.channels + classes)
    return stem, pool, *units, average, classifier


def _units(x: Layer, variant: Variant) -> Iterator[Layer]:
    index = 0
    for outputs, count in zip(variant.stage_channels, UNITS):
        for place in range(count):
            # Section 3.2: the first pointwise convolution of stage 2 is not grouped.
            layers = _unit(f'units.{index}', x, outputs, 1 if place else 2, variant.groups,
                           variant.groups if index else 1)
            yield from layers
            x = layers[-1]
            index += 1


def _unit(name: str, x: Layer, outputs: int, stride: int, groups: int,
          compress_groups: int) -> list[Layer]:
    """Figure 2 (b) at stride 1, figure 2 (c) at stride 2."""
    held = x.values  # the input waits for the shortcut
    compress = _convolve(f'{name}.compress', x, outputs // 4, 1, 1, compress_groups)
    layers = [compress]
    if groups > 1:
        layers.append(Layer(f'{name}.shuffle', 'shuffle', compress.channels, x.height, x.width,
                            groups=groups, alive=2 * compress.values + held))
    depthwise = _convolve(f'{name}.depthwise', compress, outputs // 4, 3, stride, outputs // 4,
                          held)
    branch = outputs - x.channels if stride == 2 else outputs
    expand = _convolve(f'{name}.expand', depthwise, branch, 1, 1, groups, held)
    layers += [depthwise, expand]
    if stride == 2:
        shortcut = _spatial(f'{name}.shortcut', 'average pool', x, 2, expand.values)
        whole = (outputs, shortcut.height, shortcut.width)
        return [*layers, shortcut, Layer(
            f'{name}.concatenate', 'concatenate', *whole,
            alive=shortcut.values + expand.values + outputs * whole[1] * whole[2])]
    return [*layers, Layer(f'{name}.add', 'add', outputs, x.height, x.width,
                           alive=held + 2 * expand.values)]


def _convolve(name: str, x: Layer, channels: int, kernel: int, stride: int, groups: int = 1,
              held: int = 0) -> Layer:
    """Count a convolution without bias and the normalisation that follows it."""
    height, width = -(-x.height // stride), -(-x.width // stride)
    weights = channels * (x.channels // groups) * kernel * kernel
    values = channels * height * width
    return Layer(name, 'convolution', channels, height, width, kernel, stride, groups,
                 weights * height * width, weights + 2 * channels, x.values + values + held)


def _spatial(name: str, kind: str, x: Layer, stride: int, held: int = 0) -> Layer:
    height, width = -(-x.height // stride), -(-x.width // stride)
    values = x.channels * height * width
    return Layer(name, kind, x.channels, height, width, 3, stride,
                 alive=x.values + values + held)
