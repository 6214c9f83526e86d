"""
Fine-tune a network on a data set: AdamW, cosine, label smoothing, an average of the weights.

Training starts on small images and ends at the model's input size, which is faster and no worse.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

import numpy as np
import torch
from torch import nn, Tensor

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.training.augment import Augmentation
from shufflenet_ros.training.dataset import Dataset
from shufflenet_ros.training.network import ShuffleNetV1

HEAD_FACTOR = 3.0
"""The classifier is new and learns this much faster than the rest."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides about the result besides data and start weights."""

    epochs: int = 28
    small_size: int = 128
    """Image side of the first part of the training."""
    small_share: float = 0.55
    """Share of the steps in that part."""
    batch: int = 64
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    warm_up_steps: int = 40
    average_decay: float = 0.99
    clip_norm: float = 5.0
    seed: int = 0
    augmentation: Augmentation = Augmentation()


Progress = Callable[[int, int, float], None]
"""Called after each step with its number, the number of steps and the loss."""


def with_new_head(network: ShuffleNetV1, classes: int, seed: int) -> ShuffleNetV1:
    """Replace the classifier by a fresh one of that many classes."""
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(network.classifier.in_features, classes, bias=False)
    with torch.no_grad():
        head.weight.normal_(0, 0.01, generator=generator)
    network.classifier = head
    return network


def fine_tune(network: ShuffleNetV1, data: Dataset, geometry: Geometry, settings: Settings,
              progress: Progress) -> ShuffleNetV1:
    """
    Train ``network`` in place; the moving average of its weights, in evaluation mode, returns.

    ``geometry`` gives the image side at the end of the training (its height; inputs are square).
    """
    rng = np.random.default_rng(settings.seed)
    network = network.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval()
    optimizer = _optimizer(network, settings)
    loss_of = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    per_epoch = -(-len(data) // settings.batch)
    steps, step = per_epoch * settings.epochs, 0
    for _ in range(settings.epochs):
        order = rng.permutation(len(data))
        for chosen in np.array_split(order, per_epoch):
            size = (settings.small_size if step < settings.small_share * steps
                    else geometry.height)
            pixels = _batch(data, chosen, size, settings.augmentation, rng)
            _set_learning_rate(optimizer, settings, step, steps)
            loss = loss_of(network(pixels), torch.from_numpy(data.labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
            optimizer.step()
            _follow(average, network, min(settings.average_decay, (1 + step) / (10 + step)))
            step += 1
            progress(step, steps, float(loss.detach()))
    return average


def _batch(data: Dataset, chosen: np.ndarray, size: int, augmentation: Augmentation,
           rng: np.random.Generator) -> Tensor:
    images = np.stack([augmentation(data.images[index], size, rng) for index in chosen])
    return torch.from_numpy(images).permute(0, 3, 1, 2)  # (N, 3, H, W), channels last in memory


def _optimizer(network: ShuffleNetV1, settings: Settings) -> torch.optim.Optimizer:
    head = list(network.classifier.parameters())
    body = [parameter for name, parameter in network.named_parameters()
            if not name.startswith('classifier')]
    groups = [
        {'params': [p for p in body if p.dim() > 1], 'factor': 1.0},
        {'params': [p for p in body if p.dim() == 1], 'factor': 1.0, 'weight_decay': 0.0},
        {'params': head, 'factor': HEAD_FACTOR}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=settings.weight_decay)


def _set_learning_rate(optimizer: torch.optim.Optimizer, settings: Settings, step: int,
                       steps: int) -> None:
    warm_up = min(1.0, (step + 1) / settings.warm_up_steps)
    rate = settings.learning_rate * warm_up * 0.5 * (1 + cos(pi * step / steps)) + 1e-6
    for group in optimizer.param_groups:
        group['lr'] = rate * group['factor']


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    # Buffers too: running statistics belong to the weights they were measured with.
    target = [t for t in average.state_dict().values() if t.is_floating_point()]
    source = [t for t in network.state_dict().values() if t.is_floating_point()]
    torch._foreach_lerp_(target, source, 1 - decay)
