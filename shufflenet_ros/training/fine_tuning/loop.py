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
Fine-tune a network on a data set: AdamW, cosine, soft targets, an average of the weights.

A run gives the very same weights whether it was interrupted or not, as long as PyTorch's number
of threads stays (sums of floats depend on it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
import copy
from dataclasses import dataclass
from math import cos, isfinite, pi
import os

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.training.fine_tuning.batches import Batches
from shufflenet_ros.training.fine_tuning.data_parallel import DataParallel
from shufflenet_ros.training.fine_tuning.state import TrainingState
from shufflenet_ros.training.finite import fault_of
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.recipe import Settings
import torch
from torch import nn, Tensor
from torch.optim.lr_scheduler import LambdaLR

EVALUATION_BATCH = 64


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What a run works on; it stays the same from the first step to the last."""

    train: Dataset
    val: Dataset
    geometry: Geometry
    """What the model will see; its height is the image side at the end of the training."""
    settings: Settings
    threads: int = 2
    """
    For the two halves of a batch on a CPU; inside each, operations have PyTorch's own threads.

    Their number changes no bit of the result.
    """

    def batches(self) -> Batches:
        """All steps of the run."""
        return Batches(self.train, self.geometry, self.settings)


def fine_tune(state: TrainingState, plan: TrainingPlan,
              report: Callable[[str], None]) -> ShuffleNetV1:
    """
    Train to the end and return the averaged network, in evaluation mode, in the CPU's memory.

    ``report`` is called after each step with a note; it may save the state. Raises
    ConfigurationError at the first step whose loss is no number.
    """
    batches, settings = plan.batches(), plan.settings
    parallel = DataParallel(state.network)
    schedule = _schedule(state, settings, batches.steps)
    with _threads(plan.threads) as executor, _makers(state, executor) as (makers, depth):
        queue = batches.queue(state.step, makers, depth)
        while state.step < batches.steps and not _stops_early(state.history, settings.patience):
            batch = queue.take().to(_device(state.network))
            state.losses.append(parallel.gradient(batch, executor, queue.refill))
            _check_loss(state, settings)
            _step(state, settings)
            if state.step % batches.per_epoch == 0:
                _end_epoch(state, plan, executor)
            report(_note(state.history))
            schedule.step()
    if _stops_early(state.history, settings.patience) and state.best is not None:
        state.averaged.load_state_dict(state.best)
    if fault := fault_of(state.averaged.state_dict()):
        raise _diverged(fault, settings)
    return state.averaged.eval().cpu()


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
    pixels = torch.from_numpy(np.concatenate(list(preprocessed(images, geometry))))
    return network(pixels.to(_device(network)).permute(0, 3, 1, 2).float()).cpu()


def _schedule(state: TrainingState, settings: Settings, steps: int) -> LambdaLR:
    """Let the learning rate rise over the first steps and fall as a cosine, from any step on."""
    def rate(step: int) -> float:
        warm_up = min(1.0, (step + 1) / max(1, settings.warm_up_steps))
        return settings.learning_rate * warm_up * 0.5 * (1 + cos(pi * step / steps)) + 1e-6

    for group in state.optimizer.param_groups:
        group['initial_lr'] = group['factor']  # what the schedule multiplies
    return LambdaLR(state.optimizer, rate, last_epoch=state.step - 1)


def _step(state: TrainingState, settings: Settings) -> None:
    nn.utils.clip_grad_norm_(state.network.parameters(), settings.clip_norm)
    state.optimizer.step()
    state.average.update_parameters(state.network)
    state.step += 1


def _check_loss(state: TrainingState, settings: Settings) -> None:
    if not isfinite(state.losses[-1]):
        raise _diverged(f'the loss of step {state.step + 1} is {state.losses[-1]}', settings)


def _diverged(fault: str, settings: Settings) -> ConfigurationError:
    return ConfigurationError(
        f'the training diverged: {fault}; take less than --learning-rate '
        f'{settings.learning_rate:g}, --head-factor {settings.head_factor:g} or --weight-decay '
        f'{settings.weight_decay:g}')


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def _threads(count: int) -> ThreadPoolExecutor:
    # How many threads an operation takes is a setting of each thread.
    return ThreadPoolExecutor(count, initializer=torch.set_num_threads,
                              initargs=(torch.get_num_threads(),))


@contextmanager
def _makers(state: TrainingState, workers: Executor) -> Iterator[tuple[Executor, int]]:
    """
    Choose the threads that make batches, and how many batches they make ahead.

    On a CPU they are those that compute gradients: more threads would slow these down. A GPU
    computes gradients faster than one core makes batches.
    """
    if _device(state.network).type == 'cpu':
        yield workers, 1
        return
    count = max(1, len(os.sched_getaffinity(0)) - 1)
    with ThreadPoolExecutor(count) as executor:
        yield executor, count


def _end_epoch(state: TrainingState, plan: TrainingPlan, executor: Executor) -> None:
    loss, right = accuracy(state.averaged, plan.val, plan.geometry, executor)
    best = max((line['val_accuracy'] for line in state.history), default=-1.0)
    state.history.append({
        'epoch': len(state.history) + 1, 'loss': sum(state.losses) / len(state.losses),
        'val_loss': loss, 'val_accuracy': right,
        'learning_rate': state.optimizer.param_groups[0]['lr']})
    state.losses = []
    if plan.settings.patience and right > best:
        state.best = copy.deepcopy(state.averaged.state_dict())


def _stops_early(history: list[dict[str, float]], patience: int) -> bool:
    """Whether val has not improved for so many epochs; 0 for never."""
    if not patience or not history:
        return False
    accuracies = [line['val_accuracy'] for line in history]
    return len(history) - 1 - accuracies.index(max(accuracies)) >= patience


def _note(history: list[dict[str, float]]) -> str:
    if not history:
        return ''
    return f'loss {history[-1]["loss"]:.3f}, val {history[-1]["val_accuracy"]:.3f}'
