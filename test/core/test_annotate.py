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

"""What is drawn on a frame: the crop, hypotheses, age, cells and boxes, at every size."""

import numpy as np
import pytest
from shufflenet_ros.core.annotate import ACCENT, annotate, NamedHypothesis, TRACK
from shufflenet_ros.core.annotation.labels import Labels, NamedPart
from shufflenet_ros.core.annotation.layout import Layout
from shufflenet_ros.core.annotation.legend import entries_of, Entry
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.palette import look_of
from shufflenet_ros.core.parts import Box, Grid, Region

SIZES = [(240, 320), (480, 640), (720, 1280), (1080, 1920), (320, 240), (32, 32), (1080, 32)]
HYPOTHESES = [NamedHypothesis('grass', 0.75), NamedHypothesis('gravel', 0.2),
              NamedHypothesis('a name ' * 40, 0.05)]
GEOMETRY = Geometry(144, 144)
NAMES = ['grass', 'gravel', 'asphalt', 'a name ' * 40, '草地', 'Gehölz', 'snow', 'y' * 9, 'W']


def drawn(size, hypotheses=HYPOTHESES, note='age 8.2 ms   inference 2.8 ms', brightness=128):
    image = np.full((*size, 3), brightness, np.uint8)
    annotate(image, hypotheses, GEOMETRY.region(*size), note)
    return image


def is_colour(image, colour):
    return (image == np.array(colour)).all(2)


def has_ink(image, ink):
    """Whether there is text: smoothed letters do not reach the full colour everywhere."""
    return (np.abs(image.astype(int) - ink).max(2) < 70).any()


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


def cells_of(size, grid, region=Region(), score=0.8):
    """One class after the other, each fifth cell below the threshold."""
    return [NamedPart(part.box, number % 9, NAMES[number % 9], score, number % 5 != 4)
            for number, part in enumerate(Grid(*grid).cells(region.box(*size)))]


def with_parts(size, cells=None, boxes=None, has_whole=True, brightness=128, **options):
    image = np.full((*size, 3), brightness, np.uint8)
    return annotate(image, HYPOTHESES if has_whole else None,
                    GEOMETRY.region(*size) if has_whole else None, 'age 8.2 ms',
                    cells=cells, boxes=boxes, **options)


@pytest.mark.parametrize('grid', [(4, 3), (8, 6), (16, 16), (64, 4), (1, 1)])
@pytest.mark.parametrize('size', [(240, 320), (720, 1280), (33, 40)])
def test_nothing_of_a_cell_is_drawn_outside_of_it(size, grid):
    """Tint, frame and label: the image around it is as if the cell were another one."""
    cells = cells_of(size, grid)
    image = with_parts(size, cells, has_whole=False)[:size[0]]
    for number in {0, 3, len(cells) // 2, len(cells) - 1}:
        number = min(number, len(cells) - 1)
        other = NamedPart(cells[number].box, 20, 'quite another name', 0.2)
        changed = with_parts(size, [*cells[:number], other, *cells[number + 1:]],
                             has_whole=False)[:size[0]]
        differs = (image != changed).any(2)
        top, left, height, width = other.box
        inside = np.zeros(size, bool)
        inside[top:top + height, left:left + width] = True
        assert differs.any() and (not (differs & ~inside).any() or min(height, width) == 1)


@pytest.mark.parametrize('size, grid', [((240, 320), (4, 3)), ((240, 320), (16, 16)),
                                        ((720, 1280), (8, 6)), ((2160, 3840), (4, 3))])
def test_each_cell_has_a_label_in_the_colour_of_its_class(size, grid):
    """On a plate, so that it can be read on any image; those below the threshold have none."""
    for brightness in (0, 255):
        cells = cells_of(size, grid)
        image = with_parts(size, cells, has_whole=False, brightness=brightness)
        for cell in cells:
            top, left, height, width = cell.box
            inside = image[top + 3:top + height - 3, left + 3:left + width - 3][:200]
            look = look_of(cell.index)
            has_label = is_colour(inside, look.colour).any() and has_ink(inside, look.ink)
            assert has_label if cell.is_above else (inside == brightness).all()


@pytest.mark.parametrize('line', [14, 25, 75])
def test_a_label_fits_into_its_room_whatever_its_letters(line):
    """Those with tails, of two or three letters, with any score and name."""
    labels = Labels(Layout.of_line(line))
    for index in (*range(26), 300, 1000):
        for room in range(8, 20 * line, 3 * line // 2):
            part = NamedPart(Box(0, 0, 9, 9), index, NAMES[index % 9], index % 11 / 10)
            for height, width in ((room, 4 * room), (room, room), (16, room)):
                plate = labels.fitting(part, height, width)
                assert plate is None and min(height, width) < 5 * line or (
                    plate.shape[0] <= height and plate.shape[1] <= width)


def test_the_higher_the_score_the_stronger_the_tint():
    """In a corner that no label reaches."""
    tints = [with_parts((240, 320), [NamedPart(Box(0, 0, 240, 320), 1, 'gravel', score)],
                        has_whole=False)[230, 310].astype(int) for score in (0.1, 0.5, 0.9)]
    strength = [np.abs(tint - 128).sum() for tint in tints]
    assert 0 < strength[0] < strength[1] < strength[2] < np.abs(
        np.array(look_of(1).colour) - 128).sum()


def test_classes_with_the_same_colour_have_another_hatching():
    """The thirteenth is striped."""
    plain, striped = (with_parts((240, 320), [NamedPart(Box(0, 0, 240, 320), index, 'x', 0.9)],
                                 has_whole=False)[100:220, 10:310] for index in (1, 13))
    assert not plain.std((0, 1)).any() and striped.std((0, 1)).any()
    assert is_colour(striped, look_of(1).colour).any()


@pytest.mark.parametrize('has_whole', [True, False])
@pytest.mark.parametrize('size', [(240, 320), (480, 640), (32, 32), (400, 32)])
def test_the_footer_is_as_high_for_all_results_of_one_size(size, has_whole):
    """Video needs images of one size; the image itself is not written over, and not changed."""
    shapes = {with_parts(size, cells, boxes, has_whole).shape for cells, boxes in (
        ([], None), (cells_of(size, (4, 3)), None), (cells_of(size, (16, 16)), []),
        (None, []), (None, cells_of(size, (3, 3))))}
    (height, width, _), = shapes
    assert width == size[1] and size[0] < height < size[0] * 1.5 + 100
    image = np.full((*size, 3), 128, np.uint8)
    annotate(image, None, None, '', cells=cells_of(size, (2, 2)))
    assert (image == 128).all()


def test_the_legend_counts_the_classes_that_are_seen():
    """Shares of all cells, numbers of boxes; the commonest first, what has no class last."""
    box = Box(0, 0, 9, 9)
    cells = [NamedPart(box, 4, 'sand', 0.9), NamedPart(box, 2, 'asphalt', 0.9),
             NamedPart(box, 2, 'asphalt', 0.9), NamedPart(box, 7, 'water', 0.1, is_above=False)]
    assert entries_of(cells, []) == [
        Entry(2, 'asphalt', '50%'), Entry(4, 'sand', '25%'), Entry(None, 'none', '25%')]
    assert entries_of(cells, cells[:1]) == [
        Entry(2, 'asphalt', '50%'), Entry(4, 'sand', '25% x1'), Entry(None, 'none', '25%')]
    assert entries_of([], []) == []


@pytest.mark.parametrize('size', [(240, 320), (720, 1280)])
def test_all_nine_classes_are_in_the_legend(size):
    """With the plate of each."""
    image = with_parts(size, cells_of(size, (8, 6)))[size[0]:]
    for index in range(9):
        assert is_colour(image, look_of(index).colour).sum() > 40


@pytest.mark.parametrize('size', [(240, 320), (480, 640), (32, 32), (400, 32)])
def test_boxes_of_any_size_and_place_can_be_drawn(size):
    """Beyond the edges, over one another, of a pixel, outside."""
    height, width = size
    boxes = [NamedPart(Box(*box), number, NAMES[number], 0.5, number != 3)
             for number, box in enumerate([
                 (-50, -50, 90, 90), (0, 0, height, width), (5, 5, 1, 1), (9, 9, 1, width),
                 (height - 4, width - 4, 50, 50), (2 * height, 0, 5, 5), (3, 4, 20, 20),
                 (3, 5, 20, 20), (-9, width // 2, 3 * height, 2)])]
    image = with_parts(size, None, boxes)
    assert is_colour(image[:height], look_of(1).colour).any()
    assert is_colour(with_parts(size, None, boxes * 20), look_of(1).colour).any()


def test_labels_of_boxes_do_not_cover_one_another():
    """Of four in one place each has a label somewhere near."""
    boxes = [NamedPart(Box(100, 100 + shift, 60, 120), shift, 'car', 0.9) for shift in range(4)]
    image = with_parts((480, 640), None, boxes, has_whole=False)[:480]
    labels = [is_colour(image[60:200, 90:300], look_of(index).colour) for index in range(4)]
    assert all(label.sum() > 800 for label in labels)


@pytest.mark.parametrize('mode, width', [('crop', 180), ('squash', 640), ('letterbox', 640)])
def test_the_region_is_shown_and_in_it_what_the_network_sees(mode, width):
    """The rest is darker; the text stands where it hides nothing of the region."""
    region = Region(0.0, 0.625, 1.0, 0.375).box(480, 640)
    geometry = Geometry(144, 144, 1.0, mode)
    image = np.full((480, 640, 3), 128, np.uint8)
    seen = geometry.crop_of(region)
    annotate(image, HYPOTHESES, seen, 'age', region=region)
    assert seen.width == width and (image[400, 320] == 128).all()
    assert (image[250:295, 10:-10] < 100).all()
    assert (image[:20, 600:] < 100).all() and is_colour(image[:150], ACCENT).any()
    assert ((image[400, 100] < 100).all()) == (mode == 'crop')


def test_with_a_grid_all_of_the_region_is_bright():
    """And what lies outside of it is dark; corners show the crop of the whole."""
    region = Region(0.25, 0.5, 0.5, 0.5)
    cells = [NamedPart(part.box, 0, '', 0.0, is_above=False)
             for part in Grid(4, 3).cells(region.box(480, 640))]
    image = np.full((480, 640, 3), 128, np.uint8)
    shown = annotate(image, HYPOTHESES, GEOMETRY.crop_of(region.box(480, 640)), 'age',
                     region=region.box(480, 640), cells=cells)
    assert (shown[:235] < 100).all() and (shown[300:480, :155] < 100).all()
    assert (shown[240:480, 160:480] == 128).all(2).mean() > 0.9
    assert is_colour(shown[240:480, 160:480], ACCENT).any()
