"""
The gradient of a batch from its two halves, beside each other on two threads.

The layers of a thin network are too small for two threads inside each operation; two halves keep
two cores busy. How many threads there are changes no bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
import copy

import torch
from torch import nn, Tensor

from shufflenet_ros.training.batches import Batch

HALVES = 2
SMALLEST_HALF = 16
"""Fewer images give statistics too rough to normalise by."""


class Replicas:
    """A network and its twin: the same parameters in memory, gradients and statistics apart."""

    def __init__(self, network: nn.Module) -> None:
        self._networks = (network, _twin(network))

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
            self._unite()
        return loss

    def _copy_statistics(self) -> None:
        network, twin = (list(_statistics(each)) for each in self._networks)
        torch._foreach_copy_(twin, network)

    def _unite(self) -> None:
        torch._foreach_add_(*([parameter.grad for parameter in each.parameters()]
                              for each in self._networks))
        network, twin = (list(_statistics(each)) for each in self._networks)
        torch._foreach_lerp_(network, twin, 0.5)


def _twin(network: nn.Module) -> nn.Module:
    twin = copy.deepcopy(network)
    for own, shared in zip(twin.parameters(), network.parameters()):
        own.data = shared.data
    return twin


def _statistics(network: nn.Module) -> Iterator[Tensor]:
    """Go through running means and variances."""
    return (buffer for buffer in network.buffers() if buffer.is_floating_point())


def _share_of_gradient(network: nn.Module, pixels: Tensor, targets: Tensor, images: int) -> float:
    """Add up over these images; ``images`` is how many the whole batch has."""
    network.zero_grad()
    loss = -(targets * torch.log_softmax(network(pixels), 1)).sum() / images
    loss.backward()
    return float(loss.detach())
