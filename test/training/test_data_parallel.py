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

"""Two halves of a batch, side by side, give what one thread gives."""

from concurrent.futures import ThreadPoolExecutor
import copy

from dataset.test_split import dataset, scene
import pytest
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.training.fine_tuning.batches import Batch
from shufflenet_ros.training.fine_tuning.data_parallel import DataParallel
from shufflenet_ros.training.fine_tuning.loop import fine_tune, TrainingPlan
from shufflenet_ros.training.fine_tuning.state import start_training
from shufflenet_ros.training.network import ShuffleNetV1, Variant
from shufflenet_ros.training.recipe import Settings
import torch
from torch.nn import functional

VARIANT = Variant(3, 0.25)


@pytest.fixture(autouse=True)
def one_thread_inside():
    """Make sums in the order that they have on any machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def executor():
    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as executor:
        yield executor


def network():
    torch.manual_seed(0)
    return ShuffleNetV1(VARIANT, 4).train()


def batch(images):
    generator = torch.Generator().manual_seed(images)
    pixels = torch.rand(images, 3, 32, 32, generator=generator) * 255
    return Batch(pixels, torch.rand(images, 4, generator=generator).softmax(1))


def gradient_of(network, batch, images):
    """Let autograd alone find the gradient of a part of a batch of so many images."""
    loss = functional.cross_entropy(network(batch.pixels), batch.targets, reduction='sum') / images
    loss.backward()
    return [parameter.grad for parameter in network.parameters()]


def test_the_gradient_is_the_sum_of_both_halves(executor):
    """Uneven ones too: each half normalised by itself, statistics averaged."""
    found, whole = network(), batch(41)
    parallel = DataParallel(found)
    loss = parallel.gradient(whole, executor)
    halves = [network(), network()]
    parts = [gradient_of(half, Batch(pixels, targets), 41) for half, pixels, targets in zip(
        halves, whole.pixels.split([21, 20]), whole.targets.split([21, 20]))]
    for parameter, first, second in zip(found.parameters(), *parts):
        torch.testing.assert_close(parameter.grad, first + second)
    for name, buffer in found.named_buffers():
        if buffer.is_floating_point():
            one, other = (half.get_buffer(name) for half in halves)
            torch.testing.assert_close(buffer, (one + other) / 2)
            assert not torch.equal(one, other)
    expected = sum(
        functional.cross_entropy(network()(pixels), targets, reduction='sum').item() / 41
        for pixels, targets in zip(whole.pixels.split([21, 20]), whole.targets.split([21, 20])))
    assert loss == pytest.approx(expected, rel=1e-5)


def test_a_small_batch_stays_whole(executor):
    """Its statistics are those of all its images."""
    found, alone = network(), network()
    DataParallel(found).gradient(batch(31), executor)
    for parameter, expected in zip(found.parameters(), gradient_of(alone, batch(31), 31)):
        torch.testing.assert_close(parameter.grad, expected)


def test_both_follow_the_optimizer(executor):
    """After a step the replica has the new weights and statistics: a fresh pair finds the same."""
    found = network()
    parallel = DataParallel(found)
    optimizer = torch.optim.SGD(found.parameters(), 0.1)
    for images in (40, 20):
        parallel.gradient(batch(images), executor)
        optimizer.step()
    fresh = copy.deepcopy(found)
    loss = DataParallel(fresh).gradient(batch(48), executor)
    assert parallel.gradient(batch(48), executor) == loss
    for parameter, expected in zip(found.parameters(), fresh.parameters()):
        assert torch.equal(parameter.grad, expected.grad)
    for buffer, expected in zip(found.buffers(), fresh.buffers()):
        assert torch.equal(buffer, expected)


def test_the_number_of_threads_changes_no_bit():
    """A whole training on one and on two threads, val included."""
    data = dataset([scene(seed, 40) for seed in range(40)], [0, 1] * 20)
    settings = Settings(epochs=3, batch=40, sizes=(1.0,))
    results = []
    for threads in (1, 2):
        state = start_training(network(), 2, settings)
        plan = TrainingPlan(data, data, Geometry(32, 32), settings, threads)
        trained = fine_tune(state, plan, lambda note: None)
        results.append((trained.state_dict(), state.history))
    (first, history), (second, other) = results
    assert history == other and len(history) == 3
    assert all(torch.equal(first[name], second[name]) for name in first)
