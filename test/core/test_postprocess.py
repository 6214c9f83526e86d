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

"""Logits to hypotheses."""

import numpy as np
import pytest
from shufflenet_ros.core.postprocess import classify, softmax

LOGITS = np.array([0.5, 3.0, -1.0, 2.0], np.float32)


def test_softmax_matches_its_definition():
    """Scores are exp(x) / sum(exp(x))."""
    exponentials = np.exp(LOGITS.astype(np.float64))
    np.testing.assert_allclose(softmax(LOGITS), exponentials / exponentials.sum(), rtol=1e-12)


@pytest.mark.parametrize('shift', [-1e4, 1e4, 1e30])
def test_softmax_of_huge_logits_is_finite_and_sums_to_one(shift):
    """No overflow, whatever the network says."""
    scores = softmax(LOGITS + np.float32(shift))
    assert np.isfinite(scores).all() and scores.sum() == pytest.approx(1.0)


def test_hypotheses_come_best_first_and_at_most_k():
    """The order is that of vision_msgs: best first."""
    result = classify(LOGITS, 3)
    assert [hypothesis.index for hypothesis in result.hypotheses] == [1, 3, 0]
    scores = [hypothesis.score for hypothesis in result.hypotheses]
    assert scores == sorted(scores, reverse=True)


def test_k_beyond_the_classes_gives_every_class():
    """Asking for more than there is is no error."""
    assert len(classify(LOGITS, 100).hypotheses) == 4


def test_hypotheses_under_the_threshold_are_left_out():
    """An empty result means that nothing reached the threshold."""
    best = float(softmax(LOGITS).max())
    assert len(classify(LOGITS, 4, best).hypotheses) == 1
    assert classify(LOGITS, 4, best + 1e-9).hypotheses == ()


def test_equal_scores_keep_the_order_of_the_labels():
    """Ties are broken the same way in every run."""
    result = classify(np.zeros(6, np.float32), 6)
    assert [hypothesis.index for hypothesis in result.hypotheses] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize('classes', [1, 2, 10, 64, 65, 1000])
def test_scores_are_those_of_softmax_for_few_and_many_classes(classes):
    """Both ways to compute them agree, and so does the order of the best."""
    logits = np.random.default_rng(classes).normal(0, 5, classes).astype(np.float32)
    found = classify(logits, 5).hypotheses
    scores = softmax(logits)
    assert [hypothesis.index for hypothesis in found] == np.argsort(-scores)[:5].tolist()
    np.testing.assert_allclose(
        [hypothesis.score for hypothesis in found], np.sort(scores)[::-1][:5], rtol=1e-12)
