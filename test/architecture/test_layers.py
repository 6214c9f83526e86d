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

"""The table of layers, the formulas and the network itself count the same."""

from pathlib import Path

import pytest
from shufflenet_ros.architecture.costs import network_cost, structures
from shufflenet_ros.architecture.layers import layers_of, totals
from shufflenet_ros.architecture.variant import STAGE2_CHANNELS, STEM_CHANNELS, Variant
from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.training.network import ShuffleNetV1
import torch
from training.exported import exported_multiply_adds, trainable_parameters

VARIANTS = [Variant(groups, width) for groups in STAGE2_CHANNELS for width in STEM_CHANNELS]
SIZES = [(224, 224), (97, 131)]


@pytest.mark.slow
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_table_formula_and_network_count_the_same(variant):
    """Every variant, at an even and at an odd size: three independent ways, one number."""
    network = ShuffleNetV1(variant, 10)
    for size in SIZES:
        found = totals(layers_of(variant, 10, *size))
        assert found.multiply_adds == exported_multiply_adds(network, *size)
        assert found.parameters == trainable_parameters(network)
        assert network_cost(structures(variant.groups)[2], variant.stem_channels,
                            variant.stage_channels[0], 10, *size) == found.multiply_adds


@pytest.mark.parametrize('variant', [Variant(3, 0.5), Variant(1, 0.25), Variant(8, 1.0)], ids=str)
def test_each_row_is_a_layer_of_the_network(variant):
    """Names, output shapes, groups and weights are those of the modules that really run."""
    network, rows = ShuffleNetV1(variant, 7).eval(), {}
    for name, module in network.named_modules():
        convolution = module[0] if type(module).__name__ == 'ConvBn' else module
        if isinstance(convolution, torch.nn.Conv2d):
            module.register_forward_hook(
                lambda layer, x, y, name=name, convolution=convolution: rows.update(
                    {name: (tuple(y.shape[1:]), convolution.groups,
                            sum(weight.numel() for weight in layer.parameters()))}))
    with torch.no_grad():
        network(torch.zeros(1, 3, 97, 131))
    table = {layer.name: layer for layer in layers_of(variant, 7, 97, 131)}
    rows = {name: row for name, row in rows.items() if not name.endswith('.0')}
    assert len(rows) == 1 + 3 * 16
    for name, (shape, groups, weights) in rows.items():
        layer = table[name]
        assert (layer.channels, layer.height, layer.width) == shape
        assert (layer.groups, layer.parameters) == (groups, weights)
    assert {name for name, layer in table.items() if layer.parameters} == {*rows, 'classifier'}


def test_the_shipped_models_file_costs_what_the_table_says():
    """Counted in the ONNX file that the node runs."""
    spec = load_model(Path(__file__).resolve().parents[2] / 'models' / 'surfaces')
    found = totals(layers_of(Variant(3, 0.5), len(spec.labels), spec.geometry.height,
                             spec.geometry.width))
    assert multiply_adds(spec.onnx_path('fp32')) == found.multiply_adds


def test_the_peak_of_memory_is_at_the_widest_moment():
    """0.5x g=3: the pixels and the stem's maps at 224x224 (3 + 12 / 4 values a pixel)."""
    layers = layers_of(Variant(3, 0.5))
    assert totals(layers).peak_values == 224 * 224 * (3 + 12 // 4)
    add = next(layer for layer in layers if layer.name == 'units.1.add')
    assert add.alive == 3 * add.values  # two operands and a sum
