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

"""Names for a checkpoint's classes: given, fetched, or numbers; never silently wrong ones."""

import hashlib

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.downloads.catalogue import Item
from shufflenet_ros.training.weights.class_names import class_names

SYNSETS = ''.join(f'n{index:08} bird {index // 2}, Avis {index}\n' for index in range(1000))
NAMES = Item('names', 'names.txt', 'http://localhost/', len(SYNSETS),
             hashlib.sha256(SYNSETS.encode()).hexdigest(), '', '', '')


def write(folder, text):
    path = folder / 'names.txt'
    path.write_text(text)
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Give a cache folder of its own."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    folder = tmp_path / 'shufflenet_ros'
    folder.mkdir()
    return folder


def test_names_that_stand_twice_are_told_apart(tmp_path):
    """There are two cranes in ImageNet; a result must say which one it is."""
    path = write(tmp_path, 'crane\nkite\ncrane\n')
    assert class_names(path, 3, print) == ('crane (0)', 'kite', 'crane (2)')


def test_of_a_synset_the_first_name_is_taken(tmp_path):
    """Numbers of WordNet and the other names stay away, commas of other lists stay."""
    assert class_names(write(tmp_path, 'n01440764 tench, Tinca tinca\nn01443537 goldfish\n'),
                       2, print) == ('tench', 'goldfish')
    assert class_names(write(tmp_path, 'door, open\nn01443537 goldfish\n'), 2, print) == (
        'door, open', 'n01443537 goldfish')


@pytest.mark.parametrize('text, word', [
    ('one\n', '1 lines; expected 2'), ('one\n\n', 'line 2 is empty'), (None, 'cannot be read')])
def test_a_list_that_does_not_fit_is_refused(tmp_path, text, word):
    """Before the work starts, with the option named."""
    path = write(tmp_path, text) if text else tmp_path / 'missing'
    with pytest.raises(ConfigurationError, match=f'--labels {path}: {word}'):
        class_names(path, 2, print)


def test_fetched_names_serve_a_thousand_classes(cache):
    """And it is said that they are a guess."""
    write(cache, SYNSETS)
    said = []
    names = class_names(None, 1000, said.append, NAMES)
    assert names[:3] == ('bird 0 (0)', 'bird 0 (1)', 'bird 1 (2)')
    assert "1000 classes: ImageNet's names" in said[0] and '--labels FILE gives others' in said[0]


@pytest.mark.parametrize('text, classes, hinted', [
    (None, 1000, True), (SYNSETS.replace('bird 7', 'bird 8'), 1000, True), (SYNSETS, 10, False)])
def test_otherwise_classes_get_numbers(cache, text, classes, hinted):
    """Where nothing was fetched, it was damaged, or the classes are not ImageNet's."""
    if text:
        write(cache, text)
    said = []
    names = class_names(None, classes, said.append, NAMES)
    assert names == tuple(f'class_{index}' for index in range(classes))
    assert ('shufflenet_ros fetch names' in said[0]) == hinted
