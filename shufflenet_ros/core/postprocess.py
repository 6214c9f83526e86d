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

from collections.abc import Sequence
from math import exp

import numpy as np
from shufflenet_ros.core.frame import Classification, Hypothesis

FEW = 64
"""Up to so many classes plain Python takes half the time: NumPy is not in the cache by then."""


def softmax(logits: np.ndarray) -> np.ndarray:
    """Scores in [0, 1] that sum to 1, in float64, of logits (classes,) or (images, classes)."""
    exponentials = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def classify(logits: np.ndarray, top_k: int, threshold: float = 0.0,
             keeps_scores: bool = False) -> Classification:
    """
    Choose the ``top_k`` best hypotheses whose score reaches ``threshold``, best first.

    ``keeps_scores`` keeps those of all classes with the result.
    """
    scores = _scores_of_few(logits) if logits.size <= FEW else softmax(logits).tolist()
    return ranked(scores, top_k, threshold, scores if keeps_scores else ())


def ranked(scores: Sequence[float], top_k: int, threshold: float,
           kept: Sequence[float] = ()) -> Classification:
    """Choose hypotheses as :func:`classify` does, by the scores of all classes."""
    # A stable sort: equal scores keep the order of the label list, run after run.
    best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:top_k]
    found = [Hypothesis(index, scores[index]) for index in best]
    return Classification(
        tuple(hypothesis for hypothesis in found if hypothesis.score >= threshold), found[0],
        scores=kept)


def _scores_of_few(logits: np.ndarray) -> list[float]:
    """Softmax of logits (classes,), as :func:`softmax` but for the last digit."""
    values = logits.tolist()
    highest = max(values)
    exponentials = [exp(value - highest) for value in values]
    total = sum(exponentials)
    return [exponential / total for exponential in exponentials]
