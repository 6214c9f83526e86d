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

"""How right logits are, and how near to others: by hand on a few numbers."""

import numpy as np
import pytest
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db, top_k_accuracy

LOGITS = np.array([[3.0, 2.0, 1.0], [1.0, 3.0, 2.0], [2.0, 1.0, 3.0], [3.0, 2.0, 1.0]])
LABELS = np.array([0, 2, 0, 2])


@pytest.mark.parametrize('k, share', [(1, 0.25), (2, 0.75), (3, 1.0)])
def test_top_k_is_the_share_whose_class_is_among_the_best(k, share):
    """The more may be named, the more are right."""
    assert top_k_accuracy(LOGITS, LABELS, k) == share


def test_of_equal_logits_the_first_class_is_the_best():
    """So that a figure is the same on every machine."""
    assert top_k_accuracy(np.zeros((2, 3)), np.array([0, 2]), 1) == 0.5


def test_agreement_is_the_share_with_the_same_best_class():
    """Whatever the other logits are."""
    other = LOGITS.copy()
    other[0] = [1.0, 2.0, 3.0]
    assert agreement(LOGITS, other) == 0.75


def test_noise_of_a_tenth_is_twenty_decibels_below():
    """Power over power; what all images share does not count as signal."""
    reference = np.array([[1.0, -1.0], [-1.0, 1.0]]) + 100.0
    assert sqnr_db(reference + 0.1, reference) == pytest.approx(20.0)
    assert sqnr_db(reference, reference) == float('inf')
