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

"""The average of the weights and the learning rate, by their formulas, bit for bit."""

import copy
from dataclasses import replace
from math import cos, pi

from dataset.test_split import dataset, scene
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.training.fine_tuning.loop import fine_tune, TrainingPlan
from shufflenet_ros.training.fine_tuning.state import start_training
from shufflenet_ros.training.network import ShuffleNetV1, Variant
from shufflenet_ros.training.recipe import Settings
import torch

SETTINGS = Settings(epochs=6, batch=10, sizes=(1.0,), warm_up_steps=4, average_decay=0.3,
                    head_factor=2.7)
STEPS = 12


@pytest.fixture(scope='module')
def plan():
    """Make a data set of which each epoch has two steps."""
    data = dataset([scene(seed, 40) for seed in range(20)], [0, 1] * 10)
    return TrainingPlan(data, data, Geometry(32, 32), SETTINGS, threads=1)


def start():
    """Make the same fresh state each time."""
    torch.manual_seed(0)
    return start_training(ShuffleNetV1(Variant(3, 0.25), 4), 2, SETTINGS)


def tensors(network):
    """Copy every floating-point tensor of a network, buffers included."""
    return {name: tensor.clone() for name, tensor in network.state_dict().items()
            if tensor.is_floating_point()}


@pytest.fixture(scope='module')
def run(plan):
    """Train, and give what there was after each step, the last one at the end."""
    state, steps = start(), []

    def report(note):
        steps.append((tensors(state.network), tensors(state.averaged),
                      [group['lr'] for group in state.optimizer.param_groups],
                      copy.deepcopy(state.save())))

    return fine_tune(state, plan, report), steps


def test_the_average_follows_the_weights(run):
    """Of all tensors, with a short memory at first; batches are not counted in it."""
    average = tensors(start().network)
    assert len(run[1]) == STEPS
    for step, (weights, found, *_) in enumerate(run[1]):
        decay = min(SETTINGS.average_decay, (1 + step) / (10 + step))
        for name, tensor in weights.items():
            average[name] = torch.lerp(average[name], tensor, 1 - decay)
            assert torch.equal(average[name], found[name]), (step, name)
    network = run[0]
    assert not network.training
    assert all(torch.equal(tensor, average[name]) for name, tensor in tensors(network).items())
    assert int(network.stem.norm.num_batches_tracked) == 0


def test_the_learning_rate_rises_and_falls_as_a_cosine(run):
    """Each group by its factor; the history has the rate of the last step of each epoch."""
    for step, (*_, rates, state) in enumerate(run[1]):
        warm_up = min(1.0, (step + 1) / 4)
        rate = 1.5e-3 * warm_up * 0.5 * (1 + cos(pi * step / STEPS)) + 1e-6
        assert rates == [rate, rate, rate * 2.7]
        if step % 2:
            assert state['history'][-1]['learning_rate'] == rate


@pytest.mark.parametrize('step', [0, 4, 9])
def test_a_saved_state_goes_on(run, plan, step):
    """
    From any step to the very same weights.

    States of earlier versions have no initial rate among the optimizer's groups.
    """
    saved = copy.deepcopy(run[1][step][-1])
    for group in saved['optimizer']['param_groups']:
        del group['initial_lr']
    state = start()
    state.restore(saved)
    found = fine_tune(state, plan, lambda note: None)
    assert state.step == STEPS
    for name, tensor in tensors(run[0]).items():
        assert torch.equal(tensor, found.state_dict()[name]), name


def test_a_training_that_diverges_stops_at_once(plan):
    """At the first loss that is no number, naming what to take less of."""
    settings = replace(SETTINGS, learning_rate=10.0, head_factor=1000.0, weight_decay=1.0)
    torch.manual_seed(0)
    state = start_training(ShuffleNetV1(Variant(3, 0.25), 4), 2, settings)
    with pytest.raises(ConfigurationError, match='--learning-rate 10, --head-factor 1000'):
        fine_tune(state, replace(plan, settings=replace(settings, epochs=200)), print)
    assert state.step < 100
