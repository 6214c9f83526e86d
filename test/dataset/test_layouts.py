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

"""Which folders are a split, which are classes: told by name and content, or refused."""

from dataset.labelled_folders import write_images
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.sources import find_entries


def write_below(root, *folders):
    for number, folder in enumerate(folders):
        write_images(root / folder, 1, seed=number)


@pytest.mark.parametrize('train, val', [
    ('Train', 'Val'), ('TRAIN', 'VAL'), ('training', 'testing'), ('Training', 'validation'),
    ('train', 'valid'), ('train', 'test'), ('train_set', 'val-set'), ('train2017', 'val2017'),
    ('trn', 'tst'), ('train data', 'dev')])
def test_the_usual_names_of_a_split_are_taken_in_any_case(tmp_path, train, val):
    """Never trained as two classes that are called train and val."""
    write_below(tmp_path, train, val)
    found = find_entries(tmp_path)
    assert [(entry.label, entry.split) for entry in found] == [
        ('leaves', 'train'), ('rust', 'train'), ('leaves', 'val'), ('rust', 'val')]
    assert found[0].name == f'{train}/leaves/000.png'


def test_what_lies_beside_a_split_is_left_out_and_named(tmp_path):
    """Val measures where there is a test as well."""
    write_below(tmp_path, 'train', 'valid', 'test', 'extra')
    said = []
    assert {entry.path.parts[-3] for entry in find_entries(tmp_path, said.append)} == {
        'train', 'valid'}
    assert len(said) == 1 and "'extra', 'test'" in said[0]


@pytest.mark.parametrize('folders, words', [
    (('train', 'Train', 'val'), 'Train, train all look like the train side'),
    (('train', 'val', 'validation'), 'val, validation all look like the val side'),
    (('Training',), "a folder 'Training' but none named 'val'"),
    (('TEST', 'more'), "a folder 'TEST' but none named 'train'"),
    (('day1', 'day2'), r'\(leaves, rust\) lie in each of day1, day2'),
    (('garden', 'park', 'yard'), r'\(leaves, rust\) lie in each of garden, park, yard'),
    (('train/day1', 'train/day2', 'val/day1', 'val/day2'), 'which of them are the classes'),
])
def test_folders_that_may_be_several_things_are_refused(tmp_path, folders, words):
    """One line that names them; a guess would cost a training."""
    write_below(tmp_path, *folders)
    with pytest.raises(DatasetError, match=words) as caught:
        find_entries(tmp_path)
    assert str(tmp_path) in str(caught.value) and '\n' not in str(caught.value)


def test_days_that_saw_different_classes_are_refused(tmp_path):
    """No class is called day1."""
    for day, name in (('2024-05-01', 'leaves'), ('2024-05-02', 'rust')):
        write_images(tmp_path / 'x', 1)
        (tmp_path / 'x' / name).rename(tmp_path / 'x' / f'{name}_{day}')
        (tmp_path / 'x').rename(tmp_path / day)
    with pytest.raises(DatasetError, match='which of them are the classes cannot be told'):
        find_entries(tmp_path)


def put_below_classes(folder, *names):
    """Turn folders with classes in them into ``data/<class>/<folder>``."""
    for label in ('leaves', 'rust'):
        (folder / 'data' / label).mkdir(parents=True)
        for name in names:
            (folder / name / label).rename(folder / 'data' / label / name)


def test_a_split_below_the_classes_is_refused(tmp_path):
    """Its images of val would be trained with."""
    write_below(tmp_path, 'train', 'val')
    put_below_classes(tmp_path, 'train', 'val')
    with pytest.raises(DatasetError, match='train/<class> and val/<class>'):
        find_entries(tmp_path / 'data')


def test_classes_may_be_sorted_by_day_and_called_like_a_side(tmp_path):
    """Folders of days below classes; a class of trains."""
    write_below(tmp_path, 'day1', 'day2')
    put_below_classes(tmp_path, 'day1', 'day2')
    assert [entry.label for entry in find_entries(tmp_path / 'data')] == ['leaves'] * 2 + [
        'rust'] * 2
    write_images(tmp_path / 'cars', 1)
    (tmp_path / 'cars' / 'rust').rename(tmp_path / 'cars' / 'train')
    assert [entry.label for entry in find_entries(tmp_path / 'cars')] == ['leaves', 'train']
