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

"""Near-duplicates are found, and never stand on both sides of a split."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.images import Images
from shufflenet_ros.dataset.labelled_images import Dataset, read_entries
from shufflenet_ros.dataset.near_duplicates import groups, near_duplicates, signatures
from shufflenet_ros.dataset.sources import Entry, find_entries
from shufflenet_ros.dataset.split import split


def scene(seed, side=96):
    """Draw an image of its own, with structure at several sizes."""
    rng = np.random.default_rng(seed)
    parts = [cv2.resize(rng.normal(0, 1, (n, n, 3)), (side, side), interpolation=cv2.INTER_CUBIC)
             for n in (4, 8, 16)]
    return np.clip(128 + 30 * sum(parts), 0, 255).astype(np.uint8)


def data_set(images, labels, sides=None):
    """Make a data set of images as it is after reading."""
    kept = Images()
    for image in images:
        kept.append(image)
    entries = tuple(Entry(Path(f'{n}.png'), 'ab'[label], sides[n] if sides else '', f'{n}.png')
                    for n, label in enumerate(labels))
    return Dataset(('a', 'b'), kept, np.array(labels), (), entries,
                   tuple(f'{n}' for n in range(len(labels))))


def jpeg(image):
    return cv2.imdecode(cv2.imencode('.jpg', image, (cv2.IMWRITE_JPEG_QUALITY, 60))[1], 1)


@pytest.mark.parametrize('change', [
    jpeg, lambda image: cv2.resize(image, (60, 60), interpolation=cv2.INTER_AREA),
    lambda image: cv2.convertScaleAbs(image, alpha=0.8, beta=10), lambda image: image[:, ::-1],
    lambda image: image[::-1], lambda image: np.rot90(image),
], ids=['jpeg', 'resized', 'darker', 'mirrored', 'upside down', 'quarter turn'])
def test_a_changed_copy_is_found_among_other_images(change):
    """Of twenty images and one copy, the copy's pair is found and no other."""
    images = [scene(seed) for seed in range(20)]
    images.append(np.ascontiguousarray(change(images[7])))
    assert near_duplicates(signatures(images)) == [(7, 20)]


def test_plain_images_are_like_nothing():
    """Two sheets of one colour have no texture that could show the same scene."""
    assert near_duplicates(signatures([np.full((64, 64, 3), 90, np.uint8)] * 3)) == []


def test_what_is_alike_by_way_of_others_is_one_group():
    """Frames of a slow drive are alike one by one, from the first to the last."""
    assert groups(5, [(0, 1), (1, 3)]).tolist() == [0, 0, 2, 0, 4]


def test_a_drawn_split_keeps_duplicates_on_one_side():
    """Each class has its share in val, and no image has its like on the other side."""
    scenes = [scene(seed) for seed in range(40)]
    images = [image for one in scenes for image in (one, jpeg(one))]
    labels = [number // 40 for number in range(80)]
    found = split(data_set(images, labels), val_share=0.2)
    names = [{int(entry.path.stem) // 2 for entry in side.entries}
             for side in (found.train, found.val)]
    assert not names[0] & names[1] and len(names[0] | names[1]) == 40
    assert np.bincount(found.val.labels).tolist() == [8, 8]


@pytest.mark.parametrize('keep, left', [(False, 3), (True, 4)])
def test_in_a_given_split_train_loses_what_val_has(keep, left):
    """The image of train is named and left out, or kept where the user wants that."""
    images = [scene(seed) for seed in range(5)]
    images.append(jpeg(images[0]))
    lines = []
    found = split(data_set(images, [0, 0, 1, 1, 1, 0], ['train'] * 4 + ['val'] * 2),
                  keep_duplicates=keep, val_share=0.15, log=lines.append)
    assert len(found.train) == left and found.dropped == 4 - left
    assert lines == [f'{"kept" if keep else "left out"}: 0.png is a near-duplicate of 5.png']


def test_a_class_too_small_to_split_is_refused():
    """Copies of one image are one image."""
    images = [scene(seed) for seed in range(8)] + [scene(8)] * 4
    with pytest.raises(DatasetError, match="class 'b' has 4 usable images, 1 of them different"):
        split(data_set(images, [0] * 8 + [1] * 4), val_share=0.15)


def test_a_csv_names_images_classes_and_splits(tmp_path):
    """Paths are below the file's folder; a missing image is listed, not fatal."""
    rows = ['path,label,split']
    for number in range(4):
        cv2.imwrite(str(tmp_path / f'{number}.png'), scene(number))
        rows.append(f'{number}.png,{"ab"[number % 2]},{"train" if number < 2 else "val"}')
    (tmp_path / 'data.csv').write_text('\n'.join([*rows, 'gone.png,a,train']))
    entries = find_entries(tmp_path / 'data.csv')
    assert [(entry.label, entry.split) for entry in entries] == [
        ('a', 'train'), ('b', 'train'), ('a', 'val'), ('b', 'val'), ('a', 'train')]
    found = read_entries(entries, ('a', 'b'))
    assert len(found) == 4 and 'gone.png: cannot be read' in found.skipped[0]


@pytest.mark.parametrize('content, reason', [
    (b'path,label\n\xff\xfe.png,a\n', 'not UTF-8'),
    (b'file,class\n1.png,a\n', 'expected path,label'),
    (b'path,label\n1.png,\n', 'none of its 1 rows has a label'),
    (b'path,label\n1.png,' + b'a' * 200000, 'not readable as CSV after line 1'),
    (b'path,label,split\n1.png,a,test\n', "line 2 has split 'test', expected train or val"),
    (b'path,label\n1.png,a\n2.png,a\n', r"1 classes \['a'\], expected at least two"),
    (b'path,label,split\n1.png,a,train\n2.png,b,train\n3.png,b,val\n',
     "no image of class 'a' in split 'val'")])
def test_a_bad_csv_is_refused_with_the_place(tmp_path, content, reason):
    """The line, what stands there, and what was expected."""
    (tmp_path / 'data.csv').write_bytes(content)
    with pytest.raises(DatasetError, match=reason):
        find_entries(tmp_path / 'data.csv')
