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

"""The whole of a frame, in the colours that the network saw."""

import tracemalloc

import cv2
from encoders import colour_image, seen
import numpy as np
import pytest
from shufflenet_ros.bench.baseline.encoded_frames import BAYER, frame_of, PACKED
from shufflenet_ros.core.encoding.decode import ENCODINGS
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.core.image import bgr_image, placed_image
from shufflenet_ros.core.parts import Box, Grid, WHOLE_IMAGE

RGB = colour_image(121, 160)


@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
def test_every_encoding_can_be_looked_at(encoding):
    """At the size of the frame, blue first; padding does not show."""
    image = bgr_image(frame_of(RGB, encoding, padding=7))
    expected = seen(RGB, encoding)[:, :, ::-1].astype(float)
    size = (120, 160) if encoding in BAYER else (121, 160)
    assert image.shape == (*size, 3) and image.dtype == np.uint8
    error = np.square(image - expected).mean()
    assert error < (1 if encoding in PACKED else 255 ** 2 / 10 ** 2.6)


def test_a_compressed_frame_can_be_looked_at():
    """All of its pixels, not the fraction that would do for the network."""
    data = cv2.imencode('.png', RGB)[1].tobytes()
    np.testing.assert_array_equal(bgr_image(CompressedFrame(data, 'png')), RGB)


def test_the_image_is_memory_of_its_own():
    """To draw on it must not change the message it came from."""
    data = bytearray(RGB.tobytes())
    bgr_image(Frame(data, 121, 160, 'bgr8', 480))[:] = 0
    assert data == RGB.tobytes()


@pytest.mark.parametrize('size, expected', [((2, 2), (32, 32)), ((31, 64), (62, 128)),
                                            ((1, 100), (32, 3200)), ((32, 40), (32, 40))])
def test_tiny_frames_are_enlarged(size, expected):
    """By a whole factor, so that something can be written on them."""
    image = bgr_image(Frame(bytes(size[0] * size[1]), *size, 'mono8', size[1]))
    assert image.shape[:2] == expected


def test_a_bad_frame_is_refused_as_ever():
    """With the words of the decoder."""
    with pytest.raises(FrameError, match='truncated image'):
        bgr_image(Frame(b'', 4, 4, 'mono8', 4))


@pytest.mark.parametrize('size', [(1, 65535), (65535, 1), (1, 40_000), (8192, 8192), (3, 20_000),
                                  (4000, 3000), (33, 65535)])
@pytest.mark.parametrize('encoding', ['mono8', 'bgr8', 'nv21', 'bayer_rggb8', 'mono16'])
def test_what_is_drawn_on_is_bounded(size, encoding):
    """Whatever the shape of the frame: pixels, the longest side and memory."""
    height, width = size if encoding in ('mono8', 'bgr8', 'mono16') else (
        side + side % 2 for side in size)
    step = width * {'bgr8': 3, 'mono16': 2}.get(encoding, 1)
    data = bytes(step * height * 3 // 2)
    tracemalloc.start()
    image = bgr_image(Frame(data, height, width, encoding, step), 2 ** 23, 16384)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 32 <= min(image.shape[:2]) and max(image.shape[:2]) <= 16384
    assert image.shape[0] * image.shape[1] <= 2 ** 23 and peak < 80e6


def test_an_image_within_the_bounds_is_as_without_them():
    """Not a pixel differs."""
    frame = frame_of(RGB, 'bgr8')
    np.testing.assert_array_equal(bgr_image(frame, 2 ** 23, 16384), bgr_image(frame))


@pytest.mark.parametrize('size', [(50, 61), (2, 3), (1, 100), (300, 401)])
@pytest.mark.parametrize('limits', [{}, {'max_pixels': 2000}, {'max_side': 77}])
def test_what_lies_in_a_frame_has_its_place_in_the_image(size, limits):
    """Cells cover all of it and meet where they met, whether it came out larger or smaller."""
    image, placement = placed_image(Frame(bytes(size[0] * size[1]), *size, 'mono8', size[1]),
                                    **limits)
    assert placement.sent == size and image.shape[:2] == (placement.height, placement.width)
    whole = placement.place(placement.shown)
    assert whole == (0, 0, *image.shape[:2])
    cells = [placement.place(part.box) for part in Grid(2, 2).cells(placement.shown)]
    if min(placement.shown[2:]) >= 2:
        assert sum(cell.height * cell.width for cell in cells) == image[..., 0].size
    assert cells[0][:2] == (0, 0) and (cells[-1].bottom, cells[-1].right) == image.shape[:2]


def test_a_strip_shows_its_middle_and_boxes_beside_it_lie_outside():
    """What is cut off is at negative places, or beyond the last one."""
    image, placement = placed_image(Frame(bytes(3200), 1, 3200, 'mono8', 3200), max_side=3200)
    assert image.shape[:2] == (32, 3200) and placement.shown == Box(0, 1550, 1, 100)
    assert placement.place(WHOLE_IMAGE.box(1, 3200)) == Box(0, -1550 * 32, 32, 3200 * 32)
    assert placement.place(Box(0, 1550, 1, 1)) == Box(0, 0, 32, 32)
