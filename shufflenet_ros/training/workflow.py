"""From photographs to a model folder: the steps of ``shufflenet_ros train`` in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
import shutil
from typing import Any

import numpy as np
import torch

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.metrics import agreement, sqnr_db
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.engine import Engine
from shufflenet_ros.model_card import INT8_FORMS, ModelSpec
from shufflenet_ros.training.checkpoints import load_official
from shufflenet_ros.training.dataset import Dataset, read_folder
from shufflenet_ros.training.evaluate import evaluate, in_grey
from shufflenet_ros.training.export import write_fp32
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.int8_graph import write_int8
from shufflenet_ros.training.model_folder import (
    command_of, complete, Facts, move_into_place, scratch_folder)
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.quantize import calibration_pixels, quantize
from shufflenet_ros.training.train import fine_tune, Progress, Settings, with_new_head

CALIBRATION_IMAGES = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    data: Path
    """Folder with ``train/<class>/`` and ``val/<class>/``."""
    out: Path
    checkpoint: Path
    geometry: Geometry
    epochs: int = Settings().epochs
    seed: int = 0
    threads: int = 0
    """Threads of PyTorch, 0 for its own choice."""
    origin: str = ''
    licence: str = ''
    command: Sequence[str] = ()


def train_model(request: Request, progress: Progress, say: Callable[[str], None]) -> ModelSpec:
    """
    Fine-tune, export, quantize, measure on ``val``, and write the folder.

    Raises DatasetError for data that cannot be used, ModelError for a checkpoint that cannot be
    read and ConfigurationError where ``out`` cannot be written; then nothing is left behind.
    """
    if request.threads:
        torch.set_num_threads(request.threads)
    scratch = scratch_folder(request.out)
    try:
        training = read_folder(request.data / 'train')
        validation = read_folder(request.data / 'val', training.classes)
        for reason in (*training.skipped, *validation.skipped):
            say(f'left out: {reason}')
        _check_validation(request.data / 'val', validation)
        settings = Settings(epochs=request.epochs, seed=request.seed)
        network = with_new_head(
            load_official(request.checkpoint), len(training.classes), request.seed)
        network = fine_tune(network, training, request.geometry, settings, progress)
        return finish(network, training, validation, request, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def finish(network: ShuffleNetV1, training: Dataset, validation: Dataset, request: Request,
           scratch: Path) -> ModelSpec:
    """Export, quantize and measure a trained network, and write its model folder."""
    geometry, variant = request.geometry, network.variant
    folded = fold(network)
    write_fp32(folded, geometry, scratch / 'model.fp32.onnx')
    pixels = calibration_pixels(calibration_images(training, request.seed), geometry)
    quantized = quantize(folded, pixels, request.seed)
    for form in INT8_FORMS:
        write_int8(quantized.network, quantized.grids, geometry,
                   scratch / f'model.int8.{form}.onnx', form)
    facts = Facts(
        variant.groups, variant.width, geometry, training.classes, command=command_of(
            request.command),
        data={'train_images': len(training), 'val_images': len(validation),
              'origin': request.origin, 'licence': request.licence})
    # The card is written twice: the figures in it come from the folder as the node loads it.
    metrics = measure(complete(scratch, request.out.name, facts), validation)
    complete(scratch, request.out.name, replace(facts, metrics=metrics))
    return move_into_place(scratch, request.out)


def calibration_images(data: Dataset, seed: int) -> list[np.ndarray]:
    """Choose a few hundred training images, every third one grey, as drones see them too."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(data))[:CALIBRATION_IMAGES]
    images = [data.images[index] for index in chosen]
    return [in_grey([image])[0] if number % 3 == 0 else image
            for number, image in enumerate(images)]


def measure(spec: ModelSpec, validation: Dataset) -> dict[str, Any]:
    """Figures for the card: top-1 of both forms in colour and grey, agreement, SQNR."""
    reference = evaluate(Engine(spec, precision='fp32'), validation.images, validation.labels)
    engine = Engine(spec)
    int8 = evaluate(engine, validation.images, validation.labels)
    grey = evaluate(engine, in_grey(validation.images), validation.labels)
    return {
        'split': 'val', 'images': len(validation),
        'top1_fp32': round(reference.top(1), 4), 'top1_int8': round(int8.top(1), 4),
        'top1_int8_grey': round(grey.top(1), 4),
        'agreement': round(agreement(int8.logits, reference.logits), 4),
        'sqnr_db': round(sqnr_db(int8.logits, reference.logits), 2)}


def _check_validation(path: Path, data: Dataset) -> None:
    missing = sorted(set(range(len(data.classes))) - set(data.labels.tolist()))
    if missing:
        raise DatasetError(f'{path}: no image of class {data.classes[missing[0]]!r}, which the '
                           'training split has; add some, so that the figures mean something')
