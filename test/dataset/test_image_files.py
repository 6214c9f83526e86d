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

"""Which files below a folder are images: by name and content, whatever else lies there."""

import os

import cv2
from dataset.labelled_folders import image, write_images
import numpy as np
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import (
    images_below,
    list_files,
    name_others,
    OTHER_SYSTEMS,
    read_image,
    subfolders,
)
from shufflenet_ros.dataset.labelled_images import read_folder
from shufflenet_ros.dataset.sources import find_entries

GREEN = image('leaves', np.random.default_rng(0))
FORMATS = ('.jpg', '.jpe', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff', '.ppm', '.jp2')


@pytest.mark.parametrize('name', ['a', 'a.JFIF', 'a.image', 'photo 2024.05.01', 'a.txt'])
@pytest.mark.parametrize('suffix', FORMATS)
def test_an_image_is_one_whatever_it_is_called(tmp_path, suffix, name):
    """Cameras, phones and browsers give suffixes of all kinds, or none."""
    path = tmp_path / name
    path.write_bytes(cv2.imencode(suffix, GREEN)[1])
    assert images_below(tmp_path) == [path]
    assert read_image(path)[0].shape == GREEN.shape


@pytest.mark.parametrize('content', [
    b'', b'BM is how this text begins, and goes on', b'P6', b'%PDF-1.7', b'path,label\n',
    b'RIFF\0\0\0\0AVI LIST', b'\0\0\0\x20ftypisom'])
def test_other_files_are_counted_and_one_is_named(tmp_path, content):
    """No silent loss: notes, videos, tables."""
    (tmp_path / 'a\nb').write_bytes(content)
    found = list_files(tmp_path)
    assert found == ([], [tmp_path / 'a\nb'])
    assert name_others(tmp_path, found.others) == [
        f'{tmp_path}: 1 file is no image and is left out: a\\nb']


def test_formats_that_cannot_be_read_are_named_with_the_cure(tmp_path):
    """As phones write them; they are not passed over in silence."""
    path = tmp_path / 'phone'
    path.write_bytes(b'\0\0\0\x18ftypheic\0\0\0\0mif1heic')
    assert images_below(tmp_path) == [path]
    assert 'HEIC' in read_image(path) and 'JPEG or PNG' in read_image(path)


def test_what_other_systems_leave_is_passed_over_everywhere(tmp_path):
    """As classes, below them, below a split, and where images of other things are read."""
    data = write_images(tmp_path / 'data', 2)
    expected = [entry.path for entry in find_entries(data)]
    for parent in (data, data / 'leaves'):
        for name in ('.thumbnails', '__MACOSX', '@eaDir', 'lost+found', *OTHER_SYSTEMS):
            (parent / name).mkdir(exist_ok=True)
            cv2.imwrite(str(parent / name / 'a.png'), GREEN)
    (data / 'rust' / '._000.png').write_bytes(b'\0\5\x16\7')
    said = []
    assert [entry.path for entry in find_entries(data, said.append)] == expected and not said
    assert len(read_folder(data)) == 4 and not read_folder(data).skipped
    assert [path.name for path in subfolders(data)] == ['leaves', 'rust']
    for name in ('train', 'val'):
        write_images(tmp_path / 'split' / name, 1)
        (tmp_path / 'split' / name / '__MACOSX' / 'leaves').mkdir(parents=True)
    assert len(find_entries(tmp_path / 'split')) == 4


def test_links_are_followed_once_and_never_round(tmp_path):
    """A disk of images elsewhere; links to the folder, above it, to itself, to nowhere."""
    disk = write_images(tmp_path / 'disk', 2)
    data = write_images(tmp_path / 'data', 1)
    for path, target in ((data / 'leaves' / 'more', disk / 'leaves'),
                         (data / 'leaves' / 'again', disk / 'leaves'),
                         (data / 'leaves' / 'up', tmp_path), (data / 'leaves' / 'root', '/'),
                         (data / 'leaves' / 'here', '.'), (data / 'leaves' / 'loop', 'loop'),
                         (data / 'leaves' / 'gone', 'nowhere'), (data / 'all', data),
                         (data / 'moss', disk / 'rust'), (disk / 'leaves' / 'up', disk)):
        os.symlink(target, path)
    said = []
    found = find_entries(data, said.append)
    # ``disk`` is listed by way of the link that is in it, and holds the other class as well.
    assert {entry.label for entry in found} == {'leaves', 'moss', 'rust'}
    assert sum(entry.label == 'moss' for entry in found) == 2
    names = [os.path.realpath(entry.path) for entry in found if entry.label == 'leaves']
    assert len(names) == len(set(names)) == 5
    assert len(said) == 1 and 'no images and are left out' in said[0]


def test_pipes_and_devices_are_never_opened(tmp_path):
    """They would be waited for without end, or fill the memory."""
    os.mkfifo(tmp_path / 'pipe.jpg')
    os.mkfifo(tmp_path / 'pipe')
    os.symlink('/dev/zero', tmp_path / 'zero.png')
    assert images_below(tmp_path) == [] and len(list_files(tmp_path).others) == 3
    for path in list_files(tmp_path).others:
        assert read_image(path) == 'not a plain file'


def test_classes_without_images_of_any_kind_are_refused(tmp_path):
    """Notes alone make no class."""
    write_images(tmp_path, 1)
    (tmp_path / 'moss').mkdir()
    (tmp_path / 'moss' / 'notes.jpg.txt').write_text('none yet')
    with pytest.raises(DatasetError, match="class 'moss' has no image"):
        find_entries(tmp_path)
