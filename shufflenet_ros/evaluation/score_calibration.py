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

"""
How far scores are from the accuracy they promise, and the temperature that corrects them.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: logits divided by a temperature
that fits the validation split. It never changes which class is best, and it is folded into the
classifier, so that the robot needs no extra step. Logits are (images, classes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shufflenet_ros.core.postprocess import softmax

BINS = 15
FOLDS = 10
DRAWS = 100
COOLEST, HOTTEST = 0.05, 20.0
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Reliability:
    """Scores of the best class in bins of equal width: mean score, share right, images."""

    score: np.ndarray
    right: np.ndarray
    images: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of score and accuracy, weighted by images."""
        return float((np.abs(self.score - self.right) * self.images).sum() / self.images.sum())


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """A temperature, with the logits (images, classes) and labels (images,) it was fitted to."""

    logits: np.ndarray
    labels: np.ndarray
    temperature: float

    @property
    def before(self) -> Reliability:
        """Before scaling."""
        return reliability(self.logits, self.labels)

    @property
    def after(self) -> Reliability:
        """After scaling, held out: each tenth is scaled with the temperature of the rest."""
        return held_out_reliability(self.logits, self.labels)


def reliability(logits: np.ndarray, labels: np.ndarray) -> Reliability:
    """Compare scores with accuracy in 15 bins; empty bins have score, right and images 0."""
    scores = softmax(logits)
    return _binned(scores.max(1), scores.argmax(1) == labels)


def _binned(best: np.ndarray, right: np.ndarray) -> Reliability:
    place = np.minimum((best * BINS).astype(int), BINS - 1)
    images = np.bincount(place, minlength=BINS)
    sums = (np.bincount(place, values.astype(np.float64), BINS) for values in (best, right))
    score, share = (total / np.maximum(images, 1) for total in sums)
    return Reliability(score, share, images)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """
    Find the temperature with the least cross entropy, from 0.05 to 20.

    The target of n images is not 1 but 1 - 1 / (n + 2), as in Platt's scaling: a few images that
    are all recognized do not make the model sure of everything. The derivative by 1 / temperature
    grows with it, so halving an interval finds the only zero.
    """
    logits = logits.astype(np.float64)
    own = logits[np.arange(len(labels)), labels]
    doubt = 1 / (len(labels) + 2)
    others = (logits.sum(1) - own) / (logits.shape[1] - 1)
    wanted = (1 - doubt) * own + doubt * others
    low, high = 1 / HOTTEST, 1 / COOLEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        slope = ((softmax(logits * middle) * logits).sum(1) - wanted).mean()
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 2 / (low + high)


def held_out_reliability(logits: np.ndarray, labels: np.ndarray, seed: int = 0) -> Reliability:
    """
    Reliability after scaling, each tenth of the images with the temperature of the other nine.

    So the figure says what to expect of new images, though all of val gives the temperature.
    """
    scaled = logits.astype(np.float64)
    places = np.random.default_rng(seed).permutation(len(labels)) % FOLDS
    for fold in range(FOLDS):
        measured, fitted = places == fold, places != fold
        if measured.any() and fitted.any():
            scaled[measured] /= fit_temperature(logits[fitted], labels[fitted])
    return reliability(scaled, labels)


def calibration_floor(logits: np.ndarray, seed: int = 0) -> float:
    """
    Give the expected calibration error that as many images show if the scores are exactly true.

    Chance fills the bins unevenly, so it is never 0: the mean over draws in which each answer is
    right as often as its score says.
    """
    rng = np.random.default_rng(seed)
    best = softmax(logits).max(1)
    return float(np.mean([_binned(best, rng.random(len(best)) < best).error
                          for _ in range(DRAWS)]))
