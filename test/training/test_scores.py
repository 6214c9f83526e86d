"""Scores that can be believed, and a threshold under which nothing is said."""

import numpy as np
import pytest
import torch

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.postprocess import softmax
from shufflenet_ros.evaluation.rejection import auroc, judge, learn_threshold
from shufflenet_ros.evaluation.score_calibration import (
    fit_temperature,
    held_out_reliability,
    reliability,
)
from shufflenet_ros.quantization.folded_network import divide_logits
from shufflenet_ros.quantization.forward import run
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1, Variant


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


def test_the_temperature_is_folded_into_the_classifier():
    """The network gives the divided logits itself."""
    torch.manual_seed(0)
    network = fold(ShuffleNetV1(Variant(3, 0.25), 5).eval())
    pixels = torch.rand(2, 3, 64, 64) * 255
    torch.testing.assert_close(
        run(divide_logits(network, 1.7), pixels), run(network, pixels) / 1.7)


@pytest.mark.parametrize('lost', [0.01, 0.05, 0.5])
def test_a_threshold_loses_no_more_than_asked_and_nearly_that(lost):
    """As many right answers as the share allows, to the image."""
    rng = np.random.default_rng(0)
    scores, right = rng.random(1000), rng.random(1000) < 0.8
    found = judge(learn_threshold(scores, right, lost), scores, right)
    assert lost - 2 / right.sum() < found.right_lost <= lost


def test_a_threshold_needs_right_answers():
    """Where none is right the user is told, instead of getting any number."""
    with pytest.raises(ConfigurationError, match='no image of val is recognized'):
        learn_threshold(np.array([0.3, 0.4]), np.array([False, False]))


def test_strangers_measure_the_threshold():
    """Share rejected, and the probability that a known image scores higher than a stranger."""
    scores, right = np.array([0.9, 0.8, 0.3]), np.array([True, True, False])
    found = judge(0.5, scores, right, np.array([0.4, 0.85]))
    assert (found.right_lost, found.wrong_avoided) == (0.0, 1.0)
    assert (found.strangers, found.strangers_rejected) == (2, 0.5)
    assert found.auroc == pytest.approx(3 / 6)
    assert auroc(np.array([0.5]), np.array([0.5])) == 0.5


@pytest.mark.parametrize('strangers, warned', [
    (np.array([0.1, 0.2]), False), (np.array([0.8, 0.9]), True), (None, False)])
def test_a_threshold_warns_where_it_was_measured_to_be_of_no_use(strangers, warned):
    """Never without strangers: nothing is known then."""
    scores, right = np.array([0.9, 0.7, 0.6]), np.array([True, True, True])
    assert bool(judge(0.5, scores, right, strangers).warning) == warned
