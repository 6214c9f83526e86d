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

"""The integers of a network, made of its weights or read out of its graph."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
import pytest
from quantization.test_fp32_graph import OTHER, trained_like
from quantization.test_rewrite import pixels
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.integer_network import addition
from shufflenet_ros.quantization.integers import integer_network
from shufflenet_ros.quantization.packed import pack
from shufflenet_ros.quantization.ranges import Grid, grid_of, measure
from shufflenet_ros.quantization.read_int8_graph import integers_of_graph
from shufflenet_ros.quantization.rewrite import with_one_border
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Conventions

ROOT = Path(__file__).resolve().parents[2]
OWN = Conventions()
CASES = [pytest.param(*case, id=f'{case[0]}') for case in (
    (Variant(1, 0.25), OTHER, (62, 60)), (Variant(2, 0.5), OWN, (33, 47)),
    (Variant(3, 0.5), OTHER, (64, 64)), (Variant(4, 1.0), OWN, (64, 48)),
    (Variant(8, 0.5), OTHER, (61, 64)), (Variant(8, 0.25), OWN, (64, 64)))]
"""Variant, conventions and size (height, width): both forms of the stem, odd sizes, every g."""
IN_CASES = pytest.mark.parametrize('variant, conventions, size', CASES)


@cache
def quantized(variant, conventions=OWN):
    """Give a folded network whose weights have steps, rounded in the plainest way, and grids."""
    network = with_one_border(fold(trained_like(variant, 7, conventions)))
    found = measure(network, pixels(2))
    grids = {name: grid_of(found.low[name].min(), found.high[name].max()) for name in found.low}
    grids['pixels'] = Grid(1.0, 0)
    return replace(
        network, stem=with_steps(network.stem), classifier=with_steps(network.classifier),
        units=tuple(replace(unit, compress=with_steps(unit.compress),
                            depthwise=with_steps(unit.depthwise), expand=with_steps(unit.expand))
                    for unit in network.units)), grids


def with_steps(layer):
    """Round each weight of a layer to the nearest step."""
    step = (np.abs(layer.weight).max((1, 2, 3)) / 127).astype(np.float32)
    shape = (-1, 1, 1, 1)
    weight = np.round(layer.weight / step.reshape(shape)) * step.reshape(shape)
    return replace(layer, weight=weight, step=step)


def images(size, count=2):
    """Give images of a size (height, width) with structure, uint8 (height, width, 3)."""
    found = pixels(count, max(size)).permute(0, 2, 3, 1).numpy().astype(np.uint8)
    return [np.ascontiguousarray(image[:size[0], :size[1]]) for image in found]


@pytest.mark.parametrize('variant, conventions, size', [
    *CASES, pytest.param(Variant(3, 2.0), OWN, (32, 32), id='2x g=3')])
def test_the_graph_holds_the_integers_of_the_network(tmp_path, variant, conventions, size):
    """Out of padding, absorbed shuffle, dense groups and blocks of pixels they come back."""
    network, grids = quantized(variant, conventions)
    write_int8(network, grids, Geometry(*size), tmp_path / 'u8.onnx', 'u8')
    found = integers_of_graph(onnx.load(tmp_path / 'u8.onnx'), variant)
    assert pack(found) == pack(integer_network(network, grids, Geometry(*size)))


def changed(model, node, place, change):
    """Copy a graph in which a function has changed a constant of a node."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    nodes = [each for each in copy.graph.node if each.op_type in ('QLinearConv', 'QLinearAdd')]
    values, = (numpy_helper.to_array(tensor) for tensor in copy.graph.initializer
               if tensor.name == nodes[node].input[place])
    copy.graph.initializer.append(numpy_helper.from_array(change(values.copy()), 'changed'))
    nodes[node].input[place] = 'changed'
    return copy


def one_weight(row, column):
    """Give a function that sets one weight, of a pointwise convolution, to 1."""
    def change(weight):
        weight[row, column] = 1
        return weight
    return change


@pytest.mark.parametrize('node, place, change, expected', [
    (0, 3, one_weight(0, 11), 'blocks of four pixels'),
    (5, 3, one_weight(0, 127), 'padding'), (5, 3, one_weight(0, 123), 'blocks of 3 groups'),
    (7, 3, one_weight(0, 31), 'padding'), (7, 3, one_weight(0, 1), 'blocks of 3 groups'),
    (1, 3, one_weight(0, 15), 'padding'), (4, 3, lambda weight: weight * 0 + 126, 'no average'),
    (2, 5, lambda zero: zero + 1, 'zero point of weights'),
    (3, 7, lambda zero: zero + 1, 'grids of their own'), (8, 7, lambda zero: zero + 1, 'ReLU'),
    (3, 2, lambda zero: zero.astype(np.int8), 'form u8')])
def test_a_graph_that_the_rewrites_cannot_have_made_is_refused(node, place, change, expected):
    """A weight where there is none, or arithmetic that the operator does not have."""
    model = onnx.load(ROOT / 'models' / 'surfaces' / 'model.int8.u8.onnx')
    integers_of_graph(model, Variant())
    with pytest.raises(ValueError, match=expected):
        integers_of_graph(changed(model, node, place, change), Variant())


@pytest.mark.parametrize('variant', [Variant(3, 1.0), Variant(8, 0.5), Variant(3, 0.25)], ids=str)
def test_a_graph_of_another_variant_is_refused(variant):
    """Than the one that the card names."""
    model = onnx.load(ROOT / 'models' / 'surfaces' / 'model.int8.u8.onnx')
    with pytest.raises((ValueError, IndexError)):
        integers_of_graph(model, variant)


def test_a_grid_with_values_below_zero_after_relu_is_refused():
    """The operator has no zero point there."""
    network, grids = quantized(Variant(1, 0.25))
    grids = grids | {'3.compress': Grid(0.1, 7)}
    with pytest.raises(ValueError, match='3.compress has zero point 7'):
        integer_network(network, grids, Geometry(32, 32))


@pytest.mark.parametrize('scales', [(0.4, 0.3, 0.5), (1.0, 0.01, 0.9), (9.0, 7.0, 0.001)])
def test_the_factors_of_an_addition_are_as_exact_as_16_bits_allow(scales):
    """With one bit more, one of them would not fit."""
    found = addition(5, *scales)
    factors = np.array([found.branch, found.shortcut])
    ratios = np.array(scales[:2]) / scales[2] * 2.0 ** found.shift
    assert np.abs(factors - ratios).max() <= 0.5 and factors.max() <= 32767
    assert found.shift == 22 or round(max(ratios) * 2) > 32767


def test_an_addition_of_scales_too_far_apart_is_refused():
    """Its factors would need more than 15 bits before the point."""
    with pytest.raises(ValueError, match='too far'):
        addition(0, 1.0, 40.0, 0.001)
