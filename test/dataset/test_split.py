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

"""Near-duplicates are found whatever was done to them, and never stand on both sides."""

import cv2
from dataset.labelled_folders import write_images
import numpy as np
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.images import Images
from shufflenet_ros.dataset.labelled_images import Dataset, read_entries
from shufflenet_ros.dataset.near_duplicates import groups, near_duplicates, signatures
from shufflenet_ros.dataset.sources import Entry, find_entries
from shufflenet_ros.dataset.split import split


def scene(seed, size=120):
    """Draw an image with shapes, unlike that of any other seed."""
    rng = np.random.default_rng(seed)
    image = cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (size, size))
    for _ in range(6):
        centre = tuple(map(int, rng.integers(0, size, 2)))
        cv2.circle(image, centre, int(rng.integers(5, 30)), rng.integers(0, 256, 3).tolist(), -1)
    return image


def dataset(scenes, labels, splits=None):
    """Put images into a data set."""
    images = Images()
    for image in scenes:
        images.append(image)
    splits = splits or [''] * len(labels)
    entries = tuple(Entry(None, f'c{label}', side, f'{number}.png')
                    for number, (label, side) in enumerate(zip(labels, splits)))
    return Dataset(('c0', 'c1'), images, np.array(labels), (), entries,
                   tuple(str(number) for number in range(len(labels))))


@pytest.mark.parametrize('change', [
    lambda image: image,
    lambda image: cv2.resize(image, (70, 70), interpolation=cv2.INTER_AREA),
    lambda image: cv2.imdecode(cv2.imencode('.jpg', image, (1, 50))[1], 1),
    lambda image: cv2.convertScaleAbs(image, alpha=0.8, beta=20),
    lambda image: cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
    lambda image: np.ascontiguousarray(image[:, ::-1]),
    lambda image: np.ascontiguousarray(image[::-1]),
    lambda image: np.ascontiguousarray(np.rot90(image)),
    lambda image: np.ascontiguousarray(np.rot90(image[:, ::-1])),
], ids=['copy', 'resized', 'jpeg', 'brighter', 'grey', 'mirrored', 'upside down',
        'turned', 'both'])
def test_changed_copies_are_found_and_nothing_else(change):
    """Among thirty different images only the copy matches, and only its original."""
    scenes = [scene(seed) for seed in range(30)]
    found = near_duplicates(signatures([*scenes, change(scenes[7])]))
    assert found == [(7, 30)]


def test_images_of_one_colour_match_nothing():
    """A lens cap is no texture to compare."""
    assert near_duplicates(signatures([np.full((50, 50, 3), value, np.uint8)
                                       for value in (0, 0, 128)])) == []


def test_duplicates_of_duplicates_are_one_group():
    """What is alike by a chain stays together."""
    assert groups(6, [(0, 3), (3, 5), (1, 2)]).tolist() == [0, 1, 1, 0, 4, 0]


def test_a_part_of_each_class_is_set_apart_and_copies_stay_together():
    """15 % of each class, the same for the same seed, another for another."""
    scenes = [scene(seed) for seed in range(40)]
    copies = [np.ascontiguousarray(image[:, ::-1]) for image in scenes]
    data = dataset([*scenes, *copies], [*([0] * 20 + [1] * 20)] * 2)
    sides = [split(data, val_share=0.15, seed=seed) for seed in (0, 0, 1)]
    for found in sides:
        assert len(found.val) == 12 and len(found.train) == 68
        assert np.bincount(found.val.labels).tolist() == [6, 6]
        names = {int(entry.name[:-4]) % 40 for entry in found.val.entries}
        assert len(names) == 6, 'a copy is on the other side'
    first, same, other = ([entry.name for entry in found.val.entries] for found in sides)
    assert first == same and first != other


def test_a_given_split_loses_the_copies_in_train():
    """They are named; keep_duplicates leaves them."""
    scenes = [scene(0), scene(1), scene(2), scene(3), scene(0)[:, ::-1].copy(), scene(5)]
    data = dataset(scenes, [0, 0, 1, 1, 0, 1], ['train'] * 4 + ['val'] * 2)
    lines = []
    found = split(data, val_share=0.15, log=lines.append)
    assert [entry.name for entry in found.train.entries] == ['1.png', '2.png', '3.png']
    assert found.dropped == 1
    assert lines == ['left out: 0.png is a near-duplicate of 4.png']
    assert len(split(data, keep_duplicates=True, val_share=0.15).train) == 4


def test_a_class_with_too_few_images_is_refused():
    """Copies do not count: four different ones are needed."""
    scenes = [scene(seed) for seed in range(5)] + [scene(9)] * 4
    with pytest.raises(DatasetError, match="class 'c1' has 4 usable images, 1 of them different"):
        split(dataset(scenes, [0] * 5 + [1] * 4), val_share=0.15)


def test_the_same_image_in_two_classes_is_pointed_out():
    """One of the labels must be wrong."""
    lines = []
    scenes = [scene(seed) for seed in range(8)] + [scene(0)]
    split(dataset(scenes, [0] * 4 + [1] * 5), val_share=0.15, log=lines.append)
    assert lines == ['check: 0.png and 8.png are near-duplicates but have different '
                     'classes']


def test_images_beyond_the_memory_are_kept_as_jpeg():
    """They come back at the same size, and nearly the same."""
    images = Images(raw_bytes=120 * 120 * 3)
    for seed in range(2):
        images.append(scene(seed))
    assert images[0] is images._kept[0] and images.nbytes < 1.7 * 120 * 120 * 3
    assert images[1].shape == (120, 120, 3)
    assert np.abs(images[1].astype(int) - scene(1)).mean() < 8


def test_the_digest_is_that_of_names_classes_and_contents(tmp_path):
    """The same data give the same one; one changed byte, name or class gives another."""
    def digest():
        return read_entries(find_entries(tmp_path), ('leaves', 'rust')).digest()
    write_images(tmp_path, 2)
    first = digest()
    assert digest() == first
    (tmp_path / 'rust' / '001.png').rename(tmp_path / 'rust' / '002.png')
    renamed = digest()
    (tmp_path / 'rust' / '002.png').rename(tmp_path / 'leaves' / '002.png')
    assert len({first, renamed, digest()}) == 3
