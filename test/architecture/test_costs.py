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

"""The paper's formulas, against units that really run, and what fits a budget."""

import pytest
from shufflenet_ros.architecture.costs import (
    network_cost,
    structures,
    widest_bottleneck,
    widest_network,
    widest_unit,
)
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.training.network import Unit
import torch
from torch import nn

C, H, W = 240, 14, 10


def bottleneck(m, groups):
    """Make the three convolutions of a unit of ResNet (one group) or ResNeXt."""
    return nn.Sequential(nn.Conv2d(C, m, 1), nn.Conv2d(m, m, 3, padding=1, groups=groups),
                         nn.Conv2d(m, C, 1))


def counted(module):
    """Multiply-adds of the convolutions of a module on maps of C x H x W, by running it."""
    counts = []
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(
                lambda layer, x, y: counts.append(layer.weight.numel() * y[0, 0].numel()))
    with torch.no_grad():
        module.eval()(torch.zeros(1, C, H, W))
    return sum(counts)


@pytest.mark.parametrize('groups', [1, 2, 3, 4])
def test_the_formulas_count_what_units_do(groups):
    """hw(2cm + 9m^2), hw(2cm + 9m^2/g), hw(2cm/g + 9m)."""
    m = C // 4
    resnet, resnext, shufflenet = structures(groups)
    assert resnet.cost(C, H, W, m) == counted(bottleneck(m, 1))
    assert resnext.cost(C, H, W, m) == counted(bottleneck(m, groups))
    assert shufflenet.cost(C, H, W, m) == counted(Unit(C, C, groups, 1))


@pytest.mark.parametrize('structure', structures(3), ids=lambda structure: structure.name)
def test_the_widest_is_within_the_budget_and_the_next_is_not(structure):
    """For the bottleneck, for the unit, and for the whole network."""
    budget, step = 2.5e6, structure.multiple
    m = widest_bottleneck(structure, C, H, W, budget)
    assert structure.cost(C, H, W, m) <= budget < structure.cost(C, H, W, m + step)
    c = widest_unit(structure, H, W, budget)
    assert structure.cost(c, H, W, c / 4) <= budget
    assert structure.cost(c + 4 * step, H, W, c / 4 + step) > budget
    stage2 = widest_network(structure, 12, 1000, 224, 224, 38e6)
    assert network_cost(structure, 12, stage2, 1000) <= 38e6
    assert network_cost(structure, 12, stage2 + 4 * step, 1000) > 38e6


def test_for_the_same_budget_shufflenet_is_the_widest():
    """The paper's argument, at its 38 M: more groups, wider maps, and ResNet far behind."""
    widths = [widest_network(structure, 24, 1000, 224, 224, 140e6)
              for structure in (*structures(3), structures(8)[2])]
    assert widths == sorted(widths) and widths[-1] > widths[-2] > 2 * widths[0]


def test_a_budget_that_is_too_small_is_named():
    """With the least that would do."""
    with pytest.raises(ConfigurationError, match='budget of 1 M .*narrowest network takes'):
        widest_network(structures(3)[0], 12, 1000, 224, 224, 1e6)
    assert widest_bottleneck(structures(3)[1], C, H, W, 1) == 0
