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
The gradient of a batch from its two halves, beside each other on two threads.

The layers of a thin network are too small for two threads inside each operation; two halves keep
two cores busy. How many threads there are changes no bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
import copy

from shufflenet_ros.training.fine_tuning.batches import Batch
import torch
from torch import nn, Tensor

HALVES = 2
SMALLEST_HALF = 16
"""Fewer images give statistics too rough to normalise by."""


class DataParallel:
    """A network and its replica: parameters in the same memory, gradients and statistics apart."""

    def __init__(self, network: nn.Module) -> None:
        self._networks = (network, _replica(network))

    def gradient(self, batch: Batch, executor: Executor,
                 meanwhile: Callable[[], None] = lambda: None) -> float:
        """
        Give the network the gradient of the batch's mean cross entropy, which is returned.

        Each half is normalised by its own mean and variance; the running statistics become the
        average of what both halves make of them. Small batches, and those on a GPU, stay whole.
        ``meanwhile`` is called once the executor has both; what it adds comes behind them.
        """
        halved = len(batch.pixels) >= HALVES * SMALLEST_HALF and batch.pixels.device.type == 'cpu'
        networks = self._networks if halved else self._networks[:1]
        if halved:
            self._copy_statistics()
        losses = executor.map(
            _share_of_gradient, networks, batch.pixels.chunk(len(networks)),
            batch.targets.chunk(len(networks)), [len(batch.pixels)] * len(networks))
        meanwhile()
        loss = sum(losses)
        if halved:
            self._reduce()
        return loss

    def _copy_statistics(self) -> None:
        network, replica = (_statistics(each) for each in self._networks)
        torch._foreach_copy_(replica, network)

    def _reduce(self) -> None:
        gradients, others = (_gradients(each) for each in self._networks)
        torch._foreach_add_(gradients, others)
        network, replica = (_statistics(each) for each in self._networks)
        torch._foreach_lerp_(network, replica, 0.5)


def _replica(network: nn.Module) -> nn.Module:
    replica = copy.deepcopy(network)
    for own, shared in zip(replica.parameters(), network.parameters()):
        own.data = shared.data
    return replica


def _gradients(network: nn.Module) -> list[Tensor]:
    return [parameter.grad for parameter in network.parameters() if parameter.grad is not None]


def _statistics(network: nn.Module) -> list[Tensor]:
    """List running means and variances."""
    return [buffer for buffer in network.buffers() if buffer.is_floating_point()]


def _share_of_gradient(network: nn.Module, pixels: Tensor, targets: Tensor, images: int) -> float:
    """Add up over these images; ``images`` is how many the whole batch has."""
    network.zero_grad()
    loss = -(targets * torch.log_softmax(network(pixels), 1)).sum() / images
    loss.backward()
    return float(loss.detach())
