"""
Fine-tune a network on a data set: AdamW, cosine, soft targets, an average of the weights.

A run is a :class:`Training`: what it has learned, its optimizer, and the number of steps done. It
can be saved after any step and gives the very same weights whether it was interrupted or not, as
long as PyTorch's number of threads stays (sums of floats depend on it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
import copy
from dataclasses import dataclass, field
from math import cos, pi
import os
from typing import Any

import numpy as np
import torch
from torch import nn, Tensor

from shufflenet_ros.core.encodings.decode import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.training.batches import Batches
from shufflenet_ros.training.data_parallel import Replicas
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.recipe import Settings

EVALUATION_BATCH = 64


@dataclass(slots=True)
class Training:
    """A network being trained."""

    network: ShuffleNetV1
    average: ShuffleNetV1
    """Moving average of its weights and statistics, in evaluation mode: the model to be."""
    optimizer: torch.optim.Optimizer
    step: int = 0
    """Steps done."""
    history: list[dict[str, float]] = field(default_factory=list)
    """For each epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy``, ``learning_rate``."""
    losses: list[float] = field(default_factory=list)
    """Of the steps of the current epoch."""
    best: dict[str, Tensor] | None = None
    """Average weights of the epoch with the best accuracy on val; kept with patience only."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            'network': self.network.state_dict(), 'average': self.average.state_dict(),
            'optimizer': self.optimizer.state_dict(), 'step': self.step,
            'history': self.history, 'losses': self.losses, 'best': self.best}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.network.load_state_dict(state['network'])
        self.average.load_state_dict(state['average'])
        self.optimizer.load_state_dict(state['optimizer'])
        self.step, self.history, self.losses, self.best = (
            state[name] for name in ('step', 'history', 'losses', 'best'))


def begin(network: ShuffleNetV1, classes: int, settings: Settings,
          device: str = 'cpu') -> Training:
    """Give a pretrained network a fresh classifier and everything else that training needs."""
    network = with_new_head(network, classes, settings.seed)
    network = network.to(device, memory_format=torch.channels_last).train()
    return Training(network, copy.deepcopy(network).eval(), _optimizer(network, settings))


def with_new_head(network: ShuffleNetV1, classes: int, seed: int) -> ShuffleNetV1:
    """Replace the classifier by a fresh one of that many classes."""
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(network.classifier.in_features, classes, bias=False)
    with torch.no_grad():
        head.weight.normal_(0, 0.01, generator=generator)
    network.classifier = head
    return network


def fine_tune(training: Training, train: Dataset, val: Dataset, geometry: Geometry,
              settings: Settings, after_step: Callable[[int, int, str], None],
              learners: int = 2) -> ShuffleNetV1:
    """
    Train to the end and return the averaged network, in evaluation mode, in the CPU's memory.

    ``geometry`` gives the image side at the end of the training (its height; inputs are square).
    ``after_step`` is called with the steps done, their number and a note; it may save the state.
    ``learners`` are the threads that halves of a batch are made and learned on (on a CPU), each
    with as many threads inside as PyTorch has; they change no bit of the result.
    """
    batches = Batches(train, geometry.height, settings)
    replicas = Replicas(training.network)
    note = _note(training.history)
    with _threads(learners) as executor, _makers(training, executor) as (makers, depth):
        ahead = batches.ahead(training.step, makers, depth)
        while training.step < batches.steps and not _out_of_patience(
                training.history, settings.patience):
            _set_learning_rate(training.optimizer, settings, training.step, batches.steps)
            batch = ahead.take().to(_device(training.network))
            training.losses.append(replicas.gradient(batch, executor, ahead.refill))
            _follow_gradient(training, settings)
            if training.step % batches.per_epoch == 0:
                _end_epoch(training, val, geometry, settings, batches, executor)
                note = _note(training.history)
            after_step(training.step, batches.steps, note)
    if _out_of_patience(training.history, settings.patience):
        training.average.load_state_dict(training.best)
    return training.average.eval().cpu()


def accuracy(network: ShuffleNetV1, data: Dataset, geometry: Geometry,
             executor: Executor) -> tuple[float, float]:
    """Cross entropy and top-1 accuracy on images through the one preprocess."""
    starts = range(0, len(data), EVALUATION_BATCH)
    answers = executor.map(lambda start: _logits(network, data, geometry, start), starts)
    logits, labels = torch.cat(list(answers)), torch.from_numpy(data.labels)
    right = int((logits.argmax(1) == labels).sum())
    return float(nn.functional.cross_entropy(logits, labels)), right / len(data)


@torch.no_grad()
def _logits(network: ShuffleNetV1, data: Dataset, geometry: Geometry, start: int) -> Tensor:
    images = (data.images[index]
              for index in range(start, min(start + EVALUATION_BATCH, len(data))))
    pixels = np.concatenate([preprocess(Pixels(image, None), geometry) for image in images])
    pixels = torch.from_numpy(pixels).to(_device(network)).permute(0, 3, 1, 2).float()
    return network(pixels).cpu()


def _follow_gradient(training: Training, settings: Settings) -> None:
    nn.utils.clip_grad_norm_(training.network.parameters(), settings.clip_norm)
    training.optimizer.step()
    # The first averages span few steps: a long memory of random weights would stay for epochs.
    decay = min(settings.average_decay, (1 + training.step) / (10 + training.step))
    _follow(training.average, training.network, decay)
    training.step += 1


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def _threads(count: int) -> ThreadPoolExecutor:
    # How many threads an operation takes is a setting of each thread.
    return ThreadPoolExecutor(count, initializer=torch.set_num_threads,
                              initargs=(torch.get_num_threads(),))


@contextmanager
def _makers(training: Training, learners: Executor) -> Iterator[tuple[Executor, int]]:
    """
    Choose who makes batches, and how many ahead.

    On a CPU those who learn, between their halves: threads beside them would be in their way. A
    GPU learns faster than a core makes batches.
    """
    if _device(training.network).type == 'cpu':
        yield learners, 1
        return
    count = max(1, len(os.sched_getaffinity(0)) - 1)
    with ThreadPoolExecutor(count) as executor:
        yield executor, count


def _end_epoch(training: Training, val: Dataset, geometry: Geometry, settings: Settings,
               batches: Batches, executor: Executor) -> None:
    loss, right = accuracy(training.average, val, geometry, executor)
    best = max((line['val_accuracy'] for line in training.history), default=-1.0)
    training.history.append({
        'epoch': training.step // batches.per_epoch,
        'loss': sum(training.losses) / len(training.losses), 'val_loss': loss,
        'val_accuracy': right, 'learning_rate': training.optimizer.param_groups[0]['lr']})
    training.losses = []
    if settings.patience and right > best:
        training.best = copy.deepcopy(training.average.state_dict())


def _out_of_patience(history: list[dict[str, float]], patience: int) -> bool:
    if not patience or not history:
        return False
    accuracies = [line['val_accuracy'] for line in history]
    return len(history) - 1 - accuracies.index(max(accuracies)) >= patience


def _note(history: list[dict[str, float]]) -> str:
    if not history:
        return ''
    return f'loss {history[-1]["loss"]:.3f}, val {history[-1]["val_accuracy"]:.3f}'


def _optimizer(network: ShuffleNetV1, settings: Settings) -> torch.optim.Optimizer:
    head = list(network.classifier.parameters())
    body = [parameter for name, parameter in network.named_parameters()
            if not name.startswith('classifier')]
    groups = [
        {'params': [p for p in body if p.dim() > 1], 'factor': 1.0},
        {'params': [p for p in body if p.dim() == 1], 'factor': 1.0, 'weight_decay': 0.0},
        {'params': head, 'factor': settings.head_factor}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=settings.weight_decay,
                             fused=True)


def _set_learning_rate(optimizer: torch.optim.Optimizer, settings: Settings, step: int,
                       steps: int) -> None:
    warm_up = min(1.0, (step + 1) / max(1, settings.warm_up_steps))
    rate = settings.learning_rate * warm_up * 0.5 * (1 + cos(pi * step / steps)) + 1e-6
    for group in optimizer.param_groups:
        group['lr'] = rate * group['factor']


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    # Buffers too: running statistics belong to the weights they were measured with.
    target = [t for t in average.state_dict().values() if t.is_floating_point()]
    source = [t for t in network.state_dict().values() if t.is_floating_point()]
    torch._foreach_lerp_(target, source, 1 - decay)
