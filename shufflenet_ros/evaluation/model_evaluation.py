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

"""Measure a model folder on its validation split: score calibration, both forms, threshold."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.dataset.images import in_grey
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.evaluation.evaluate import logits_of_images
from shufflenet_ros.evaluation.rejection import find_threshold, measure_threshold, Rejection
from shufflenet_ros.evaluation.result import EvaluationResult
from shufflenet_ros.evaluation.score_calibration import fit_temperature, ScoreCalibration
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.process.progress import Progress

RUNS = 50


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What a model is measured on."""

    val: Dataset
    calibration: ScoreCalibration
    reject: float | None = None
    """Share of right answers to give up for a threshold; None for no threshold."""
    out_of_distribution: Dataset | None = None
    """Images of other things, to measure the threshold."""


def calibrate_scores(spec: ModelSpec, val: Dataset, progress: Progress) -> ScoreCalibration:
    """
    Fit the temperature of a model on val.

    It is fitted to int8: these are the scores that the robot gives.
    """
    update = progress.start('calibrating', len(val))
    logits = logits_of_images(Engine(spec), val.images, update)
    return ScoreCalibration(logits, val.labels, fit_temperature(logits, val.labels))


def evaluate_model(spec: ModelSpec, request: EvaluationRequest,
                   progress: Progress) -> EvaluationResult:
    """
    Run both forms on val, int8 on val in grey, and int8 on images of other things if there are.

    Raises ConfigurationError where a threshold is wanted and no image of val is recognized.
    """
    val, update = request.val, progress.start('measuring', 3 * len(request.val))
    fp32, int8 = (Engine(spec, precision=precision) for precision in ('fp32', 'int8'))
    logits, latency_ms = {}, {}
    for number, engine in enumerate((fp32, int8), 1):
        logits[engine.precision] = logits_of_images(engine, val.images)
        latency_ms[engine.name] = _latency_ms(engine)
        update(number * len(val))
    if int8.form == NATIVE:
        latency_ms['int8_graph'] = _latency_ms(Engine(spec, precision='int8_graph'))
    grey = logits_of_images(int8, map(in_grey, val.images))
    update(3 * len(val))
    rejection, scores = None, None
    if request.reject is not None:
        scores = _scores_of_others(int8, request.out_of_distribution)
        rejection = _rejection(logits['int8'], val.labels, request.reject, scores)
    return EvaluationResult(
        val, logits['int8'], logits['fp32'], grey, request.calibration, latency_ms, rejection,
        scores)


def _scores_of_others(int8: Engine, others: Dataset | None) -> np.ndarray | None:
    return None if others is None else softmax(logits_of_images(int8, others.images)).max(1)


def _rejection(logits: np.ndarray, labels: np.ndarray, lost: float,
               out_of_distribution: np.ndarray | None) -> Rejection:
    scores, right = softmax(logits).max(1), logits.argmax(1) == labels
    threshold = find_threshold(scores, right, lost)
    return measure_threshold(threshold, scores, right, out_of_distribution)


def _latency_ms(engine: Engine) -> tuple[float, float]:
    geometry, times_ns = engine.spec.geometry, []
    tensor = np.full((1, geometry.height, geometry.width, 3), 128, np.uint8)
    engine.warm_up()
    for _ in range(RUNS):
        start = perf_counter_ns()
        engine.run(tensor)
        times_ns.append(perf_counter_ns() - start)
    return min(times_ns) / 1e6, float(np.median(times_ns)) / 1e6
