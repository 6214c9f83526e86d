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

"""Frames that were never taken, told apart by what the middleware says and by when others came."""

import pytest
from shufflenet_ros.core.frame import Delivery, Frame
from shufflenet_ros.core.missed import Missed, MissedFrames

FRAME = Frame(bytes(4), 2, 2, 'mono8', 2)
MS = 1_000_000


def delivery(received_ms, missed=0, published_ms=None, **others):
    """Make a delivery that was published a millisecond before it was received."""
    published_ms = received_ms - 1 if published_ms is None else published_ms
    return Delivery(FRAME, int(received_ms * MS), int(published_ms * MS), missed, **others)


@pytest.fixture
def frames():
    """One delivery at 100 ms."""
    frames = MissedFrames()
    assert frames.before(delivery(100)) == Missed()
    return frames


def test_what_came_before_the_first_delivery_does_not_count():
    """Nobody knows when this camera's images began to be for us."""
    assert MissedFrames().before(delivery(100, 7, lost=2)) == Missed()


@pytest.mark.parametrize('missed, lost', [(1, 1), (30, 30), (4, 0), (5, 3)])
def test_what_the_middleware_did_not_lose_was_replaced(frames, missed, lost):
    """It came while no worker was free."""
    assert frames.before(delivery(1100, missed, lost=lost)) == Missed(0, missed - lost, lost)


@pytest.mark.parametrize('received_ms, limited, replaced', [(180, 3, 0), (300, 1, 2)])
def test_what_came_while_a_camera_was_held_back_is_limited(frames, received_ms, limited, replaced):
    """All that came where this one came during that time, else those that fit in."""
    found = frames.before(delivery(received_ms, 5, lost=2), 150 * MS if replaced else 200 * MS)
    assert found == Missed(limited, replaced, 2)


def test_older_frames_that_were_handed_over_with_it_were_replaced(frames):
    """With another depth than 1 they all wait; the first delivery may have some too."""
    assert frames.before(delivery(180, skipped=3)) == Missed(replaced=3)
    assert MissedFrames().before(delivery(9, 5, skipped=2)) == Missed(replaced=2)


def test_those_handed_over_while_a_camera_was_held_back_are_limited(frames):
    """As they would be with a depth of 1."""
    assert frames.before(delivery(200, 1, skipped=3), 150 * MS) == Missed(limited=2, replaced=2)


def test_a_clock_of_the_camera_that_is_set_back_is_no_period(frames):
    """Then the times of arrival tell the period."""
    found = frames.before(delivery(300, 3, published_ms=-5000), 150 * MS)
    assert found == Missed(limited=1, replaced=2)


def test_after_a_restart_the_next_delivery_is_the_first(frames):
    """The node was inactive: what was published then was for nobody."""
    frames.restart()
    assert frames.before(delivery(9000, 200)) == Missed()
