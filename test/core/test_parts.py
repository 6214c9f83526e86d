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

"""Regions, cells and boxes: the right pixels of them, and what the network is given of them."""

import cv2
from encoders import colour_image, seen
from hypothesis import given, settings, strategies
import numpy as np
import pytest
from shufflenet_ros.bench.baseline.encoded_frames import frame_of
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.encoding.decode import decode, ENCODINGS
from shufflenet_ros.core.encoding.layouts import Pixels
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.core.parts import Box, clipped, Grid, grid_of, Part, Region, region_of, View
from shufflenet_ros.core.preprocess import BAR, preprocess, size_of

GEOMETRY = Geometry(48, 40, 0.875)
GRID = View(Region(0.1, 0.25, 0.8, 0.7), Grid(4, 3))


class Checksum:
    """An engine whose logits tell any two tensors apart."""

    def __init__(self):
        self.tensors = []

    def run(self, tensor):
        self.tensors.append(tensor)
        weights = np.random.default_rng(0).normal(size=(tensor.size, 7)).astype(np.float32)
        return tensor.reshape(-1).astype(np.float32) @ weights / 1e4


def bgr_frame(image):
    """Make a frame of BGR samples."""
    return Frame(image.tobytes(), *image.shape[:2], 'bgr8', image.shape[1] * 3)


@pytest.mark.parametrize('shares, height, width, box', [
    ((0.0, 0.0, 1.0, 1.0), 7, 5, (0, 0, 7, 5)),
    ((0.0, 0.67, 1.0, 0.33), 720, 1280, (482, 0, 238, 1280)),
    ((0.7, 0.0, 0.3, 1.0), 3, 3, (0, 2, 3, 1)),
    ((0.999, 0.999, 0.001, 0.001), 10, 10, (9, 9, 1, 1)),
    ((0.1, 0.2, 0.3, 0.4), 1, 1, (0, 0, 1, 1))])
def test_a_region_is_inside_the_image_and_has_a_pixel_at_least(shares, height, width, box):
    """Shares are rounded to the nearest edge."""
    assert region_of(shares).box(height, width) == box


@pytest.mark.parametrize('shares', [
    (0, 0, 1), (0, 0, 0, 1), (-0.1, 0, 1, 1), (0.5, 0, 0.6, 1), (0, 0.5, 1, 0.6),
    (float('nan'), 0, 1, 1), (0, 0, float('inf'), 1)])
def test_a_region_outside_the_image_is_refused_with_an_example(shares):
    """Its values are named."""
    with pytest.raises(ConfigurationError, match=r'region: \[.*expected.*shares of'):
        region_of(shares)


@settings(max_examples=200, deadline=None)
@given(strategies.integers(1, 40), strategies.integers(1, 40), strategies.integers(1, 16),
       strategies.integers(1, 16), strategies.integers(0, 9), strategies.integers(0, 9))
def test_cells_cover_their_region_once_and_have_a_pixel_at_least(
        height, width, columns, rows, top, left):
    """Row by row from the top left; where there are fewer pixels than cells some share one."""
    cells = Grid(columns, rows).cells(Box(top, left, height, width))
    covered = np.zeros((top + height, left + width), int)
    for cell in cells:
        assert cell.box.height > 0 and cell.box.width > 0
        covered[cell.box.top:cell.box.bottom, cell.box.left:cell.box.right] += 1
    assert covered[top:, left:].min() >= 1 and covered[:top].sum() == covered[:, :left].sum() == 0
    if height >= rows and width >= columns:
        assert covered.max() == 1
    assert [cell.id for cell in cells] == [
        f'r{row}c{column}' for row in range(rows) for column in range(columns)]


@pytest.mark.parametrize('text', ['4', 'x3', '0x3', '4x', '4x3x2', '-1x2', '17x16', '4*3', 'vier'])
def test_a_grid_that_is_none_is_refused_with_an_example(text):
    """Too many cells as well: each is an inference."""
    with pytest.raises(ConfigurationError, match="grid: .*'4x3'"):
        grid_of(text)


def test_a_grid_is_columns_by_rows():
    """An empty text is none."""
    assert grid_of(' 4x3 ') == Grid(4, 3) and str(grid_of('4X3')) == '4x3' and grid_of('') is None


@pytest.mark.parametrize('box, found', [
    ((-5, -5, 10, 10), (0, 0, 5, 5)), ((8, 8, 10, 10), (8, 8, 2, 2)), ((20, 0, 5, 5), None),
    ((0, 0, 0, 5), None), ((2, 3, 4, 5), (2, 3, 4, 5))])
def test_a_box_is_clipped_to_the_image(box, found):
    """One that lies outside is none."""
    assert clipped(Box(*box), 10, 10) == found


@pytest.mark.parametrize('mode', RESIZE_MODES)
@pytest.mark.parametrize('height, width', [(31, 47), (120, 161)])
def test_a_cell_of_packed_pixels_is_what_its_image_alone_would_be(mode, height, width):
    """Bit for bit, in each way to resize, at odd sizes."""
    geometry = Geometry(48, 40, 0.875, mode)
    image = np.ascontiguousarray(colour_image(height, width)[:, :, ::-1])
    engine = Checksum()
    found = Classifier(engine, geometry).classify(bgr_frame(image), GRID)[0]
    assert len(found.parts) == 12 and found.best is not None
    for one in (found, *(part.classification for part in found.parts)):
        assert len(one.hypotheses) == 5
    boxes = [GRID.whole(height, width), *(part.part.box for part in found.parts)]
    for box, tensor in zip(boxes, engine.tensors):
        alone = image[box.top:box.bottom, box.left:box.right]
        np.testing.assert_array_equal(tensor, preprocess(
            decode(bgr_frame(np.ascontiguousarray(alone))), geometry))


@pytest.mark.parametrize('encoding', sorted(ENCODINGS))
@pytest.mark.parametrize('height, width', [(241, 323), (240, 320)])
def test_a_cell_of_any_encoding_is_its_crop(encoding, height, width):
    """Near what the same crop of the converted image gives: chroma and mosaics share pixels."""
    image = colour_image(height, width)
    pixels = decode(frame_of(image, encoding))
    converted = Pixels(np.ascontiguousarray(seen(image, encoding)), None)
    geometry = Geometry(32, 32, 1.0)
    assert size_of(pixels) == size_of(converted)
    for cell in GRID.cells(*size_of(pixels)):
        found, expected = (preprocess(one, geometry, cell.box).astype(int)
                           for one in (pixels, converted))
        assert np.abs(found - expected).mean() < 8, cell


def test_a_letterbox_keeps_the_shape_between_bars():
    """All of the image is seen, and what is added is grey."""
    image = np.full((30, 120, 3), 200, np.uint8)
    tensor = preprocess(Pixels(image, None), Geometry(64, 64, 1.0, 'letterbox'))[0]
    assert (tensor[24:40] == 200).all() and (tensor[:24] == BAR).all() and (
        tensor[40:] == BAR).all()
    tall = preprocess(Pixels(image.transpose(1, 0, 2), None), Geometry(
        64, 64, 1.0, 'letterbox'))[0]
    assert (tall[:, 24:40] == 200).all() and (tall[:, :24] == BAR).all()


def test_squash_sees_all_and_keeps_no_shape():
    """The corners of the image are the corners of the tensor."""
    image = np.zeros((30, 120, 3), np.uint8)
    image[:, :30], image[:, -30:] = 100, 200
    tensor = preprocess(Pixels(image, None), Geometry(64, 64, 1.0, 'squash'))[0]
    assert (tensor[:, :14] == 100).all() and (tensor[:, -14:] == 200).all()


def test_an_unknown_way_to_resize_is_refused():
    """Those that there are are named."""
    with pytest.raises(ConfigurationError, match="'stretch'.*crop, squash, letterbox"):
        Geometry(32, 32, 1.0, 'stretch')


def test_boxes_do_not_depend_on_one_another_and_end_with_their_time():
    """A huge jpeg is decoded whole for them; what is left out is the end of the list."""
    image = np.ascontiguousarray(colour_image(400, 600)[:, :, ::-1])
    large = cv2.resize(image, (2400, 1600))
    frame = CompressedFrame(cv2.imencode('.jpg', large)[1].tobytes(), 'jpeg')
    boxes = [Part('a', Box(0, 0, 1600, 2400)), Part('b', Box(100, 200, 60, 50))]
    classifier = Classifier(Checksum(), GEOMETRY)
    both, durations = classifier.classify_boxes(frame, boxes)
    alone = [classifier.classify_boxes(frame, [box])[0][0] for box in boxes]
    assert list(both) == alone and len(durations) == 4 and min(durations) > 0
    assert classifier.classify_boxes(frame, boxes, budget_ns=0)[0] == ()


def test_cells_of_a_reduced_jpeg_are_named_in_pixels_of_the_image():
    """However small it was decoded; and fine enough for each of them."""
    image = cv2.resize(colour_image(400, 600), (4800, 3600))
    frame = CompressedFrame(cv2.imencode('.jpg', image)[1].tobytes(), 'jpeg')
    view = View(grid=Grid(2, 2))
    found = Classifier(Checksum(), GEOMETRY).classify(frame, view)[0]
    assert [part.part.box for part in found.parts] == [
        (0, 0, 1800, 2400), (0, 2400, 1800, 2400), (1800, 0, 1800, 2400),
        (1800, 2400, 1800, 2400)]


def test_without_the_region_as_a_whole_there_are_its_cells_alone():
    """It costs one inference less; without a grid the whole is all there is."""
    engine = Checksum()
    frame = bgr_frame(np.ascontiguousarray(colour_image(60, 80)))
    found = Classifier(engine, GEOMETRY).classify(
        frame, View(grid=Grid(2, 1), classify_whole=False))[0]
    assert found.best is None and found.hypotheses == () and len(engine.tensors) == 2
    assert View(classify_whole=False).has_whole
