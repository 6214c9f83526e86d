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
Exact rewrites of a folded network into the shapes that int8 kernels are fast at.

onnxruntime's fused int8 convolution wants one group, and channels in multiples of 16. So grouped
pointwise convolutions become dense ones with blocks of zeros; the channel shuffle, a permutation,
moves through the depthwise convolution into the columns of the next pointwise one; and channels
are padded with zeros. Every function takes quantized networks too: steps move with their rows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shufflenet_ros.quantization.folded_network import Convolution, FoldedNetwork, FoldedUnit

EMPTY = -1
"""Stands for a padding channel in a layout."""


def merge_groups(layer: Convolution, groups: int = 1) -> Convolution:
    """
    Write a grouped pointwise convolution with fewer groups, with zeros between the blocks.

    ``groups`` must divide those of the layer; 1 makes it dense.
    """
    outputs, inputs = layer.weight.shape[:2]
    rows, merged = outputs // layer.groups, layer.groups // groups
    weight = np.zeros((outputs, inputs * merged, 1, 1), layer.weight.dtype)
    for group in range(layer.groups):
        block, place = slice(group * rows, (group + 1) * rows), group % merged
        weight[block, place * inputs:(place + 1) * inputs] = layer.weight[block]
    return replace(layer, weight=weight, groups=groups)


def absorb_shuffle(network: FoldedNetwork, compress_groups: int = 1) -> FoldedNetwork:
    """
    Let the shuffle disappear into the second pointwise convolutions, which become dense for it.

    The first ones keep ``compress_groups`` groups where they have any.
    """
    return replace(network, groups=1, units=tuple(
        _absorb(unit, compress_groups) for unit in network.units))


def _absorb(unit: FoldedUnit, compress_groups: int) -> FoldedUnit:
    order = np.arange(len(unit.compress.bias)) if unit.order is None else unit.order
    # Channel j after the shuffle came from order[j]: put its weights back to that place.
    back = np.argsort(order)
    depthwise, expand = unit.depthwise, merge_groups(unit.expand)
    compress = merge_groups(unit.compress, min(compress_groups, unit.compress.groups))
    return replace(
        unit, compress=compress, order=None,
        depthwise=replace(_outputs(depthwise, back), groups=len(order)),
        expand=replace(expand, weight=expand.weight[:, back]))


def pad_channels(network: FoldedNetwork, multiple: int = 16) -> FoldedNetwork:
    """Pad every tensor of a network without shuffle to a multiple of channels, with zeros."""
    layout = _padded(np.arange(len(network.stem.bias)), multiple)
    stem = _outputs(network.stem, layout)
    units = []
    for unit in network.units:
        unit, layout = _pad_unit(unit, layout, multiple)
        units.append(unit)
    return replace(network, stem=stem, units=tuple(units),
                   classifier=_inputs(network.classifier, layout))


def _pad_unit(unit: FoldedUnit, layout: np.ndarray,
              multiple: int) -> tuple[FoldedUnit, np.ndarray]:
    """Pad a unit; the layout of its output has for each channel which it was, or EMPTY."""
    inside = _padded(np.arange(len(unit.compress.bias)), multiple)
    dense = merge_groups(unit.compress) if (layout == EMPTY).any() else unit.compress
    compress = _outputs(_inputs(dense, layout) if dense.groups == 1 else dense, inside)
    depthwise = replace(_outputs(unit.depthwise, inside), groups=len(inside))
    expand = _inputs(unit.expand, inside)
    if unit.stride == 1:
        return replace(unit, compress=compress, depthwise=depthwise,
                       expand=_outputs(expand, layout)), layout
    added = _padded(np.arange(len(expand.bias)), multiple)
    shortcut = np.where(layout == EMPTY, 1.0, unit.shortcut[layout])
    parts = ((added, _behind(layout, len(expand.bias))) if unit.branch_first
             else (layout, _behind(added, len(unit.shortcut))))
    return replace(unit, compress=compress, depthwise=depthwise, expand=_outputs(expand, added),
                   shortcut=shortcut), np.concatenate(parts)


def _behind(layout: np.ndarray, channels: int) -> np.ndarray:
    return np.where(layout == EMPTY, EMPTY, layout + channels)


def with_one_border(network: FoldedNetwork) -> FoldedNetwork:
    """
    Give all channels of the pixels one level beyond the edges, a whole number.

    An int8 convolution pads with its zero point, one for all channels. Only the outermost row and
    column of the first feature maps change, by the distance of the levels from their mean.
    """
    border = network.stem.border
    if border is None:
        return network
    level = np.full_like(border, np.round(border.mean()))
    return replace(network, stem=replace(network.stem, border=level))


def _padded(channels: np.ndarray, multiple: int) -> np.ndarray:
    return np.concatenate((channels, np.full(-len(channels) % multiple, EMPTY)))


def _outputs(layer: Convolution, layout: np.ndarray) -> Convolution:
    """Bring the outputs of a layer into a layout; those of padding are zero."""
    empty = layout == EMPTY
    weight, bias = layer.weight[layout].copy(), layer.bias[layout].copy()
    weight[empty], bias[empty] = 0, 0
    step = None if layer.step is None else np.where(empty, layer.step.mean(), layer.step[layout])
    return replace(layer, weight=weight, bias=bias, step=step)


def _inputs(layer: Convolution, layout: np.ndarray) -> Convolution:
    """Bring the inputs of a layer into a layout; weights on padding are zero."""
    weight = layer.weight[:, layout].copy()
    weight[:, layout == EMPTY] = 0
    return replace(layer, weight=weight)


def space_to_depth(layer: Convolution, block: int = 4) -> Convolution:
    """
    Write a 3x3 stride-2 convolution on rows of blocks of pixels.

    The image (1, H, W, C) seen as (1, H, W / block, block * C) needs no copy in NHWC. The weight
    becomes (block / 2 * outputs, block * C, 3, 2), for stride (2, 1) and padding (1, 1) at the
    top and left only; its output (1, H / 2, W / block, block / 2 * outputs) is in memory the
    usual (1, H / 2, W / 2, outputs). H must be even and W a multiple of ``block``.
    """
    outputs, channels = layer.weight.shape[:2]
    columns = block // 2
    weight = np.zeros((columns * outputs, block * channels, 3, 2), layer.weight.dtype)
    for column in range(columns):
        rows = slice(column * outputs, (column + 1) * outputs)
        for tap in range(3):
            pixel = 2 * column - 1 + tap  # relative to the block; -1 lies in the one before
            within = pixel % block
            weight[rows, within * channels:(within + 1) * channels, :, int(pixel >= 0)] = (
                layer.weight[:, :, :, tap])
    step = None if layer.step is None else np.tile(layer.step, columns)
    return replace(layer, weight=weight, bias=np.tile(layer.bias, columns), step=step)
