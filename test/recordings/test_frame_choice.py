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

"""Which frames are worth a label, by stamps and images alone."""

import cv2
import numpy as np
import pytest
from recordings.bags import views
from shufflenet_ros.recordings.frame_choice import RateLimiter, SeenImages


def taken(every_ns, stamps):
    """Stamps that pass, all of one topic."""
    limiter, found = RateLimiter(every_ns), []
    for stamp_ns in stamps:
        if limiter.is_due('/a', stamp_ns, stamp_ns):
            limiter.take('/a', stamp_ns, stamp_ns)
            found.append(stamp_ns)
    return found


@pytest.mark.parametrize('every_ns, stamps, expected', [
    (5, [0, 3, 5, 9, 10], [0, 5, 10]), (0, [0, 0, 1], [0, 0, 1]),
    (5, [100, 103, 2, 4, 8], [100, 2, 8]), (5, [100, 98, 104, 105], [100, 105])],
    ids=['in order', 'all', 'a clock set back', 'out of order'])
def test_frames_of_a_topic_keep_their_distance(every_ns, stamps, expected):
    """By their stamps; a clock set back is followed, and frames that overtake are no reason."""
    assert taken(every_ns, stamps) == expected


@pytest.mark.parametrize('every_ns, stamps, expected', [
    (100, [7] * 6, [0, 2, 4]), (100, [1, 2, 3, 4, 5, 6], [0, 2, 4]),
    (0, [7] * 3, [0, 1, 2]), (100, [5, 5, 5, 200, 5000, 5000], [0, 2, 3, 4]),
    (100, [1000, 1040, 1080, 1120, 1160, 1200], [0, 3])],
    ids=['nothing', 'frames', 'all', 'a clock that begins late', 'a clock that is slow'])
def test_where_stamps_stand_still_the_recording_is_the_clock(every_ns, stamps, expected):
    """Also where they count frames; a frame is recorded each 50 ns, in units of a thousand."""
    limiter, found = RateLimiter(1000 * every_ns), []
    slow = stamps[0] == 1000
    for number, stamp_ns in enumerate(stamps):
        times_ns = 1000 * stamp_ns if slow or stamp_ns > 100 else stamp_ns, 50_000 * number
        if limiter.is_due('/a', *times_ns):
            limiter.take('/a', *times_ns)
            found.append(number)
    assert found == expected


def test_topics_do_not_hold_up_each_other():
    """Two cameras of one robot each have their rate."""
    limiter = RateLimiter(5)
    limiter.take('/a', 10, 10)
    assert limiter.is_due('/b', 11, 11) and not limiter.is_due('/a', 11, 11)


def test_a_changed_copy_is_there_and_another_image_is_not():
    """Re-encoded, resized, brighter: a near-duplicate. Mirrored: another image to train with."""
    seen, (first, *others) = SeenImages(0.95), views(8)
    seen.add(first)
    assert seen.has_near_duplicate(first)
    assert seen.has_near_duplicate(cv2.imdecode(cv2.imencode('.jpg', first)[1], cv2.IMREAD_COLOR))
    assert seen.has_near_duplicate(cv2.resize(first, (320, 240)))
    assert seen.has_near_duplicate(cv2.convertScaleAbs(first, alpha=0.8, beta=10))
    assert not seen.has_near_duplicate(np.ascontiguousarray(first[:, ::-1]))
    assert not any(seen.has_near_duplicate(other) for other in others)


def test_more_images_than_there_was_room_for_are_remembered():
    """The table grows."""
    seen, rng = SeenImages(0.95), np.random.default_rng(0)
    images = [cv2.resize(rng.integers(0, 256, (8, 8, 3), np.uint8), (64, 64)) for _ in range(150)]
    for image in images:
        assert not seen.has_near_duplicate(image)
        seen.add(image)
    assert all(seen.has_near_duplicate(image) for image in images)


def test_a_covered_lens_is_one_image():
    """Noise has a texture of its own in each frame, so it is compared by colour."""
    seen, rng = SeenImages(0.95), np.random.default_rng(0)

    def dark(level):
        noise = rng.normal(level, 5, (240, 320, 3))
        return np.clip(noise, 0, 255).astype(np.uint8)

    seen.add(dark(12))
    assert all(seen.has_near_duplicate(dark(12)) for _ in range(20))
    assert not seen.has_near_duplicate(dark(200)) and not seen.has_near_duplicate(views(1)[0])
