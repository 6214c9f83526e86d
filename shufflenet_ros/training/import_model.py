"""From a published checkpoint to a model folder: the steps of ``shufflenet_ros import``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
import shutil
from typing import Any

import numpy as np

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.downloads.catalogue import Checkpoint, checkpoint_of
from shufflenet_ros.evaluation.evaluate import evaluate, in_grey
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import INT8_FORMS
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import (
    check_target,
    command_of,
    complete,
    Facts,
    move_into_place,
    scratch_folder,
)
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.calibration_images import (
    own_photographs,
    Photographs,
    sample_photographs,
)
from shufflenet_ros.quantization.folded_network import FoldedNetwork
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.quantize import calibration_pixels, quantize
from shufflenet_ros.training.class_names import class_names
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.published_checkpoints import load_checkpoint

NO_CALIBRATION = (
    'no --calibration: int8 is calibrated on {what}: 7 to 9 in 100 answers may differ from '
    'those of fp32, instead of 5 to 6; better give some hundred frames of your camera')
"""Measured with both published checkpoints on photographs of ImageNet (docs/models.md)."""


@dataclass(frozen=True, slots=True)
class Import:
    """What the user asked for."""

    checkpoint: Path
    out: Path
    calibration: Path | None = None
    """Folder of photographs, at any depth; None for those of scikit-image."""
    labels: Path | None = None
    geometry: Geometry = Geometry(224, 224, 0.875)
    seed: int = 0
    licence: str = ''
    command: Sequence[str] = ()


def import_model(request: Import, progress: Progress) -> ModelSpec:
    """
    Load, export, quantize, compare int8 with fp32, and write the folder.

    Raises ModelError for a checkpoint of no known family, DatasetError for photographs that
    cannot be used and ConfigurationError for labels or a folder; then nothing is left behind.
    """
    network, family = load_checkpoint(request.checkpoint)
    origin = origin_of(request, family, progress.say)
    labels = class_names(request.labels, network.classifier.out_features, progress.say)
    photographs = _photographs(request, progress.say)
    facts = Facts(
        network.variant.groups, network.variant.width, request.geometry, labels,
        command=command_of(request.command),
        data=origin | {'calibration': photographs.what,
                       'calibration_images': len(photographs.used)})
    request = replace(request, out=check_target(request.out))
    scratch = scratch_folder(request.out)
    try:
        _write_files(fold(network), photographs.used, request, scratch, progress)
        metrics = _compare(complete(scratch, request.out.name, facts), photographs)
        complete(scratch, request.out.name, replace(facts, metrics=metrics))
        return move_into_place(scratch, request.out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def origin_of(request: Import, family: str, say: Callable[[str], None]) -> dict[str, Any]:
    """
    Say where the weights come from, and give it for the card.

    A published file is known by its digest, whatever it is called; any other is of a ``family``.
    """
    sha256 = sha256_of(request.checkpoint)
    known = checkpoint_of(sha256)
    say(f'{request.checkpoint.name}: {_description(known) if known else family}')
    return {'checkpoint': request.checkpoint.name, 'sha256': sha256, 'family': family, **(
        {'origin': known.origin, 'published_top1': known.top1} if known else {}),
        'licence': request.licence or (known.licence if known else '')}


def _description(known: Checkpoint) -> str:
    return (f'{known.name} by its sha256, of the {known.origin}; licence {known.licence}; '
            f'ImageNet top-1 {known.top1:.1%} as published')


def _photographs(request: Import, say: Callable[[str], None]) -> Photographs:
    if request.calibration is not None:
        return own_photographs(request.calibration, request.seed, say)
    photographs = sample_photographs(request.seed, 'give your own with --calibration DIR')
    say(NO_CALIBRATION.format(what=photographs.what))
    return photographs


def _write_files(network: FoldedNetwork, images: list[np.ndarray], request: Import,
                 folder: Path, progress: Progress) -> None:
    write_fp32(network, request.geometry, folder / 'model.fp32.onnx')
    # Every third one grey: mono cameras are common where this runs.
    images = [image if number % 3 else next(in_grey([image]))
              for number, image in enumerate(images)]
    update = progress.start('quantizing', len(network.units))
    quantized = quantize(network, calibration_pixels(images, request.geometry), request.seed,
                         update)
    for form in INT8_FORMS:
        write_int8(quantized.network, quantized.grids, request.geometry,
                   folder / f'model.int8.{form}.onnx', form)


def _compare(spec: ModelSpec, photographs: Photographs) -> dict[str, Any]:
    """Measure how close int8 is to fp32; accuracy cannot be told without labelled photographs."""
    images, none = photographs.kept, np.zeros(len(photographs.kept), np.int64)
    reference = evaluate(Engine(spec, precision='fp32'), images, none).logits
    int8 = evaluate(Engine(spec), images, none).logits
    return {'split': f'kept from calibration: {photographs.what}', 'images': len(images),
            'agreement': round(agreement(int8, reference), 4),
            'sqnr_db': round(sqnr_db(int8, reference), 2)}
