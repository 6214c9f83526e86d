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
"""The integers of a network: made of its weights, read out of its graph, written and read back."""

from dataclasses import replace

import numpy as np
import onnx
from onnx import numpy_helper
import pytest
from quantization.random_integers import random_network, SHAPES
from quantization.test_fp32_graph import OTHER, trained_like
from quantization.test_rewrite import pixels
from shufflenet_ros.architecture.variant import Variant
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.integer_network import addition
from shufflenet_ros.quantization.integers import integer_network
from shufflenet_ros.quantization.native_graph import read_native, write_native
from shufflenet_ros.quantization.packed import pack, unpack
from shufflenet_ros.quantization.ranges import Grid, grid_of, measure
from shufflenet_ros.quantization.read_int8_graph import integers_of_graph
from shufflenet_ros.quantization.rewrite import with_one_border
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Conventions

CASES = [(Variant(1, 0.25), OTHER, (62, 60)), (Variant(2, 0.5), Conventions(), (33, 47)),
         (Variant(3, 0.5), OTHER, (64, 64)), (Variant(4, 1.0), Conventions(), (64, 48)),
         (Variant(8, 0.5), OTHER, (61, 64)), (Variant(8, 0.25), Conventions(), (64, 64)),
         (Variant(3, 2.0), Conventions(), (32, 32))]


def quantized(variant, conventions=Conventions()):
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


@pytest.mark.parametrize('variant, conventions, size', CASES, ids=str)
def test_the_graph_holds_the_integers_of_the_network(tmp_path, variant, conventions, size):
    """Out of padding, absorbed shuffle, dense groups and blocks of pixels they come back."""
    network, grids = quantized(variant, conventions)
    write_int8(network, grids, Geometry(*size), tmp_path / 'u8.onnx', 'u8')
    found = integers_of_graph(onnx.load(tmp_path / 'u8.onnx'), variant)
    assert pack(found) == pack(integer_network(network, grids, Geometry(*size)))
