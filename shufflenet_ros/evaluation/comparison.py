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

"""fp32 against int8: the figures of ``shufflenet_ros evaluate``, and how close int8 comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.dataset.images import in_grey
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.evaluation.evaluate import evaluate, Evaluation, logits_of_images
from shufflenet_ros.evaluation.metrics import agreement, closeness, sqnr_db
from shufflenet_ros.evaluation.rejection import measure_threshold
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import entry_of, NATIVE
from shufflenet_ros.inference.model_card import ModelSpec


def compare_forms(spec: ModelSpec, data: Dataset, grey: bool) -> dict[str, Any]:
    """
    Figures of the forms of a model on labelled images, in ``grey`` if wanted, ready for JSON.

    ``int8`` is the form that the robot runs. Where that is the native one, the graph stands
    beside it as ``int8_graph``.
    """
    forms, int8 = {}, Engine(spec)
    engines = {'fp32': Engine(spec, precision='fp32'), 'int8': int8}
    if int8.form == NATIVE and spec.has_form(*entry_of('int8_graph')):
        engines['int8_graph'] = Engine(spec, precision='int8_graph')
    for name, engine in engines.items():
        images = map(in_grey, data.images) if grey else data.images
        forms[name] = evaluate(engine, images, data.labels)
    figures = {
        'model': spec.name, 'images': len(data), 'skipped': list(data.skipped),
        'form': int8.name, 'instruction_set': int8.instruction_set, 'why_graph': int8.why_graph,
        **{precision: _accuracy(form, spec.labels) for precision, form in forms.items()},
        'agreement': agreement(forms['int8'].logits, forms['fp32'].logits),
        'sqnr_db': sqnr_db(forms['int8'].logits, forms['fp32'].logits)}
    if 'int8_graph' in forms:
        figures['agreement_of_forms'] = agreement(
            forms['int8'].logits, forms['int8_graph'].logits)
    if spec.threshold is not None:
        figures['threshold'] = _threshold(spec.threshold, forms['int8'])
    return figures


def closeness_on(spec: ModelSpec, images: Iterable[np.ndarray]) -> dict[str, float]:
    """Agreement and SQNR (dB) of int8 with fp32 on images whose class nobody knows, rounded."""
    images = list(images)
    int8, fp32 = (logits_of_images(Engine(spec, precision=precision), images)
                  for precision in ('int8', 'fp32'))
    return closeness(int8, fp32)


def _accuracy(form: Evaluation, labels: tuple[str, ...]) -> dict[str, Any]:
    return {'top1': form.top(1), 'top5': form.top(5),
            'recall': {name: form.recall(index) for index, name in enumerate(labels)}}


def _threshold(threshold: float, form: Evaluation) -> dict[str, float]:
    """Tell what share of right and of wrong answers lies below the threshold."""
    found = measure_threshold(
        threshold, softmax(form.logits).max(1), form.logits.argmax(1) == form.labels)
    return {'value': threshold, 'right_lost': found.right_lost,
            'wrong_avoided': found.wrong_avoided}
