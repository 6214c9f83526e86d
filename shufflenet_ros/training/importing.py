"""From a published checkpoint to a model folder: the steps of ``shufflenet_ros import``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
import shutil
from typing import Any

import cv2
import numpy as np

from shufflenet_ros.core.digest import sha256_of
from shufflenet_ros.core.errors import ConfigurationError, DatasetError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.metrics import agreement, sqnr_db
from shufflenet_ros.engine import Engine
from shufflenet_ros.model_card import INT8_FORMS, ModelSpec
from shufflenet_ros.training.checkpoints import load_checkpoint
from shufflenet_ros.training.evaluate import evaluate, in_grey
from shufflenet_ros.training.export import write_fp32
from shufflenet_ros.training.fold import fold, FoldedNetwork
from shufflenet_ros.training.int8_graph import write_int8
from shufflenet_ros.training.model_folder import (
    command_of, complete, Facts, move_into_place, scratch_folder)
from shufflenet_ros.training.quantize import calibration_pixels, quantize
from shufflenet_ros.training.request import check_out

CALIBRATION_IMAGES = 200
FEWEST_IMAGES = 20
KEPT_EVERY = 5
"""One photograph in so many measures int8 instead of calibrating it."""


@dataclass(frozen=True, slots=True)
class Import:
    """What the user asked for."""

    checkpoint: Path
    out: Path
    calibration: Path
    """Folder of photographs, at any depth."""
    labels: Path | None = None
    geometry: Geometry = Geometry(224, 224, 0.875)
    seed: int = 0
    licence: str = ''
    command: Sequence[str] = ()


def import_model(request: Import, say: Callable[[str], None]) -> ModelSpec:
    """
    Load, export, quantize, compare int8 with fp32, and write the folder.

    Raises ModelError for a checkpoint of no known family, DatasetError for photographs that
    cannot be used and ConfigurationError for labels or a folder; then nothing is left behind.
    """
    network, family = load_checkpoint(request.checkpoint)
    labels = _labels(request.labels, network.classifier.out_features, say)
    images = _photographs(request.calibration, request.seed, say)
    kept, used = images[::KEPT_EVERY], [
        image for number, image in enumerate(images) if number % KEPT_EVERY]
    facts = Facts(
        network.variant.groups, network.variant.width, request.geometry, labels,
        command=command_of(request.command),
        data={'checkpoint': request.checkpoint.name, 'sha256': sha256_of(request.checkpoint),
              'family': family, 'calibration_images': len(used), 'licence': request.licence})
    request = replace(request, out=check_out(request.out))
    scratch = scratch_folder(request.out)
    try:
        _write_files(fold(network), used, request, scratch)
        metrics = _compare(complete(scratch, request.out.name, facts), kept)
        complete(scratch, request.out.name, replace(facts, metrics=metrics))
        return move_into_place(scratch, request.out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_files(network: FoldedNetwork, images: list[np.ndarray], request: Import,
                 folder: Path) -> None:
    write_fp32(network, request.geometry, folder / 'model.fp32.onnx')
    # Every third one grey: mono cameras are common where this runs.
    images = [image if number % 3 else next(in_grey([image]))
              for number, image in enumerate(images)]
    quantized = quantize(network, calibration_pixels(images, request.geometry), request.seed)
    for form in INT8_FORMS:
        write_int8(quantized.network, quantized.grids, request.geometry,
                   folder / f'model.int8.{form}.onnx', form)


def _compare(spec: ModelSpec, images: list[np.ndarray]) -> dict[str, Any]:
    """Measure how close int8 is to fp32; accuracy cannot be told without labelled photographs."""
    none = np.zeros(len(images), np.int64)
    reference = evaluate(Engine(spec, precision='fp32'), images, none).logits
    int8 = evaluate(Engine(spec), images, none).logits
    return {'split': 'photographs kept from calibration', 'images': len(images),
            'agreement': round(agreement(int8, reference), 4),
            'sqnr_db': round(sqnr_db(int8, reference), 2)}


def _labels(path: Path | None, classes: int, say: Callable[[str], None]) -> tuple[str, ...]:
    if path is None:
        say(f'no --labels: the classes are called class_0 to class_{classes - 1}')
        return tuple(f'class_{index}' for index in range(classes))
    try:
        names = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f'--labels {path}: cannot be read ({error})') from error
    if len(names) != classes:
        raise ConfigurationError(f'--labels {path}: {len(names)} lines; expected {classes}, one '
                                 "for each of the checkpoint's classes in its order")
    count = Counter(names)
    # ImageNet has two classes each of a few names; a result must say which one it is.
    return tuple(f'{name} ({index})' if count[name] > 1 else name
                 for index, name in enumerate(names))


def _photographs(folder: Path, seed: int, say: Callable[[str], None]) -> list[np.ndarray]:
    """Read a random few hundred photographs below the folder as RGB."""
    if not folder.is_dir():
        raise DatasetError(f'--calibration {folder}: no such folder of photographs')
    paths = sorted(path for path in folder.rglob('*')
                   if path.suffix.lower() in {'.jpg', '.jpeg', '.png', '.bmp', '.webp'})
    images: list[np.ndarray] = []
    for index in np.random.default_rng(seed).permutation(len(paths)):
        image = cv2.imread(str(paths[index]), cv2.IMREAD_COLOR)
        if image is None:
            say(f'left out: {paths[index]}: not readable as an image')
            continue
        images.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        if len(images) * (KEPT_EVERY - 1) >= CALIBRATION_IMAGES * KEPT_EVERY:
            break
    if len(images) < FEWEST_IMAGES:
        raise DatasetError(f'--calibration {folder}: {len(images)} photographs; int8 needs at '
                           f'least {FEWEST_IMAGES} of scenes like those the camera will see')
    return images
