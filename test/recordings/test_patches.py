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

"""Cells of frames as images of their own: what a model that is trained with them will be given."""

from argparse import ArgumentParser

import cv2
import numpy as np
import pytest
from recordings.bags import export, record_images, SECOND_NS, START_NS, TOPIC, views
from recordings.test_frames import images_in, rows_of
from shufflenet_ros.cli import frames
from shufflenet_ros.core.encoding.layouts import Pixels
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.core.parts import Grid, Region, View
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.dataset.sources import find_entries

LOWER = Region(0.0, 0.4, 1.0, 0.6)
VIEW = View(LOWER, Grid(3, 2))
CELLS = ['r0c0', 'r0c1', 'r0c2', 'r1c0', 'r1c1', 'r1c2']


@pytest.fixture(scope='module')
def images():
    return views(3)


@pytest.fixture(scope='module')
def drive(tmp_path_factory, images):
    """Record 1.5 s."""
    return record_images(tmp_path_factory.mktemp('bags') / 'drive', images)


def test_patches_are_what_the_node_classifies(drive, images, tmp_path):
    """Bit for bit, in each resize mode; recording, stamp and cell are in name and row."""
    counts, _ = export([drive], tmp_path, '.png', view=VIEW, min_similarity=None)
    assert (counts[TOPIC].messages, counts[TOPIC].cut, counts[TOPIC].written) == (3, 3, 18)
    found, rows = images_in(tmp_path), rows_of(tmp_path)
    assert [path.name for path in found] == [row['path'] for row in rows]
    assert found[8].name == f'drive_camera_image_raw_{START_NS + SECOND_NS // 2}_r0c2.png'
    assert [row['cell'] for row in rows] == CELLS * 3
    assert {(row['region'], row['grid'], row['label']) for row in rows} == {
        ('0,0.4,1,0.6', '3x2', '')}
    for number, path in enumerate(found):
        image, patch = images[number // 6], cv2.imread(str(path))
        box = VIEW.cells(*image.shape[:2])[number % 6].box
        for mode in RESIZE_MODES:
            geometry = Geometry(32, 32, 0.875, mode)
            np.testing.assert_array_equal(preprocess(Pixels(patch, None), geometry),
                                          preprocess(Pixels(image, None), geometry, box))


def test_a_region_alone_is_one_patch_a_frame(drive, images, tmp_path):
    """Without a cell in its name."""
    counts, _ = export([drive], tmp_path, '.png', view=View(LOWER), min_similarity=None)
    assert counts[TOPIC].written == 3
    assert rows_of(tmp_path)[0]['path'] == f'drive_camera_image_raw_{START_NS}.png'
    for path, image in zip(images_in(tmp_path), images):
        np.testing.assert_array_equal(cv2.imread(str(path)), image[48:])


def test_a_second_run_adds_only_what_another_grid_has(drive, tmp_path):
    """Deleted patches do not come back; cells of the same name in another grid are others."""
    export([drive], tmp_path, view=VIEW, min_similarity=None)
    images_in(tmp_path)[0].unlink()
    again = export([drive], tmp_path, view=VIEW, min_similarity=None)[0][TOPIC]
    assert (again.written, again.written_before, again.cut) == (0, 18, 3)
    other = export([drive], tmp_path, view=View(LOWER, Grid(2, 1)), min_similarity=None)[0][TOPIC]
    assert (other.written, other.written_before) == (6, 0)
    assert len(images_in(tmp_path)) == 23


def test_likeness_is_that_of_patches(tmp_path):
    """One half of the view changes, the other stands still: that one is written once."""
    still = views(1)[0][:, :80]
    bag = record_images(tmp_path / 'drive', [
        np.hstack([still, image[:, 80:]]) for image in views(4)])
    counts, _ = export([bag], tmp_path / 'out', view=View(grid=Grid(2, 1)))
    assert (counts[TOPIC].written, counts[TOPIC].near_duplicates) == (5, 3)
    assert [row['cell'] for row in rows_of(tmp_path / 'out')] == ['r0c0'] + ['r0c1'] * 4


def test_a_limit_counts_patches_and_the_next_run_goes_on(drive, tmp_path):
    """In the middle of a frame."""
    export([drive], tmp_path, view=VIEW, limit=8, min_similarity=None)
    assert len(images_in(tmp_path)) == 8
    export([drive], tmp_path, view=VIEW, min_similarity=None)
    assert [row['cell'] for row in rows_of(tmp_path)] == CELLS * 3


def test_cells_that_training_would_leave_out_are_not_written(drive, tmp_path):
    """They are counted, with what to do."""
    counts, _ = export([drive], tmp_path, view=View(grid=Grid(8, 2)))
    assert (counts[TOPIC].too_small, counts[TOPIC].written) == (3, 0)
    assert counts[TOPIC].remarks() == ['3 with patches under 32 pixels a side, which train leaves '
                                       'out: give fewer cells, or a larger --region']


def test_a_folder_of_whole_frames_takes_no_patches(drive, tmp_path):
    """Its table could not tell them apart; the other way round it can."""
    export([drive], tmp_path / 'frames')
    with pytest.raises(ConfigurationError, match='is of whole frames.*give patches another --out'):
        export([drive], tmp_path / 'frames', view=VIEW)
    export([drive], tmp_path / 'patches', view=VIEW, limit=1)
    assert export([drive], tmp_path / 'patches')[0][TOPIC].written > 0


def run_verb(*words):
    """Run the command in this process."""
    parser = ArgumentParser()
    frames.add_arguments(parser)
    return frames.run(parser.parse_args(list(map(str, words))))


def test_patches_of_the_command_become_classes(drive, tmp_path, capsys):
    """Counts on screen; the table with labels is DATA of train."""
    assert run_verb(drive, '--out', tmp_path, '--region', '0,0.4,1,0.6', '--grid', '3x2',
                    '--keep-duplicates') == 0
    assert (f'{TOPIC}: 3 messages: 3 cut, 0 too soon, 0 too small, 0 undecodable; patches: 18 '
            'written, 0 alike') in capsys.readouterr().out.splitlines()
    table = tmp_path / 'frames.csv'
    table.write_text(table.read_text().replace('_r0c0.jpg,,', '_r0c0.jpg,lawn,')
                     .replace('.jpg,,', '.jpg,path,'))
    labels = [entry.label for entry in find_entries(table)]
    assert len(labels) == 18 and labels.count('lawn') == 3


@pytest.mark.parametrize('words, expected', [
    (('--grid', '4'), "grid: '4'"), (('--grid', '40x40'), "grid: '40x40'"),
    (('--region', '0,0,1'), 'expected four numbers'), (('--region', 'low'), "--region 'low'"),
    (('--region', '0,0.5,1,0.6'), 'that lie inside it'), (('--region', 'nan,0,1,1'), 'region: ')])
def test_a_mistake_in_a_view_is_one_line(drive, tmp_path, words, expected):
    """Nothing is made."""
    with pytest.raises(ConfigurationError) as caught:
        run_verb(drive, '--out', tmp_path / 'out', *words)
    assert expected in str(caught.value) and '\n' not in str(caught.value)
    assert not (tmp_path / 'out').exists()
