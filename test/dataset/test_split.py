"""Near-duplicates are found whatever was done to them, and never stand on both sides."""

import cv2
from dataset.labelled_folders import write_pictures
import numpy as np
import pytest

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.labelled_images import Dataset, Images, read_entries
from shufflenet_ros.dataset.near_duplicates import groups, near_duplicates, signatures
from shufflenet_ros.dataset.sources import Entry, find_entries
from shufflenet_ros.dataset.split import split


def scene(seed, size=120):
    """Draw a picture with shapes, unlike that of any other seed."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (size, size))
    for _ in range(6):
        centre = tuple(map(int, rng.integers(0, size, 2)))
        cv2.circle(picture, centre, int(rng.integers(5, 30)), rng.integers(0, 256, 3).tolist(), -1)
    return picture


def dataset(pictures, labels, splits=None):
    """Put pictures into a data set."""
    images = Images()
    for picture in pictures:
        images.append(picture)
    splits = splits or [''] * len(labels)
    entries = tuple(Entry(None, f'c{label}', side, f'{number}.png')
                    for number, (label, side) in enumerate(zip(labels, splits)))
    return Dataset(('c0', 'c1'), images, np.array(labels), (), entries,
                   tuple(str(number) for number in range(len(labels))))


@pytest.mark.parametrize('change', [
    lambda picture: picture,
    lambda picture: cv2.resize(picture, (70, 70), interpolation=cv2.INTER_AREA),
    lambda picture: cv2.imdecode(cv2.imencode('.jpg', picture, (1, 50))[1], 1),
    lambda picture: cv2.convertScaleAbs(picture, alpha=0.8, beta=20),
    lambda picture: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
    lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    lambda picture: np.ascontiguousarray(picture[::-1]),
    lambda picture: np.ascontiguousarray(np.rot90(picture)),
    lambda picture: np.ascontiguousarray(np.rot90(picture[:, ::-1])),
], ids=['copy', 'resized', 'jpeg', 'brighter', 'grey', 'mirrored', 'upside down',
        'turned', 'both'])
def test_changed_copies_are_found_and_nothing_else(change):
    """Among thirty different pictures only the copy matches, and only its original."""
    pictures = [scene(seed) for seed in range(30)]
    found = near_duplicates(signatures([*pictures, change(pictures[7])]))
    assert found == [(7, 30)]


def test_pictures_of_one_colour_match_nothing():
    """A lens cap is no texture to compare."""
    assert near_duplicates(signatures([np.full((50, 50, 3), value, np.uint8)
                                       for value in (0, 0, 128)])) == []


def test_duplicates_of_duplicates_are_one_group():
    """What is alike by a chain stays together."""
    assert groups(6, [(0, 3), (3, 5), (1, 2)]).tolist() == [0, 1, 1, 0, 4, 0]


def test_a_part_of_each_class_is_set_apart_and_copies_stay_together():
    """15 % of each class, the same for the same seed, another for another."""
    pictures = [scene(seed) for seed in range(40)]
    copies = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures]
    data = dataset([*pictures, *copies], [*([0] * 20 + [1] * 20)] * 2)
    sides = [split(data, seed=seed, say=print) for seed in (0, 0, 1)]
    for found in sides:
        assert len(found.val) == 12 and len(found.train) == 68
        assert np.bincount(found.val.labels).tolist() == [6, 6]
        names = {int(entry.name[:-4]) % 40 for entry in found.val.entries}
        assert len(names) == 6, 'a copy is on the other side'
    first, same, other = ([entry.name for entry in found.val.entries] for found in sides)
    assert first == same and first != other


def test_a_given_split_loses_the_copies_in_train():
    """They are named; keep_duplicates leaves them."""
    pictures = [scene(0), scene(1), scene(2), scene(3), scene(0)[:, ::-1].copy(), scene(5)]
    data = dataset(pictures, [0, 0, 1, 1, 0, 1], ['train'] * 4 + ['val'] * 2)
    lines = []
    found = split(data, say=lines.append)
    assert [entry.name for entry in found.train.entries] == ['1.png', '2.png', '3.png']
    assert found.moved == 1
    assert lines == ['left out: 0.png shows the same picture as 4.png']
    assert len(split(data, keep_duplicates=True, say=print).train) == 4


def test_a_class_with_too_few_pictures_is_refused():
    """Copies do not count: four different ones are needed."""
    pictures = [scene(seed) for seed in range(5)] + [scene(9)] * 4
    with pytest.raises(DatasetError, match="class 'c1' has 4 usable images, 1 of them different"):
        split(dataset(pictures, [0] * 5 + [1] * 4), say=print)


def test_the_same_picture_in_two_classes_is_pointed_out():
    """One of the labels must be wrong."""
    lines = []
    pictures = [scene(seed) for seed in range(8)] + [scene(0)]
    split(dataset(pictures, [0] * 4 + [1] * 5), say=lines.append)
    assert lines == ['check: 0.png and 8.png look like the same picture but have different '
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
    write_pictures(tmp_path, 2)
    first = digest()
    assert digest() == first
    (tmp_path / 'rust' / '001.png').rename(tmp_path / 'rust' / '002.png')
    renamed = digest()
    (tmp_path / 'rust' / '002.png').rename(tmp_path / 'leaves' / '002.png')
    assert len({first, renamed, digest()}) == 3
