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

"""Images and boxes of the same stamp find each other, and what finds no partner is counted."""

from hypothesis import given, settings, strategies
import pytest
from shufflenet_ros.core.roi_join import RoiJoin

WAIT = 1000


def joined(join, now):
    """Give the pairs that are due, and the counts of what is not."""
    found = join.due(now)
    pairs = [(pair.frame, pair.rois) for pair in found.pairs]
    return pairs, (found.late, found.duplicate, found.no_image, found.missing)


@pytest.fixture
def join():
    return RoiJoin(wait_ns=WAIT)


def test_late_boxes_find_their_image_until_its_wait_is_over(join):
    """By when they came, not by when anybody looked."""
    for stamp in (1, 2, 3):
        join.add_frame(stamp, f'image {stamp}', 0)
    join.add_rois(1, 'in time', WAIT - 1)
    join.add_rois(2, 'too late', WAIT)
    assert joined(join, WAIT + 500) == ([('image 1', 'in time')], (1, 0, 0, 2))
    join.add_rois(3, 'gone', WAIT + 600)
    assert joined(join, WAIT + 600) == ([], (1, 0, 0, 0))
    assert join.frames == 0


def test_early_boxes_wait_for_their_image_as_long(join):
    """The pair is there with the image; after their wait the boxes are counted."""
    join.add_rois(1, 'early', 0)
    join.add_rois(2, 'too early', 0)
    assert joined(join, 10) == ([], (0, 0, 0, 0))
    join.add_frame(1, 'image', WAIT - 1)
    assert joined(join, WAIT - 1) == ([('image', 'early')], (0, 0, 0, 0))
    join.add_frame(2, 'image', WAIT)
    assert joined(join, WAIT) == ([], (0, 0, 1, 0))
    assert joined(join, 2 * WAIT) == ([], (0, 0, 0, 1))


def test_what_has_no_partner_is_let_go_at_the_end_of_its_wait(join):
    """Not before, and the join says when that is."""
    assert join.next_ns() == float('inf')
    join.add_frame(1, 'image', 100)
    join.add_rois(2, 'boxes', 300)
    assert join.next_ns() == 0 and joined(join, 300) == ([], (0, 0, 0, 0))
    assert join.next_ns() == 100 + WAIT
    assert joined(join, 99 + WAIT) == ([], (0, 0, 0, 0))
    assert joined(join, 100 + WAIT) == ([], (0, 0, 0, 1))
    assert join.next_ns() == 300 + WAIT
    assert joined(join, 300 + WAIT) == ([], (0, 0, 1, 0))
    assert join.next_ns() == float('inf')


def test_an_image_takes_one_message_of_boxes(join):
    """The second is counted, at once and later."""
    join.add_frame(1, 'image', 0)
    join.add_rois(1, 'first', 1)
    join.add_rois(1, 'second', 2)
    assert joined(join, 2) == ([('image', 'first')], (0, 1, 0, 0))
    join.add_rois(1, 'third', 5 * WAIT)
    assert joined(join, 5 * WAIT) == ([], (0, 1, 0, 0))


def test_boxes_out_of_order_find_their_images(join):
    """Each its own."""
    for stamp in (1, 2, 3):
        join.add_frame(stamp, stamp, 0)
    for stamp in (3, 1, 2):
        join.add_rois(stamp, stamp, 1)
    assert joined(join, 1) == ([(3, 3), (1, 1), (2, 2)], (0, 0, 0, 0))


def test_nothing_without_a_stamp_is_joined(join):
    """Two unknown stamps are not the same."""
    join.add_frame(0, 'image', 0)
    join.add_rois(0, 'boxes', 0)
    assert joined(join, 0) == ([], (0, 0, 1, 1))


def test_within_the_tolerance_the_nearest_image_is_taken():
    """As soon as none can be nearer; at the end of a wait at the latest."""
    join = RoiJoin(tolerance_ns=10, wait_ns=WAIT)
    join.add_frame(100, 'a', 0)
    join.add_rois(106, 'boxes', 1)
    assert joined(join, 1) == ([], (0, 0, 0, 0))
    join.add_frame(110, 'b', 2)
    assert joined(join, 2) == ([('b', 'boxes')], (0, 0, 0, 0))
    join.add_rois(91, 'left of it', 3)
    join.add_rois(89, 'too far', 3)
    assert joined(join, 3) == ([('a', 'left of it')], (0, 0, 0, 0))
    join.add_frame(200, 'c', 10)
    join.add_rois(205, 'at the end', 20)
    assert joined(join, 9 + WAIT) == ([], (0, 0, 1, 0))
    assert joined(join, 10 + WAIT) == ([('c', 'at the end')], (0, 0, 0, 0))
    join.add_rois(204, 'again', 30)
    join.add_frame(300, 'd', 31)
    assert joined(join, 31) == ([], (0, 1, 0, 0))


def test_an_equal_stamp_needs_no_later_image():
    """Whatever the tolerance."""
    join = RoiJoin(tolerance_ns=10, wait_ns=WAIT)
    join.add_frame(100, 'a', 0)
    join.add_rois(100, 'boxes', 1)
    assert joined(join, 1) == ([('a', 'boxes')], (0, 0, 0, 0))


def test_beyond_the_memory_the_oldest_images_are_let_go():
    """What is larger than all of it is never kept."""
    join = RoiJoin(wait_ns=WAIT, most_bytes=100)
    for stamp in (1, 2, 3):
        join.add_frame(stamp, stamp, 0, 40)
    assert join.frames == 2 and join.kept_bytes == 80
    join.add_frame(4, 4, 0, 101)
    for stamp in (1, 2, 3):
        join.add_rois(stamp, stamp, 1)
    assert joined(join, 1) == ([(2, 2), (3, 3)], (1, 0, 0, 2))
    assert join.kept_bytes == 0


def test_a_camera_whose_stamp_stands_still_keeps_its_newest_image(join):
    """The one before is let go."""
    join.add_frame(1, 'old', 0)
    join.add_frame(1, 'new', 1)
    join.add_rois(1, 'boxes', 2)
    assert joined(join, 2) == ([('new', 'boxes')], (0, 0, 0, 1))


def test_a_clock_that_jumps_back_begins_anew(join):
    """Known or not; what waits when it is known belongs to nothing any more."""
    join.add_frame(10 ** 18, 'before', 0)
    join.add_rois(10 ** 18 + 1, 'before', 0)
    join.add_frame(5, 'after', 1)
    join.add_rois(5, 'after', 2)
    assert joined(join, 2) == ([('after', 'after')], (0, 0, 0, 0))
    found = join.restart()
    assert (found.pairs, found.no_image, found.missing) == ([], 1, 1)
    join.add_frame(5, 'again', 3)
    join.add_rois(5, 'again', 3)
    assert joined(join, 3) == ([('again', 'again')], (0, 0, 0, 0))


@settings(max_examples=100, deadline=None)
@given(strategies.lists(strategies.tuples(
    strategies.sampled_from(('image', 'boxes', 'look')), strategies.integers(0, 8),
    strategies.integers(0, 700)), max_size=40), strategies.integers(0, 3))
def test_everything_becomes_a_pair_or_a_count_and_nothing_waits_longer(events, tolerance):
    """Whatever comes, in whatever order."""
    join, now, sent = RoiJoin(tolerance, WAIT), 0, {'image': 0, 'boxes': 0}
    pairs, unmatched, missing = [], 0, 0
    for kind, stamp, passed in [*events, ('look', 0, 2 * WAIT)]:
        now += passed
        if kind == 'image':
            join.add_frame(stamp, (stamp, now), now)
        elif kind == 'boxes':
            join.add_rois(stamp, (stamp, now), now)
        if kind in sent:
            sent[kind] += 1
        found = join.due(now)
        pairs += found.pairs
        unmatched, missing = unmatched + found.unmatched, missing + found.missing
        for pair in found.pairs:
            assert abs(pair.frame[0] - pair.rois[0]) <= tolerance
            assert abs(pair.frame[1] - pair.rois[1]) < WAIT
        assert join.next_ns() > now
    assert len(pairs) + unmatched == sent['boxes'] and len(pairs) + missing == sent['image']
    assert join.frames == join.kept_bytes == 0
