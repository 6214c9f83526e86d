"""From photographs to a model folder: the steps of ``shufflenet_ros train`` in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
import re
from typing import Any

import cv2
import numpy as np
import torch

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.dataset.labelled_images import Dataset, read_entries
from shufflenet_ros.dataset.out_of_distribution import read_strangers
from shufflenet_ros.dataset.sources import Entry, find_entries
from shufflenet_ros.dataset.split import split, Splits
from shufflenet_ros.evaluation.evaluate import in_grey
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import check_target
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.quantize import calibration_pixels
from shufflenet_ros.training.data_parallel import HALVES
from shufflenet_ros.training.finish import finish
from shufflenet_ros.training.loop import begin, fine_tune, Training
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.request import Request
from shufflenet_ros.training.run_checkpoint import Workplace
from shufflenet_ros.training.start_weights import find_start, Start

CALIBRATION_IMAGES = 200
OLDEST_PYTORCH = (2, 4)
"""Whose AdamW is fused on a CPU."""
RECIPE = 1
"""Raised where the same settings give other weights than before: no run goes on across that."""
SHOWN = 20
"""Images left out that are named one by one."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    splits: Splits
    start: Start
    start_digest: str
    strangers: Dataset | None
    skipped: int


def train_model(request: Request, progress: Progress) -> ModelSpec:
    """
    Fine-tune, export, quantize, measure on val, report, and write the folder.

    A run that was cut off goes on. Raises DatasetError for data that cannot be used, ModelError
    for start weights that cannot be read, and ConfigurationError where ``out`` cannot be written;
    a model that is there already stays.
    """
    request = replace(request, out=check_target(request.out))
    _check_pytorch()
    _check_device(request.device)
    torch.set_num_threads(max(1, request.learning_threads() // HALVES))
    cv2.setNumThreads(1)  # its pool would fight with PyTorch's for the cores
    inputs = _read(request, progress)
    workplace = Workplace(request.out, _decides(request, inputs), request.save_every_s)
    try:
        network, history = _train(request, inputs, workplace, progress)
        spec = finish(network, history, inputs.splits, request, progress, workplace.scratch(),
                      calibration_images(inputs.splits.train, request.settings.seed),
                      inputs.strangers, inputs.skipped)
    except BaseException:
        workplace.close(keep=workplace.has_state())
        raise
    workplace.close(keep=False)
    return spec


def _check_pytorch() -> None:
    """Raise ConfigurationError where PyTorch lacks what training needs."""
    version = tuple(map(int, re.findall(r'\d+', torch.__version__)[:2]))
    if version < OLDEST_PYTORCH:
        raise ConfigurationError(
            f'PyTorch {torch.__version__}: training needs {".".join(map(str, OLDEST_PYTORCH))} or '
            'later; pip install -r environment/requirements/train.txt')


def _check_device(name: str) -> None:
    """Raise ConfigurationError where PyTorch cannot use the device."""
    try:
        torch.ones(1, device=name).sum().item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(
            f'--device {name}: PyTorch {torch.__version__} cannot use it ({reason}); leave the '
            'option out to train on the CPU, or install the PyTorch of your device') from error


def calibration_images(data: Dataset, seed: int) -> list[np.ndarray]:
    """Choose a few hundred training images, every third one grey, as drones see them too."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(data))[:CALIBRATION_IMAGES]
    images = [data.images[index] for index in chosen]
    return [next(in_grey([image])) if number % 3 == 0 else image
            for number, image in enumerate(images)]


def _read(request: Request, progress: Progress) -> _Inputs:
    """Read everything, what fails fastest first."""
    entries = find_entries(request.data, progress.say)
    start, digest = find_start(request.start, request.shipped)
    strangers = read_strangers(request.strangers, progress) if request.strangers else None
    data = _read_images(entries, progress)
    splits = split(data, val_share=request.val_share, seed=request.settings.seed,
                   keep_duplicates=request.keep_duplicates, say=progress.say)
    progress.say(f'{len(data.classes)} classes: {len(splits.train)} images for training, '
                f'{len(splits.val)} for val; {splits.near_duplicates} pairs of near-duplicates')
    return _Inputs(splits, start, digest, strangers, len(data.skipped))


def _read_images(entries: list[Entry], progress: Progress) -> Dataset:
    classes = tuple(sorted({entry.label for entry in entries}))
    data = read_entries(entries, classes, progress.start('reading', len(entries)))
    for reason in data.skipped[:SHOWN]:
        progress.say(f'left out: {reason}')
    if len(data.skipped) > SHOWN:
        progress.say(f'... and {len(data.skipped) - SHOWN} more')
    return data


def _train(request: Request, inputs: _Inputs, workplace: Workplace,
           progress: Progress) -> tuple[ShuffleNetV1, list[dict[str, float]]]:
    train, settings = inputs.splits.train, request.settings
    # The same images for every run of a request, whether it goes on or begins.
    pixels = calibration_pixels(calibration_images(train, settings.seed), request.geometry)
    training = begin(inputs.start(pixels), len(train.classes), settings, request.device)
    state = workplace.load(progress.say)
    if state:
        training.restore(state)
        progress.say(f'going on after step {training.step}')
    network = _fine_tune(training, request, inputs.splits, workplace, progress)
    return network, training.history


def _fine_tune(training: Training, request: Request, splits: Splits, workplace: Workplace,
               progress: Progress) -> ShuffleNetV1:
    update = None

    def after_step(step: int, steps: int, note: str) -> None:
        nonlocal update
        if update is None:
            update = progress.start('training', steps, step - 1)
        update(step, note)
        if workplace.due() or step == steps:
            workplace.save(training.state())

    network = fine_tune(
        training, splits.train, splits.val, request.geometry, request.settings, after_step,
        learners=min(HALVES, request.learning_threads()))
    if not workplace.has_state():
        workplace.save(training.state())
    return network


def _decides(request: Request, inputs: _Inputs) -> dict[str, Any]:
    """Everything that the trained weights depend on, by the names that users know."""
    return request.decides() | {
        'start weights': inputs.start_digest,
        'images for training': inputs.splits.train.digest(),
        'images for val': inputs.splits.val.digest(),
        'version of the recipe': RECIPE, 'threads': torch.get_num_threads(),
        'PyTorch': str(torch.__version__)}
