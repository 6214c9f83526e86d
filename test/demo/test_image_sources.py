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

"""The flight and the video: real images, the same for the same time."""

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import Box, grid_of, View
from shufflenet_ros.demo.contact_sheet import contact_sheet, Tile, TileCell
from shufflenet_ros.demo.image_sources import Fields, Flight, GROUND, pose_at, Video


def test_the_flight_passes_over_every_ground():
    """Even a short one reaches all surfaces, a long one returns to them."""
    for seconds in (1.0, 20.0):
        flight = Flight(64, 48, seconds)
        seen = [flight.view(time)[1] for time in np.arange(0, seconds, 0.1)]
        assert set(seen) == set(GROUND.values())
    assert seen[0] == seen[80]


def test_the_same_time_gives_the_same_image_and_another_time_another():
    """Runs can be compared; the view moves."""
    flight = Flight(640, 480, 20.0)
    first, again, later = (flight.view(time)[0] for time in (1.0, 1.0, 1.1))
    assert first.shape == (480, 640, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - later).mean() > 1


def test_height_heading_and_light_change():
    """All that the README promises of the flight."""
    poses = [pose_at(time) for time in np.arange(0, 20, 0.5)]
    for name, least in (('zoom', 0.8), ('heading', 3.0), ('gain', 0.5), ('warmth', 0.15),
                        ('east', 0.4), ('north', 0.4)):
        values = [getattr(pose, name) for pose in poses]
        assert max(values) - min(values) > least, name


@pytest.mark.parametrize('words, least', [('4x3', 5), ('3x1', 2)])
def test_the_surface_of_each_cell_is_known(tmp_path, words, least):
    """Grounds of one shade each show what lies in a cell; most images have several surfaces."""
    shades = {'grass': 40, 'gravel': 90, 'brick': 160}
    for name, shade in shades.items():
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.full((512, 512), shade, np.uint8))
    surfaces = {shade: GROUND[name] for name, shade in shades.items()}
    grid = grid_of(words)
    fields = Fields(320, 240, grid, tmp_path)
    counts = {'one': 0, 'several': 0, 'images': 0}
    for time_s in np.arange(0, 10, 1.0):
        image, whole = fields.view(time_s)
        cells = fields.cells(time_s)
        assert whole == '' and image.shape == (240, 320, 3)
        assert [cell for cell, _ in cells] == View(grid=grid).cells(240, 320)
        for cell, surface in cells:
            box = cell.box
            seen = image[box.top:box.bottom, box.left:box.right, 1] / pose_at(time_s).gain
            if surface:
                assert surface == surfaces[min(shades.values(), key=lambda one: abs(
                    one - np.median(seen)))] and seen.std() < 3
            else:
                assert np.ptp(seen) > 5
            counts['one' if surface else 'several'] += 1
        counts['images'] += len({surface for _, surface in cells}) > 1
    assert counts['one'] >= 5 and counts['several'] >= 5 and counts['images'] >= least


def test_missing_images_are_named(tmp_path):
    """The folder and the cure."""
    with pytest.raises(ConfigurationError, match=f'{tmp_path}.*pip install scikit-image'):
        Flight(64, 48, 1.0, tmp_path)


def test_a_video_keeps_its_rate_and_starts_again(tmp_path):
    """At any rate the image of that time is shown; after the end comes the beginning."""
    path = tmp_path / 'shades.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 48))
    for number in range(10):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()
    video = Video(path)
    shades = [video.view(time)[0].mean() for time in (0.0, 0.05, 0.31, 0.92, 1.21)]
    np.testing.assert_allclose(shades, [0, 0, 60, 180, 40], atol=4)


def test_the_sheet_holds_tiles_of_any_shape():
    """Tall, wide and small images keep their aspect ratio; missing cells stay black."""
    tiles = [Tile(np.full((*size, 3), 200, np.uint8), 'grass 0.91', '3.1 ms', right)
             for size, right in (((480, 640), True), ((90, 20), False), ((20, 90), None))] * 2
    sheet = contact_sheet(tiles, 'a flight')
    assert sheet.shape[1] == 4 * 406 and sheet.shape[0] == 44 + 2 * 364
    assert not sheet[44 + 370:, -400:].any()


def test_the_sheet_frames_cells_in_the_colour_of_their_truth():
    """At their place in the scaled image, with the class in words."""
    cells = (TileCell(Box(0, 0, 240, 320), 'grass 0.91', True),
             TileCell(Box(240, 320, 240, 320), 'sett, not gravel', False))
    plain, drawn = (contact_sheet([Tile(np.full((480, 640, 3), 200, np.uint8), '', '', None, one)],
                                  '') for one in ((), cells))
    changed = np.argwhere((plain != drawn).any(-1)) - (44 + 3, 3)
    assert changed.min(0).tolist() == [0, 0] and changed.max(0).tolist() == [299, 399]
    assert {(one // (150, 200) == (0, 1)).all() for one in changed} == {False}
    assert drawn[44 + 3 + 1, 3 + 20].tolist() == [90, 190, 80]
    assert drawn[44 + 3 + 299, 3 + 300].tolist() == [70, 70, 230]
