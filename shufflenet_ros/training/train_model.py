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

"""From labelled images to a model folder: the steps of ``shufflenet_ros train`` in order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shufflenet_ros.evaluation.model_evaluation import (
    calibrate_scores,
    evaluate_model,
    EvaluationRequest,
)
from shufflenet_ros.evaluation.report.page import Report, write_report
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import check_target, complete
from shufflenet_ros.inference.work_folder import WorkFolder
from shufflenet_ros.process.files import writing
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.quantization.calibration_images import training_images
from shufflenet_ros.quantization.onnx_files import write_model
from shufflenet_ros.quantization.quantize import quantize_model, QuantizedModel
from shufflenet_ros.training.fine_tuning.run import identity, train, TrainedNetwork
from shufflenet_ros.training.fine_tuning.run_checkpoint import RunCheckpoint
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.load_data import load_data, LoadedData
from shufflenet_ros.training.origin import report_facts, training_facts
from shufflenet_ros.training.pytorch_setup import set_up_pytorch
from shufflenet_ros.training.request import TrainingRequest

CURE = 'make room and run the same command: it goes on'


def train_model(request: TrainingRequest, progress: Progress) -> ModelSpec:
    """
    Load, split, train, quantize, calibrate scores, evaluate, report, and write the folder.

    A run that was cut off goes on. Raises DatasetError for data that cannot be used, ModelError
    for start weights that cannot be read, and ConfigurationError where ``out`` cannot be written;
    a model that is there already stays.
    """
    request = replace(request, out=check_target(request.out, {
        'DATA': request.data, '--strangers': request.out_of_distribution}))
    set_up_pytorch(request)
    with WorkFolder(request.out) as work:
        data = load_data(request, progress)
        checkpoint = RunCheckpoint(work.path, identity(request, data), request.save_every_s)
        trained = train(request, data, checkpoint, progress)
        model = _quantize(request, data, trained, progress)
        folder = work.scratch()
        with writing(request.out, CURE):
            _write(request, data, trained, model, folder, progress)
        spec = work.publish(folder)
        checkpoint.discard()
        return spec


def _write(request: TrainingRequest, data: LoadedData, trained: TrainedNetwork,
           model: QuantizedModel, folder: Path, progress: Progress) -> None:
    """Write everything that a model folder has, with its temperature, threshold and figures."""
    name, facts = request.out.name, training_facts(request, data, trained.network.variant)
    # The temperature is fitted to the files that the robot would run, then folded into them.
    spec = write_model(model, facts, folder, name)
    calibration = calibrate_scores(spec, data.splits.val, progress)
    spec = write_model(model.divide_logits(calibration.temperature), facts, folder, name)
    result = evaluate_model(spec, EvaluationRequest(
        data.splits.val, calibration, request.reject, data.out_of_distribution), progress)
    spec = complete(folder, name, replace(
        facts, metrics=result.metrics(), threshold=result.threshold))
    write_report(Report(
        spec, result, trained.history, data.splits.train.counts(),
        report_facts(request, data.splits)), folder, request.examples)


def _quantize(request: TrainingRequest, data: LoadedData, trained: TrainedNetwork,
              progress: Progress) -> QuantizedModel:
    seed = request.settings.seed
    images = training_images(data.splits.train, seed)
    return quantize_model(fold(trained.network), images, request.geometry, seed, progress)
