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

"""From a published checkpoint to a model folder: the steps of ``shufflenet_ros import``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shufflenet_ros.evaluation.comparison import closeness_on
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import (
    check_target,
    command_of,
    complete,
    Facts,
)
from shufflenet_ros.inference.work_folder import WorkFolder
from shufflenet_ros.process.files import writing
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.calibration_images import (
    CalibrationImages,
    every_third_in_grey,
    own_images,
    sample_images,
)
from shufflenet_ros.quantization.onnx_files import write_model
from shufflenet_ros.quantization.quantize import quantize_model
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.origin import checkpoint_origin
from shufflenet_ros.training.request import ImportRequest
from shufflenet_ros.training.weights.class_names import class_names
from shufflenet_ros.training.weights.published_checkpoints import load_checkpoint

NO_CALIBRATION = (
    'no --calibration: int8 is calibrated on {what}: 7 to 9 in 100 answers may differ from '
    'those of fp32, instead of 5 to 6; better give some hundred frames of your camera')
"""Measured with both published checkpoints on images of ImageNet (docs/models.md)."""


def import_model(request: ImportRequest, progress: Progress) -> ModelSpec:
    """
    Load, quantize, compare int8 with fp32, and write the folder.

    Raises ModelError for a checkpoint of no known family, DatasetError for images that cannot be
    used and ConfigurationError for labels or a folder; then nothing is left behind.
    """
    target = check_target(request.out, {'--calibration': request.calibration})
    with WorkFolder(target) as work:
        network, family = load_checkpoint(request.checkpoint)
        origin = checkpoint_origin(request, family, progress.say)
        labels = class_names(request.labels, network.classifier.out_features, progress.say)
        images = _calibration_images(request, progress.say)
        facts = Facts(
            network.variant.groups, network.variant.width, request.geometry, labels,
            command=command_of(request.command), data=origin | {
                'calibration': images.what, 'calibration_images': len(images.used)})
        model = quantize_model(fold(network), every_third_in_grey(images.used), request.geometry,
                               request.seed, progress)
        folder = work.scratch()
        with writing(target, 'make room and run the same command again'):
            spec = write_model(model, facts, folder, target.name)
            complete(folder, target.name, replace(facts, metrics=_metrics(spec, images)))
        return work.publish(folder)


def _calibration_images(request: ImportRequest, log: Callable[[str], None]) -> CalibrationImages:
    if request.calibration is not None:
        return own_images(request.calibration, request.seed, log)
    images = sample_images(request.seed, 'give your own with --calibration DIR')
    log(NO_CALIBRATION.format(what=images.what))
    return images


def _metrics(spec: ModelSpec, images: CalibrationImages) -> dict[str, Any]:
    """Measure how close int8 is to fp32; accuracy cannot be told without labelled images."""
    return {'split': f'kept from calibration: {images.what}', 'images': len(images.kept),
            **closeness_on(spec, images.kept)}
