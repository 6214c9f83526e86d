"""Scores that mean what they say, and a threshold at a known price."""

import numpy as np
import pytest

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.evaluation.rejection import auroc, judge, learn_threshold
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


def test_a_threshold_costs_no_more_than_agreed():
    """It lies as high as the price allows: one more answer lost would be too many."""
    scores = np.linspace(0.2, 0.995, 200)
    right = np.arange(200) % 2 == 0
    threshold = learn_threshold(scores, right, 0.05)
    found = judge(threshold, scores, right, np.array([0.1, 0.2, 0.9]))
    assert found.right_lost == 0.05 and found.wrong_avoided > 0
    assert (found.strangers, found.strangers_rejected) == (3, pytest.approx(2 / 3))


def test_a_model_that_is_never_right_teaches_no_threshold():
    """There is no right answer to keep."""
    with pytest.raises(ConfigurationError, match='no image of val is recognized'):
        learn_threshold(np.array([0.5]), np.array([False]))


def test_auroc_counts_pairs():
    """Pairs in the right order count one, ties a half."""
    assert auroc(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1
    assert auroc(np.array([0.5]), np.array([0.5, 0.4, 0.9, 0.6])) == pytest.approx(1.5 / 4)
