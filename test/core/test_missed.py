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
"""Frames that were never taken, told apart by when the last and the next one came."""

import pytest
from shufflenet_ros.core.frame import Delivery, Frame
from shufflenet_ros.core.missed import Missed, MissedFrames
from shufflenet_ros.core.turns import Turn

FRAME = Frame(bytes(4), 2, 2, 'mono8', 2)
MS = 1_000_000


def delivery(received_ms, missed=0, published_ms=None, skipped=0):
    """Make a delivery that was published a millisecond before it was received."""
    published_ms = received_ms - 1 if published_ms is None else published_ms
    return Delivery(FRAME, int(received_ms * MS), int(published_ms * MS), missed, skipped)


def turn(empty_ms, taken_ms, due_ms=0):
    return Turn('', int(empty_ms * MS), int(taken_ms * MS), int(due_ms * MS))


@pytest.fixture
def frames():
    """One delivery at 100 ms, taken at once."""
    frames = MissedFrames()
    assert frames.before(delivery(100), turn(100.1, 100.1)) == Missed()
    return frames


def test_what_came_before_the_first_delivery_does_not_count():
    """Nobody knows when this camera's images began to be for us."""
    assert MissedFrames().before(delivery(100, 7), turn(100.1, 100.1)) == Missed()


@pytest.mark.parametrize('missed', [1, 2, 30])
def test_what_is_missed_while_a_worker_waits_was_lost(frames, missed):
    """The worker waited until this one came, so nothing else had come."""
    assert frames.before(delivery(1100, missed), turn(1100.1, 1100.1)) == Missed(lost=missed)


def test_what_is_missed_while_no_worker_was_free_was_replaced(frames):
    """From one delivery to the next without a pause: the newest is left, at any rhythm."""
    assert frames.before(delivery(180, 4), turn(100.1, 200)) == Missed(replaced=4)
    assert frames.before(delivery(200.5, 1), turn(200, 300)) == Missed(replaced=1)


def test_no_more_is_replaced_than_had_the_time_to_come(frames):
    """Busy with another camera for 70 ms at last: of five missed at 30 Hz, two fit in."""
    assert frames.before(delivery(300, 5), turn(228, 301)) == Missed(replaced=2, lost=3)


def test_a_frame_that_comes_just_after_the_worker_began_was_not_replaced(frames):
    """3 ms are no period of a camera with 30 Hz: its missing frames were lost."""
    assert frames.before(delivery(300, 5), turn(297, 301)) == Missed(lost=5)


def test_a_camera_that_is_held_back_has_limited_frames(frames):
    """All of them where this one came during that time, else those that fit in."""
    assert frames.before(delivery(180, 4), turn(100.1, 200, 200)) == Missed(limited=4)
    assert frames.before(delivery(382, 19), turn(382.1, 382.1, 300)) == Missed(limited=12, lost=7)


def test_older_frames_that_were_handed_over_with_it_were_replaced(frames):
    """With another depth than 1 they all wait; the first delivery may have some too."""
    assert frames.before(delivery(180, 0, skipped=3), turn(100.1, 200)) == Missed(replaced=3)
    assert MissedFrames().before(delivery(9, 5, skipped=2), turn(9, 9)) == Missed(replaced=2)


def test_a_clock_of_the_camera_that_is_set_back_is_no_period(frames):
    """Then the times of arrival tell the period."""
    found = frames.before(delivery(300, 5, published_ms=-5000), turn(228, 301))
    assert found == Missed(replaced=2, lost=3)


def test_after_a_restart_the_next_delivery_is_the_first(frames):
    """The node was inactive: what was published then was for nobody."""
    frames.restart()
    assert frames.before(delivery(9000, 200), turn(9000.1, 9000.1)) == Missed()
