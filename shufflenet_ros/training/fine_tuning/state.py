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

"""State of a run: network, average, optimizer. It can be saved after any step, and restored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.recipe import Settings
import torch
from torch import nn, Tensor
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]


@dataclass(slots=True)
class TrainingState:
    """A network being trained."""

    network: ShuffleNetV1
    average: AveragedModel
    """Moving average of its weights and statistics."""
    optimizer: torch.optim.Optimizer
    step: int = 0
    """Steps done."""
    history: list[dict[str, float]] = field(default_factory=list)
    """For each epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy``, ``learning_rate``."""
    losses: list[float] = field(default_factory=list)
    """Of the steps of the current epoch."""
    best: dict[str, Tensor] | None = None
    """Average weights of the epoch with the best accuracy on val; kept with patience only."""

    @property
    def averaged(self) -> ShuffleNetV1:
        """The network with the average of the weights, in evaluation mode: the model to be."""
        return cast(ShuffleNetV1, self.average.module)

    def save(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            'network': self.network.state_dict(), 'average': self.averaged.state_dict(),
            'optimizer': self.optimizer.state_dict(), 'step': self.step,
            'history': self.history, 'losses': self.losses, 'best': self.best}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.network.load_state_dict(state['network'])
        self.averaged.load_state_dict(state['average'])
        self.optimizer.load_state_dict(state['optimizer'])
        self.step, self.history, self.losses, self.best = (
            state[name] for name in ('step', 'history', 'losses', 'best'))
        self.average.n_averaged.fill_(1 + self.step)


def start_training(network: ShuffleNetV1, classes: int, settings: Settings,
                   device: str = 'cpu') -> TrainingState:
    """Give a pretrained network a fresh classifier and everything else that training needs."""
    network.classifier = _new_head(network.classifier.in_features, classes, settings.seed)
    network = network.to(  # type: ignore[call-overload]  # PyTorch's hints lack the format
        device, memory_format=torch.channels_last).train()
    return TrainingState(
        network, _average(network, settings.average_decay), _optimizer(network, settings))


def _new_head(features: int, classes: int, seed: int) -> nn.Linear:
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(features, classes, bias=False)
    with torch.no_grad():
        head.weight.normal_(0, 0.01, generator=generator)
    return head


def _average(network: ShuffleNetV1, longest: float) -> AveragedModel:
    """Average the weights of the steps, those before the first one included."""
    def follow(average: Tensors, current: Tensors, averaged: Tensor | int) -> None:
        if average[0].is_floating_point():  # the others count batches
            # The first averages span few steps: a long memory of random weights would stay.
            count = int(averaged)
            decay = min(longest, count / (9 + count))
            torch._foreach_lerp_(average, current, 1 - decay)

    # Buffers too: running statistics belong to the weights they were measured with.
    average = AveragedModel(network, multi_avg_fn=follow, use_buffers=True).eval()
    average.update_parameters(network)
    return average


def _optimizer(network: ShuffleNetV1, settings: Settings) -> torch.optim.Optimizer:
    """Make AdamW; ``factor`` of each group is what the learning rate is multiplied by."""
    head = list(network.classifier.parameters())
    body = [parameter for name, parameter in network.named_parameters()
            if not name.startswith('classifier')]
    groups = [
        {'params': [p for p in body if p.dim() > 1], 'factor': 1.0},
        {'params': [p for p in body if p.dim() == 1], 'factor': 1.0, 'weight_decay': 0.0},
        {'params': head, 'factor': settings.head_factor}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=settings.weight_decay,
                             fused=True)
