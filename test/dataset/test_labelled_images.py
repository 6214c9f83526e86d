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

"""Folders of images: what is read, what is left out, what is refused."""

import cv2
from dataset.labelled_folders import CLASSES, write_images
import numpy as np
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.labelled_images import read_folder


def test_images_come_as_rgb_with_the_index_of_their_folder(tmp_path):
    """Classes are the folders in alphabetical order; files of other kinds do not count."""
    for name, colour in (('blue', (255, 0, 0)), ('red', (0, 0, 255))):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / 'a.png'), np.full((40, 50, 3), colour, np.uint8))
        (tmp_path / name / 'notes.txt').write_text('no image')
    found = read_folder(tmp_path)
    assert found.classes == ('blue', 'red') and found.labels.tolist() == [0, 1]
    assert found.images[0][0, 0].tolist() == [0, 0, 255]
    assert found.images[1][0, 0].tolist() == [255, 0, 0]


def test_bad_images_are_left_out_and_listed(tmp_path):
    """A broken and a tiny image do not end the reading; each is named with its reason."""
    write_images(tmp_path, 2)
    (tmp_path / 'leaves' / 'broken.jpg').write_bytes(b'\xff\xd8 not an image')
    cv2.imwrite(str(tmp_path / 'rust' / 'tiny.png'), np.zeros((20, 90, 3), np.uint8))
    found = read_folder(tmp_path)
    assert len(found) == 4
    assert 'broken.jpg: not readable' in found.skipped[0]
    assert 'tiny.png: 90x20 pixels' in found.skipped[1]


def test_large_images_are_shrunk_to_what_training_needs(tmp_path):
    """Memory holds a short side of 320 pixels at most; the aspect ratio stays."""
    write_images(tmp_path, 1)
    cv2.imwrite(str(tmp_path / 'leaves' / 'large.png'), np.zeros((640, 1280, 3), np.uint8))
    assert (320, 640, 3) in [image.shape for image in read_folder(tmp_path).images]


def test_folders_that_cannot_be_a_data_set_are_refused(tmp_path):
    """Nothing there, one class, an empty class, a class the model does not know."""
    with pytest.raises(DatasetError, match='no such folder'):
        read_folder(tmp_path / 'missing')
    with pytest.raises(DatasetError, match='0 class folders'):
        read_folder(tmp_path)
    (tmp_path / 'grass').mkdir()
    with pytest.raises(DatasetError, match='1 class folders'):
        read_folder(tmp_path)
    write_images(tmp_path, 1)
    with pytest.raises(DatasetError, match="no usable image in class 'grass'"):
        read_folder(tmp_path)
    with pytest.raises(DatasetError, match=r"\['grass'\]; the model knows leaves, rust"):
        read_folder(tmp_path, CLASSES)


def test_a_models_classes_give_the_indices(tmp_path):
    """Evaluation on some of the classes keeps the model's numbering."""
    write_images(tmp_path, 1)
    found = read_folder(tmp_path, ('asphalt', *CLASSES, 'grass'))
    assert found.labels.tolist() == [1, 2]
