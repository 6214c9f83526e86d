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

"""Missed messages by their sequence numbers, with what each distribution's rclpy tells."""

import pytest
from shufflenet_ros.node import sequence_numbers
from shufflenet_ros.node.rclpy_versions import Taken
from shufflenet_ros.node.sequence_numbers import SequenceNumbers

FRONT, REAR = b'front', b'rear'


def missed(numbers, *taken):
    """Count before each message of (sequence number, publisher)."""
    return [numbers.missed_before(Taken(None, 0, 0, *one)) for one in taken]


@pytest.fixture(autouse=True)
def _always_look(monkeypatch):
    monkeypatch.setattr(sequence_numbers, 'CHECK_PERIOD_S', 0.0)


def test_humble_numbers_nothing():
    """Nothing is guessed, and the node can say so."""
    numbers = SequenceNumbers(lambda: frozenset({FRONT}))
    assert not numbers.are_missing
    assert missed(numbers, (None, None)) == [None] and numbers.has_begun
    assert missed(numbers, (None, None)) == [None] and not numbers.has_begun
    assert numbers.are_missing


def test_jazzy_is_followed_while_the_same_publisher_is_the_only_one():
    """A restart or a second publisher begins anew; what came meanwhile is not guessed."""
    known = {FRONT}
    numbers = SequenceNumbers(lambda: frozenset(known))
    assert missed(numbers, (7, None), (8, None), (11, None)) == [0, 0, 2]
    known.add(REAR)
    assert missed(numbers, (3, None), (20, None)) == [None, None]
    known.remove(FRONT)
    assert missed(numbers, (5, None)) == [0] and numbers.has_begun
    assert missed(numbers, (7, None)) == [1] and not numbers.has_begun
    assert not numbers.are_missing


def test_kilted_is_followed_for_each_publisher():
    """Two publishers in turn: gaps of each are counted, and no look at the graph is needed."""
    numbers = SequenceNumbers(lambda: pytest.fail('looked at the graph'))
    assert missed(numbers, (1, FRONT), (90, REAR), (2, FRONT), (93, REAR), (4, FRONT)) == [
        0, 0, 0, 2, 1]
