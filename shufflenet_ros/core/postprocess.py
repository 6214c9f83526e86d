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

"""Logits to hypotheses: softmax, the k best, a threshold. Knows indices, never class names."""

from __future__ import annotations

import numpy as np
from shufflenet_ros.core.frame import Classification, Hypothesis


def softmax(logits: np.ndarray) -> np.ndarray:
    """Scores in [0, 1] that sum to 1, in float64, of logits (classes,) or (images, classes)."""
    exponentials = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def classify(logits: np.ndarray, top_k: int, threshold: float = 0.0) -> Classification:
    """Choose the ``top_k`` best hypotheses whose score reaches ``threshold``, best first."""
    scores = softmax(logits)
    # A stable sort: equal scores keep the order of the label list, run after run.
    best = np.argsort(-scores, kind='stable')[:top_k]
    found = [Hypothesis(int(index), float(scores[index])) for index in best]
    return Classification(
        tuple(hypothesis for hypothesis in found if hypothesis.score >= threshold), found[0])
