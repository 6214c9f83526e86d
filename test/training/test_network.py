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

"""The network is the paper's: shapes, shuffle, units, costs."""

import pytest
from shufflenet_ros.architecture.layers import layers_of, totals
from shufflenet_ros.architecture.variant import STAGE2_CHANNELS, STEM_CHANNELS, Variant
from shufflenet_ros.training.network import channel_shuffle, ShuffleNetV1, Unit
import torch
from torch.nn import functional
from training.exported import exported_multiply_adds, trainable_parameters

VARIANTS = [Variant(groups, width) for groups in STAGE2_CHANNELS for width in STEM_CHANNELS]


@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_every_variant_of_the_paper_runs(variant):
    """All groups and widths give logits of the right shape."""
    network = ShuffleNetV1(variant, 7).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 64, 96)).shape == (2, 7)


def test_the_main_network_costs_what_the_paper_says():
    """0.5x with three groups: 38 M multiply-adds in table 2, 37.6 M exactly."""
    network = ShuffleNetV1(Variant(3, 0.5), 1000)
    assert exported_multiply_adds(network) == 37_589_856
    assert trainable_parameters(network) == 717_324
    assert totals(layers_of(network.variant)).multiply_adds == 37_589_856


@pytest.mark.parametrize('groups, millions', [(1, 143), (2, 140), (3, 137), (4, 133), (8, 137)])
def test_the_full_width_costs_what_table_1_says(groups, millions):
    """Complexity of table 1 for each number of groups, within 1.1 %."""
    found = exported_multiply_adds(ShuffleNetV1(Variant(groups, 1.0), 1000)) / 1e6
    assert found == pytest.approx(millions, rel=0.011)


@pytest.mark.parametrize('values', [(5, 0.5), (3, 0.6), (0, 1.0)])
def test_a_variant_that_the_paper_does_not_have_is_refused_with_its_values(values):
    """The message names both values and the choices."""
    with pytest.raises(ValueError, match=f'groups={values[0]} and width={values[1]}.*1.5'):
        Variant(*values)


@pytest.mark.parametrize('groups, channels', [(2, 6), (3, 12), (4, 16), (8, 64)])
def test_the_shuffle_feeds_each_group_from_all_groups(groups, channels):
    """After the shuffle every group holds the same number of channels of each old group."""
    x = torch.arange(channels * groups, dtype=torch.float32).reshape(1, -1, 1, 1)
    shuffled = channel_shuffle(x, groups).flatten()
    assert sorted(shuffled.tolist()) == x.flatten().tolist()
    old_group = shuffled.long() // channels
    for group in old_group.reshape(groups, channels):
        counts = torch.bincount(group, minlength=groups)
        assert counts.min() >= channels // groups and counts.max() <= -(-channels // groups)
    assert shuffled[:2].tolist() == [0, groups]


def test_a_stride_1_unit_adds_its_input_and_a_stride_2_unit_concatenates_its_average():
    """Figure 2 (b) and (c): with a branch of zeros only the shortcut is left."""
    x = torch.rand(1, 24, 9, 9)
    for unit, shortcut in ((Unit(24, 24, 3, 1), x),
                           (Unit(24, 60, 3, 2), functional.avg_pool2d(x, 3, 2, 1))):
        torch.nn.init.zeros_(unit.expand[1].weight)
        with torch.no_grad():
            y = unit.eval()(x)
        torch.testing.assert_close(y[:, :24], shortcut)
        assert (y[:, 24:] == 0).all()


def test_only_the_first_pointwise_convolution_of_stage_2_is_dense():
    """Section 3.2: its input is too thin for groups."""
    units = ShuffleNetV1(Variant(3, 0.5), 10).units
    assert [unit.compress[0].groups for unit in units] == [1] + [3] * 15
    assert {unit.expand[0].groups for unit in units} == {3}
