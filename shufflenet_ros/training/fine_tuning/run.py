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

"""Train, or go on with a run that was cut off, and save the state on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.calibration_images import training_images
from shufflenet_ros.quantization.quantize import calibration_pixels
from shufflenet_ros.training.fine_tuning.data_parallel import HALVES
from shufflenet_ros.training.fine_tuning.loop import fine_tune, TrainingPlan
from shufflenet_ros.training.fine_tuning.run_checkpoint import RunCheckpoint
from shufflenet_ros.training.fine_tuning.state import start_training, TrainingState
from shufflenet_ros.training.load_data import LoadedData
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.request import TrainingRequest
import torch

RECIPE = 1
"""Raised where the same settings give other weights than before: no run goes on across that."""


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """The averaged network, in evaluation mode, in the CPU's memory."""

    network: ShuffleNetV1
    history: list[dict[str, float]]
    """For each epoch: ``epoch``, ``loss``, ``val_loss``, ``val_accuracy``, ``learning_rate``."""


def train(request: TrainingRequest, data: LoadedData, checkpoint: RunCheckpoint,
          progress: Progress) -> TrainedNetwork:
    """Train to the end, from the state in ``checkpoint`` where it has one."""
    state = _start(request, data)
    saved = checkpoint.load(progress.say)
    if saved:
        state.restore(saved)
        progress.say(f'going on after step {state.step}')
    plan = TrainingPlan(data.splits.train, data.splits.val, request.geometry, request.settings,
                        min(HALVES, request.learning_threads()))
    steps = plan.batches().steps
    update = progress.start('training', steps, state.step)

    def report(note: str) -> None:
        update(state.step, note)
        if checkpoint.due() or state.step == steps:
            checkpoint.save(state.save())

    network = fine_tune(state, plan, report)
    if not checkpoint.has_state():
        checkpoint.save(state.save())
    return TrainedNetwork(network, state.history)


def identity(request: TrainingRequest, data: LoadedData) -> dict[str, Any]:
    """Everything that the trained weights depend on, by the names that users know."""
    return request.choices() | {
        'start weights': data.start_digest,
        'images for training': data.splits.train.digest(),
        'images for val': data.splits.val.digest(),
        'version of the recipe': RECIPE, 'threads': torch.get_num_threads(),
        'PyTorch': str(torch.__version__)}


def _start(request: TrainingRequest, data: LoadedData) -> TrainingState:
    train, settings = data.splits.train, request.settings
    # The same images for every run of a request, whether it goes on or begins.
    pixels = calibration_pixels(training_images(train, settings.seed), request.geometry)
    return start_training(data.start(pixels), len(train.classes), settings, request.device)
