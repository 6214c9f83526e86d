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

"""No result goes back in time, and no camera is locked out for ever."""

import pytest
from shufflenet_ros.core.stamp_order import RESTART_AFTER, StampOrder


@pytest.fixture
def order():
    order = StampOrder()
    order.record(1_000)
    return order


def test_a_frame_that_was_overtaken_is_not_accepted(order):
    """One older frame between newer ones, again and again."""
    for stamp_ns in (1_100, 1_200, 1_300):
        assert not order.accepts(stamp_ns - 500)
        assert order.accepts(stamp_ns)
        order.record(stamp_ns)


def test_equal_stamps_are_in_order(order):
    """Two images of one exposure, or a camera that never sets another stamp."""
    assert order.accepts(1_000)


def test_frames_without_stamp_have_no_order(order):
    """They are accepted, and what has a stamp goes on as before."""
    assert order.accepts(0)
    order.record(0)
    assert not order.accepts(999)


def test_a_clock_that_was_set_back_is_followed_within_a_few_frames(order):
    """And the order counts from there."""
    answers = [order.accepts(stamp_ns) for stamp_ns in range(1, RESTART_AFTER + 1)]
    assert answers == [False] * (RESTART_AFTER - 1) + [True]
    order.record(RESTART_AFTER)
    assert not order.accepts(1) and order.accepts(RESTART_AFTER + 1)


def test_a_stamp_from_the_far_future_locks_nobody_out(order):
    """A camera that was wrong once is back with the next frame."""
    order.record(10 ** 19)
    assert order.accepts(1_100)


def test_a_known_jump_is_followed_at_once(order):
    """Of simulated time a jump is reported."""
    order.restart()
    assert order.accepts(1)
