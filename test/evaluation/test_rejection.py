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

"""A threshold under which nothing is said: its price, and what it is worth."""

import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.evaluation.rejection import auroc, find_threshold, measure_threshold


@pytest.mark.parametrize('lost', [0.01, 0.05, 0.5])
def test_a_threshold_loses_no_more_than_asked_and_nearly_that(lost):
    """As many right answers as the share allows, to the image."""
    rng = np.random.default_rng(0)
    scores, right = rng.random(1000), rng.random(1000) < 0.8
    found = measure_threshold(find_threshold(scores, right, lost), scores, right)
    assert lost - 2 / right.sum() < found.right_lost <= lost


def test_a_threshold_needs_right_answers():
    """Where none is right the user is told, instead of getting any number."""
    with pytest.raises(ConfigurationError, match='no image of val is recognized'):
        find_threshold(np.array([0.3, 0.4]), np.array([False, False]), 0.05)


def test_images_of_other_things_measure_the_threshold():
    """Share rejected, and the probability that a known image scores higher than another."""
    scores, right = np.array([0.9, 0.8, 0.3]), np.array([True, True, False])
    found = measure_threshold(0.5, scores, right, np.array([0.4, 0.85]))
    assert (found.right_lost, found.wrong_avoided) == (0.0, 1.0)
    assert (found.out_of_distribution, found.out_of_distribution_rejected) == (2, 0.5)
    assert found.auroc == pytest.approx(3 / 6)
    assert auroc(np.array([0.5]), np.array([0.5])) == 0.5


@pytest.mark.parametrize('others, warned', [
    (np.array([0.1, 0.2]), False), (np.array([0.8, 0.9]), True), (None, False)])
def test_a_threshold_warns_where_it_was_measured_to_be_of_no_use(others, warned):
    """Never without images of other things: nothing is known then."""
    scores, right = np.array([0.9, 0.7, 0.6]), np.array([True, True, True])
    assert bool(measure_threshold(0.5, scores, right, others).warning) == warned


def test_a_threshold_costs_no_more_than_agreed():
    """It lies as high as the price allows: one more answer lost would be too many."""
    scores = np.linspace(0.2, 0.995, 200)
    right = np.arange(200) % 2 == 0
    threshold = find_threshold(scores, right, 0.05)
    found = measure_threshold(threshold, scores, right, np.array([0.1, 0.2, 0.9]))
    assert found.right_lost == 0.05 and found.wrong_avoided > 0
    assert found.out_of_distribution == 3
    assert found.out_of_distribution_rejected == pytest.approx(2 / 3)


def test_a_model_that_is_never_right_teaches_no_threshold():
    """There is no right answer to keep."""
    with pytest.raises(ConfigurationError, match='no image of val is recognized'):
        find_threshold(np.array([0.5]), np.array([False]), 0.05)


def test_auroc_counts_pairs():
    """Pairs in the right order count one, ties a half."""
    assert auroc(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1
    assert auroc(np.array([0.5]), np.array([0.5, 0.4, 0.9, 0.6])) == pytest.approx(1.5 / 4)
