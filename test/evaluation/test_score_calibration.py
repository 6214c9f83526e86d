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

"""Scores that mean what they say."""

import numpy as np
import pytest
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.evaluation.score_calibration import (
    calibration_floor,
    fit_temperature,
    held_out_reliability,
    reliability,
)


def answers(count=4000, classes=5, factor=1.0):
    """Draw labels from the softmax of logits, then make these too sure by a factor."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 1.5, (count, classes))
    chosen = (softmax(logits).cumsum(1) < rng.random((count, 1))).sum(1)
    return (logits * factor).astype(np.float32), np.minimum(chosen, classes - 1)


@pytest.mark.parametrize('factor', [0.5, 1.0, 3.0])
def test_the_temperature_undoes_false_confidence(factor):
    """What was multiplied in is found again, and the calibration error falls to noise."""
    logits, labels = answers(factor=factor)
    assert fit_temperature(logits, labels) == pytest.approx(factor, rel=0.07)
    assert held_out_reliability(logits, labels).error < 0.03
    if factor == 3.0:
        assert reliability(logits, labels).error > 0.15


def test_each_tenth_is_scaled_with_the_temperature_of_the_rest():
    """The tenth with the only wrong answer gets the temperature of answers that are all right."""
    labels = np.arange(20) % 5
    logits = np.eye(5, dtype=np.float32)[labels] * 4
    labels[7] = 0
    found = held_out_reliability(logits, labels)
    assert sorted(found.images[found.images > 0]) == [2, 18]
    sure, less_sure = np.flatnonzero(found.images)[::-1]
    assert (found.images[sure], found.right[sure]) == (2, 0.5)
    assert (found.images[less_sure], found.right[less_sure]) == (18, 1)


def test_true_scores_show_the_floor_and_more_images_lower_it():
    """Labels drawn from the scores are off by what chance makes of them, no more."""
    for count in (300, 4000):
        logits, labels = answers(count=count)
        floor = calibration_floor(logits)
        assert reliability(logits, labels).error == pytest.approx(floor, abs=0.6 * floor)
        assert reliability(3 * logits, labels).error > 2 * floor
    assert calibration_floor(answers(count=300)[0]) > 2.5 * floor


def test_val_without_an_error_does_not_make_scores_certain():
    """Ten right answers of ten leave room for doubt: the temperature stays off its bound."""
    logits = np.eye(10, dtype=np.float32) * 4
    assert 0.1 < fit_temperature(logits, np.arange(10)) < 20


def drawn(count, temperature, seed=0):
    """Draw logits (count, 4) that are believable after division by ``temperature``, and labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 4))
    scores = softmax(logits)
    labels = np.array([rng.choice(4, p=row) for row in scores])
    return (logits * temperature).astype(np.float32), labels


@pytest.mark.parametrize('temperature', [0.4, 1.0, 3.0])
def test_the_temperature_is_found(temperature):
    """Of logits that were multiplied by a known number, that number."""
    logits, labels = drawn(6000, temperature)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.06)


def test_scaling_makes_scores_believable():
    """The calibration error falls, on images that did not give the temperature."""
    logits, labels = drawn(3000, 4.0)
    assert reliability(logits, labels).error > 0.15
    assert held_out_reliability(logits, labels).error < 0.03


def test_few_images_that_are_all_right_prove_little():
    """Twelve of twelve do not make the model sure of everything."""
    logits = np.eye(3, dtype=np.float32)[np.arange(12) % 3] * 2
    scaled = logits / fit_temperature(logits, np.arange(12) % 3)
    assert 0.9 < softmax(scaled).max() < 0.95


def test_the_calibration_error_is_that_of_its_definition():
    """Two bins, worked out by hand: |0.9 - 0.5| for half of the images, |0.6 - 1| for the rest."""
    logits = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]]))
    assert reliability(logits, np.array([0, 1, 0, 0])).error == pytest.approx(0.4)
