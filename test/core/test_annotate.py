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

"""What is drawn on a frame: the crop, the hypotheses and the age, at every size."""

import numpy as np
import pytest
from shufflenet_ros.core.annotate import ACCENT, annotate, NamedHypothesis, TRACK
from shufflenet_ros.core.geometry import Geometry

SIZES = [(240, 320), (480, 640), (720, 1280), (1080, 1920), (320, 240), (32, 32), (1080, 32)]
HYPOTHESES = [NamedHypothesis('grass', 0.75), NamedHypothesis('gravel', 0.2),
              NamedHypothesis('a name ' * 40, 0.05)]
GEOMETRY = Geometry(144, 144)


def drawn(size, hypotheses=HYPOTHESES, note='age 8.2 ms   inference 2.8 ms', brightness=128):
    image = np.full((*size, 3), brightness, np.uint8)
    annotate(image, hypotheses, GEOMETRY.region(*size), note)
    return image


def is_colour(image, colour):
    return (image == np.array(colour)).all(2)


@pytest.mark.parametrize('size', SIZES)
def test_any_size_can_be_drawn_on(size):
    """Nothing reaches beyond the image, and there is always something to see."""
    assert drawn(size).std() > 5


@pytest.mark.parametrize('size', SIZES[:5])
def test_the_crop_is_framed_and_what_lies_outside_is_darker(size):
    """The network never saw it."""
    image = drawn(size)
    top, left, height, width = GEOMETRY.region(*size)
    assert is_colour(image[top:top + 1, left + width // 2 - 2:left + width // 2 + 2],
                     ACCENT).all()
    assert (image[top + height // 4, left + width // 2] == 128).all()
    outside = image[size[0] // 2, 0] if left > top else image[0, size[1] // 2]
    assert (outside < 100).all()


@pytest.mark.parametrize('size', SIZES[:5])
def test_bars_are_as_long_as_the_scores(size):
    """The best one in its own colour: three quarters of the track are filled."""
    bars = drawn(size)[:, size[1] * 62 // 100:]
    row = next(row for row in bars[::-1] if is_colour(row[np.newaxis], TRACK).any()
               and (row[1] == ACCENT).all())
    filled = is_colour(row[np.newaxis], ACCENT).sum()
    track = is_colour(row[np.newaxis], TRACK).sum()
    assert filled / (filled + track) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize('brightness', [0, 128, 255])
@pytest.mark.parametrize('size', SIZES[:5])
def test_the_text_stands_out_from_any_image(size, brightness):
    """Letters of a few pixels' height, white on dark even over snow."""
    # Smoothed letters of one pixel's stroke do not reach the full colour everywhere.
    text = drawn(size, brightness=brightness)[-size[0] // 8:, :size[1] * 62 // 100].min(2)
    assert (text > 150).any(1).sum() >= 7
    panel = drawn(size, [], '', brightness)[-2:, :2]
    assert (panel < 90).all()


def test_a_long_name_leaves_room_for_its_score():
    """It ends in dots where its column ends."""
    long = drawn((480, 640))
    short = drawn((480, 640), [*HYPOTHESES[:2], NamedHypothesis('a name', 0.05)])
    score = slice(640 * 45 // 100, 640 * 62 // 100)
    np.testing.assert_array_equal(long[:, score], short[:, score])
    assert (long != short).any()


def test_no_hypothesis_is_said_in_words():
    """An empty result is an answer, not a fault."""
    assert (drawn((480, 640), [], '')[-60:].min(2) > 120).sum() > 100


def test_no_more_than_three_hypotheses_hide_the_image():
    """The others are in the result."""
    many = drawn((480, 640), [NamedHypothesis(f'class {n}', 0.1) for n in range(9)])
    three = drawn((480, 640), [NamedHypothesis(f'class {n}', 0.1) for n in range(3)])
    np.testing.assert_array_equal(many, three)
