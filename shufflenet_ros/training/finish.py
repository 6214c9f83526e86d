"""A trained network to its model folder: export, quantize, calibrate scores, measure, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
import platform
from typing import Any

import numpy as np

from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.dataset.split import Splits
from shufflenet_ros.evaluation.model_evaluation import Findings, look_at, val_logits
from shufflenet_ros.evaluation.rejection import judge, learn_threshold, Rejection
from shufflenet_ros.evaluation.report.page import write_report
from shufflenet_ros.evaluation.score_calibration import fit_temperature
from shufflenet_ros.inference.forms import int8_form, INT8_FORMS
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import command_of, complete, Facts, move_into_place
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.folded_network import divide_logits, FoldedNetwork
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.quantize import calibration_pixels, quantize, Quantized
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1
from shufflenet_ros.training.request import Request

PACKAGES = ('torch', 'onnx', 'onnxruntime', 'numpy')


@dataclass(frozen=True, slots=True)
class _Forms:
    """Both forms of a network, and the temperature that their logits are divided by."""

    fp32: FoldedNetwork
    int8: Quantized
    temperature: float
    before: np.ndarray
    """Logits of int8 on val before the division."""


def finish(network: ShuffleNetV1, history: list[dict[str, float]], splits: Splits,
           request: Request, progress: Progress, scratch: Path, calibration: Sequence[np.ndarray],
           strangers: Dataset | None, skipped: int) -> ModelSpec:
    """Write the model folder of a trained network, first to ``scratch``, then to its place."""
    forms = _forms(network, splits.val, request, progress, scratch, calibration)
    _write(forms, request, scratch)
    variant = network.variant
    facts = Facts(variant.groups, variant.width, request.geometry, splits.train.classes,
                  command=command_of(request.command), data=_data(splits, request, skipped))
    # The card is written twice: the figures in it come from the folder as the node loads it.
    spec = complete(scratch, request.out.name, facts)
    findings = _find(spec, forms, history, splits, request, progress, strangers)
    rejection = findings.rejection
    spec = complete(scratch, request.out.name, replace(
        facts, metrics=findings.metrics(), threshold=rejection and rejection.threshold))
    write_report(replace(findings, spec=spec), scratch, request.examples)
    return move_into_place(scratch, request.out)


def _forms(network: ShuffleNetV1, val: Dataset, request: Request, progress: Progress,
           scratch: Path, calibration: Sequence[np.ndarray]) -> _Forms:
    folded, geometry = fold(network), request.geometry
    pixels = calibration_pixels(calibration, geometry)
    update = progress.start('quantizing', len(folded.units))
    quantized = quantize(folded, pixels, request.settings.seed, update)
    form = int8_form()
    path = scratch / f'model.int8.{form}.onnx'
    write_int8(quantized.network, quantized.grids, geometry, path, form)
    update = progress.start('calibrating', len(val))
    before = val_logits(path, val.images, geometry, update)
    # Fitted to int8: these are the scores that the robot gives.
    return _Forms(folded, quantized, fit_temperature(before, val.labels), before)


def _write(forms: _Forms, request: Request, scratch: Path) -> None:
    geometry, temperature = request.geometry, forms.temperature
    write_fp32(divide_logits(forms.fp32, temperature), geometry, scratch / 'model.fp32.onnx')
    network = divide_logits(forms.int8.network, temperature)
    for form in INT8_FORMS:
        write_int8(network, forms.int8.grids, geometry, scratch / f'model.int8.{form}.onnx', form)


def _find(spec: ModelSpec, forms: _Forms, history: list[dict[str, float]], splits: Splits,
          request: Request, progress: Progress, strangers: Dataset | None) -> Findings:
    val = splits.val
    looked = look_at(spec, val, progress.start('measuring', 3 * len(val)))
    unknown = None
    if strangers is not None:
        logits = val_logits(spec.onnx_path('int8', int8_form()), strangers.images, spec.geometry)
        unknown = softmax(logits).max(1)
    rejection = None if request.reject is None else _reject(
        looked['int8'], val.labels, request.reject, unknown)
    return Findings(
        spec, val, _counts(splits.train), before=forms.before, temperature=forms.temperature,
        history=history, rejection=rejection, strangers=unknown,
        facts=_facts(splits, request), **looked)


def _reject(logits: np.ndarray, labels: np.ndarray, lost: float,
            strangers: np.ndarray | None) -> Rejection:
    scores, right = softmax(logits).max(1), logits.argmax(1) == labels
    return judge(learn_threshold(scores, right, lost), scores, right, strangers)


def _counts(data: Dataset) -> dict[str, int]:
    found = Counter(data.labels.tolist())
    return {name: found[label] for label, name in enumerate(data.classes)}


def _data(splits: Splits, request: Request, skipped: int) -> dict[str, Any]:
    return {
        'train_images': len(splits.train), 'val_images': len(splits.val),
        'left_out': skipped + splits.moved, 'near_duplicates': splits.near_duplicates,
        'sha256': _data_hash(splits), 'origin': request.origin, 'licence': request.licence}


def _data_hash(splits: Splits) -> str:
    return f'train {splits.train.digest()[:16]}, val {splits.val.digest()[:16]}'


def _facts(splits: Splits, request: Request) -> dict[str, str]:
    """Everything that someone needs to do it again."""
    versions = ', '.join(f'{name} {version(name)}' for name in PACKAGES)
    return {
        'Command': command_of(request.command), 'Data': str(request.data),
        'SHA-256 of names, classes and contents': _data_hash(splits),
        'Start weights': request.start,
        'Settings': ', '.join(f'{name} {value}' for name, value in request.decides().items()),
        'Threads': str(request.learning_threads()),
        'Versions': f'Python {platform.python_version()}, {versions}',
        'Machine': f'{_processor()}, int8 form {int8_form()}'}


def _processor() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(errors='replace').splitlines()
    except OSError:
        lines = []
    names = (line.partition(':')[2].strip() for line in lines if line.startswith('model name'))
    return next(names, platform.machine())
