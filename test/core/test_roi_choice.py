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

"""Boxes as detectors send them: which are classified, and which pixels each of them is."""

from math import inf, nan, pi

from hypothesis import given, settings, strategies
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Box
from shufflenet_ros.core.rois import (
    choose,
    NO_AREA,
    NOT_FINITE,
    OUTSIDE,
    part_of,
    RoiBox,
    RoiSettings,
    TOO_SMALL,
)

HEIGHT, WIDTH = 100, 200
NUMBER = strategies.floats(width=64) | strategies.sampled_from((0.0, -0.0, 1.0, 50.0, 1e308))


@pytest.mark.parametrize('box, margin, expected', [
    (RoiBox(50, 40, 20, 10), 0.0, Box(35, 40, 10, 20)),
    (RoiBox(50.5, 40.5, 21, 11), 0.0, Box(35, 40, 11, 21)),
    (RoiBox(50, 40, 20, 10), 0.5, Box(30, 30, 20, 40)),
    (RoiBox(50, 50, 20, 10, pi / 2), 0.0, Box(40, 45, 20, 10)),
    (RoiBox(50, 50, 20, 20, pi / 4), 0.0, Box(36, 36, 28, 28)),
    (RoiBox(0, 0, 40, 40), 0.0, Box(0, 0, 20, 20)),
    (RoiBox(200, 100, 40, 40), 0.25, Box(70, 170, 30, 30)),
    (RoiBox(100, 50, 1e300, 1e308), 0.0, Box(0, 0, 100, 200)),
    (RoiBox(1e308, 50, 1e308, 20), 0.0, OUTSIDE),
    (RoiBox(-20, 50, 40, 20), 5.0, OUTSIDE),
    (RoiBox(-19, 50, 40, 20), 5.0, TOO_SMALL),
    (RoiBox(50, 40, 7, 40), 5.0, TOO_SMALL),
    (RoiBox(50, 40, 0.2, 0.2), 0.0, TOO_SMALL),
    (RoiBox(50, 40, 0, 10), 0.0, NO_AREA),
    (RoiBox(50, 40, 10, -10), 0.0, NO_AREA),
    (RoiBox(nan, 40, 10, 10), 0.0, NOT_FINITE),
    (RoiBox(50, 40, inf, 10), 0.0, NOT_FINITE),
    (RoiBox(50, 40, 10, 10, nan), 0.0, NOT_FINITE)])
def test_a_box_is_the_nearest_pixels_inside_the_image_or_refused_by_name(box, margin, expected):
    """With its margin; the smallest size counts without it."""
    assert part_of(box, HEIGHT, WIDTH, RoiSettings(margin=margin)) == expected


def test_the_largest_boxes_come_first_and_the_rest_is_left_out():
    """As they are seen in the image; of one size the first ones. Each keeps its id."""
    boxes = [RoiBox(50, 50, 10, 10), RoiBox(50, 50, 30, 30), RoiBox(0, 50, 50, 25),
             RoiBox(60, 50, 30, 30), RoiBox(50, 50, 1, 1), RoiBox(-90, 0, 9, 9)]
    found = choose(boxes, 'abcdef', HEIGHT, WIDTH, RoiSettings(most=3))
    assert found.indices == [1, 3, 2] and [part.id for part in found.parts] == ['b', 'd', 'c']
    assert found.parts[2].box == Box(38, 0, 25, 25)
    assert found.left_out == 1 and found.refused == {TOO_SMALL: 1, OUTSIDE: 1}


@settings(max_examples=150, deadline=None)
@given(strategies.builds(RoiBox, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER),
       strategies.floats(0, 10), strategies.integers(1, 5), strategies.integers(1, 300))
def test_whatever_the_numbers_a_part_lies_inside_the_image(box, margin, min_px, side):
    """And has the smallest size at least."""
    found = part_of(box, side, WIDTH, RoiSettings(margin=margin, min_px=min_px))
    if not isinstance(found, str):
        assert 0 <= found.top < found.bottom <= side and 0 <= found.left < found.right <= WIDTH
        assert min(found.height, found.width) >= min_px


def test_settings_name_what_cannot_be():
    """One line for the user."""
    with pytest.raises(ConfigurationError, match='rois_hypotheses'):
        RoiSettings(hypotheses='both')
