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

"""Every rewrite on the way to int8 gives the logits of the network it replaces."""

from dataclasses import replace

import numpy as np
import pytest
from quantization.test_fp32_graph import OTHER, trained_like
from shufflenet_ros.quantization.equalize import equalize
from shufflenet_ros.quantization.folded_network import Convolution
from shufflenet_ros.quantization.forward import convolve, run
from shufflenet_ros.quantization.ranges import measure
from shufflenet_ros.quantization.rewrite import (
    absorb_shuffle,
    merge_groups,
    pad_channels,
    space_to_depth,
    with_one_border,
)
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Conventions, Variant
import torch
from torch.nn import functional

VARIANTS = [Variant(3, 0.5), Variant(1, 0.25), Variant(8, 0.5), Variant(4, 1.0)]
BOTH = pytest.mark.parametrize('conventions', [Conventions(), OTHER], ids=['own', 'other'])


def pixels(count=2, size=64):
    """Random images with structure at several scales."""
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand((count, 3, 6, 6), generator=generator)
    image = functional.interpolate(coarse, size=(size, size), mode='bilinear')
    noise = torch.rand((count, 3, size, size), generator=generator)
    return ((0.7 * image + 0.3 * noise) * 255).round()


def assert_same(network, other):
    """Logits of both agree to 1e-4 of their size."""
    expected = run(network, pixels()).numpy()
    found = run(other, pixels()).numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@BOTH
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_folding_keeps_the_network(variant, conventions):
    """The plain float run is what torch gives with batch normalisation."""
    network = trained_like(variant, conventions=conventions)
    with torch.no_grad():
        expected = network(pixels()).numpy()
    np.testing.assert_allclose(run(fold(network), pixels()).numpy(), expected, rtol=0,
                               atol=1e-4 * np.abs(expected).max())


@BOTH
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_the_shuffle_disappears_into_dense_convolutions(variant, conventions):
    """No groups, no shuffle, the same logits."""
    network = fold(trained_like(variant, conventions=conventions))
    dense = absorb_shuffle(network)
    assert dense.groups == 1
    assert {unit.compress.groups for unit in dense.units} == {1}
    assert_same(network, dense)


@BOTH
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_padding_keeps_the_network(variant, conventions):
    """Every tensor has a multiple of 16 channels; those added do nothing."""
    network = absorb_shuffle(fold(trained_like(variant, conventions=conventions)))
    padded = pad_channels(network)
    for unit in padded.units:
        for layer in (unit.compress, unit.depthwise, unit.expand):
            assert layer.weight.shape[0] % 16 == 0
        assert unit.compress.weight.shape[1] % 16 == 0
    assert_same(network, padded)


@BOTH
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_equalization_keeps_the_network(variant, conventions):
    """Channels change their sizes, the logits do not."""
    network = fold(trained_like(variant, conventions=conventions))
    equalized = equalize(network, measure(network, pixels(4)))
    assert not np.allclose(equalized.stem.weight, network.stem.weight)
    assert_same(network, equalized)


def test_equalization_makes_channels_alike():
    """The sizes of the channels of a tensor lie closer together than before."""
    network = fold(trained_like(Variant(3, 0.5)))
    before = measure(network, pixels(4))
    after = measure(equalize(network, before), pixels(4))
    for name in ('stem', '3.compress', '9.compress', '12.output'):
        alive = before.high[name] > 0.01 * before.high[name].max()
        spread = [np.std(np.log(found.high[name][alive])) for found in (before, after)]
        assert spread[1] < 0.8 * spread[0], name


def test_a_dense_layer_has_zeros_between_the_groups():
    """Block diagonal: outputs of one group see its inputs alone."""
    layer = Convolution(np.ones((4, 3, 1, 1)), np.zeros(4), groups=2)
    assert merge_groups(layer).weight[:, :, 0, 0].tolist() == [
        [1, 1, 1, 0, 0, 0]] * 2 + [[0, 0, 0, 1, 1, 1]] * 2


def test_groups_merge_in_pairs_of_neighbours():
    """Four groups of one input become two of two."""
    layer = Convolution(np.arange(1.0, 5).reshape(4, 1, 1, 1), np.zeros(4), groups=4)
    merged = merge_groups(layer, 2)
    assert merged.groups == 2
    assert merged.weight[:, :, 0, 0].tolist() == [[1, 0], [0, 2], [3, 0], [0, 4]]


@pytest.mark.parametrize('variant, kept', [
    (Variant(8, 0.5), 4), (Variant(4, 1.0), 2), (Variant(3, 0.5), 3)], ids=str)
def test_the_first_pointwise_convolutions_may_keep_groups(variant, kept):
    """The shuffle goes as well, and padding works: dense only where padding broke the groups."""
    network = fold(trained_like(variant))
    grouped = absorb_shuffle(network, kept)
    assert [unit.compress.groups for unit in grouped.units] == [1] + [kept] * 15
    assert_same(network, grouped)
    assert_same(network, pad_channels(grouped))


@pytest.mark.parametrize('size', [(32, 32), (46, 64)])
def test_the_stem_on_blocks_of_pixels_is_the_stem(size):
    """Space to depth along the row: another view of the same bytes, the same outputs."""
    rng = np.random.default_rng(0)
    layer = Convolution(rng.normal(size=(8, 3, 3, 3)), rng.normal(size=8), 1, 2)
    height, width = size
    image = torch.rand(1, 3, height, width)
    expected = convolve(image, layer)
    blocks = space_to_depth(layer)
    x = image.permute(0, 2, 3, 1).reshape(1, height, width // 4, 12).permute(0, 3, 1, 2)
    y = functional.conv2d(functional.pad(x, (1, 0, 1, 0)), torch.from_numpy(blocks.weight).float(),
                          torch.from_numpy(blocks.bias).float(), (2, 1))
    found = y.permute(0, 2, 3, 1).reshape(1, height // 2, width // 2, 8).permute(0, 3, 1, 2)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_steps_move_with_their_rows():
    """A quantized layer stays quantized: weights are whole multiples of the moved steps."""
    rng = np.random.default_rng(0)
    network = fold(trained_like(Variant(3, 0.5)))

    def with_steps(layer):
        step = rng.uniform(0.01, 0.1, len(layer.bias))
        whole = rng.integers(-127, 128, layer.weight.shape)
        return replace(layer, weight=whole * step.reshape(-1, 1, 1, 1), step=step)

    network = replace(network, stem=with_steps(network.stem), units=tuple(
        replace(unit, compress=with_steps(unit.compress), depthwise=with_steps(unit.depthwise),
                expand=with_steps(unit.expand)) for unit in network.units))
    for unit in pad_channels(absorb_shuffle(network)).units:
        for layer in (unit.compress, unit.depthwise, unit.expand):
            whole = layer.weight / layer.step.reshape(-1, 1, 1, 1)
            np.testing.assert_allclose(whole, np.round(whole), atol=1e-6)


def test_one_border_for_all_channels_changes_the_border_alone():
    """Not the inner maps of the first convolution; exact where the levels are the same."""
    network = fold(trained_like(Variant(3, 0.5), conventions=OTHER))
    one = with_one_border(network)
    assert one.stem.border.tolist() == [114, 114, 114]
    difference = (convolve(pixels(), network.stem) - convolve(pixels(), one.stem)).abs()
    assert difference[:, :, 1:, 1:].max() < 1e-3 < difference[:, :, 0].mean()
    grey = replace(network, stem=replace(network.stem, border=np.full(3, 77.0)))
    assert_same(grey, with_one_border(grey))
    plain = fold(trained_like(Variant(3, 0.5)))
    assert with_one_border(plain) is plain
