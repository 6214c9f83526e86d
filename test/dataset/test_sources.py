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

"""What DATA of the training may be, and what is refused in clear words."""

from pathlib import Path

import cv2
from dataset.labelled_folders import write_images
import pytest
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.labelled_images import read_entries
from shufflenet_ros.dataset.sources import find_entries


def csv(folder, text, encoding='utf-8'):
    path = folder / 'photos.csv'
    path.write_bytes(text.encode(encoding))
    return path


def test_a_given_split_is_taken(tmp_path):
    """Images below train and val carry their split and their class."""
    write_images(tmp_path / 'train', 3)
    write_images(tmp_path / 'val', 1)
    found = find_entries(tmp_path)
    assert [entry.split for entry in found] == ['train'] * 6 + ['val'] * 2
    assert found[0].name == 'train/leaves/000.png' and found[0].label == 'leaves'


def test_class_folders_alone_have_no_split(tmp_path):
    """A part is set apart later."""
    found = find_entries(write_images(tmp_path, 2))
    assert {entry.split for entry in found} == {''} and len(found) == 4


def test_a_csv_file_names_path_label_and_split(tmp_path):
    """Columns in any order, with the byte order mark of spreadsheets; paths beside the file."""
    path = csv(tmp_path, '\ufefflabel,split,path\nred,train,a.png\nred,val,b.png\n'
                         'blue,train,sub/c.png\nblue,val,d.png\n')
    found = find_entries(path)
    assert [(entry.label, entry.split) for entry in found] == [
        ('red', 'train'), ('red', 'val'), ('blue', 'train'), ('blue', 'val')]
    assert found[2].path == tmp_path / 'sub' / 'c.png'


def test_rows_that_are_not_labelled_yet_are_left_out(tmp_path):
    """As frames of bags are: whoever labels a part of them can train with that part."""
    path = csv(tmp_path, 'path,label\na.png,red\nb.png,\nc.png, \nd.png,blue\n')
    said = []
    assert [(entry.name, entry.label) for entry in find_entries(path, said.append)] == [
        ('a.png', 'red'), ('d.png', 'blue')]
    assert said == [f'{path}: 2 of 4 rows have no label and are left out']


@pytest.mark.parametrize('text, encoding, words', [
    ('file,class\na.png,red\n', 'utf-8', "columns ['file', 'class'], expected path,label"),
    ('path,label\na.png,r\u00f6d\n', 'latin-1', 'not UTF-8 text (byte '),
    ('path,label\na.png,\n', 'utf-8', 'none of its 1 rows has a label'),
    ('path,label\n,red\n', 'utf-8', 'line 2 has no path'),
    ('path,label,split\na.png,red,test\n', 'utf-8', "line 2 has split 'test'"),
    ('path,label\na.png,red\nb.png,red\n', 'utf-8', "1 classes ['red']"),
    ('path,label\n', 'utf-8', '0 classes []'),
    ('path,label,split\na.png,red,train\nb.png,blue,val\n', 'utf-8',
     "no image of class 'blue' in split 'train'"),
])
def test_a_csv_file_that_cannot_be_used_is_refused(tmp_path, text, encoding, words):
    """Each message names the file and what is wrong with it."""
    path = csv(tmp_path, text, encoding)
    with pytest.raises(DatasetError) as caught:
        find_entries(path)
    assert words in str(caught.value) and str(path) in str(caught.value)


def test_folders_that_cannot_be_used_are_refused(tmp_path):
    """Nothing there, half a split, one class, a class without images."""
    with pytest.raises(DatasetError, match='no such folder'):
        find_entries(tmp_path / 'missing')
    write_images(tmp_path / 'half' / 'train', 1)
    with pytest.raises(DatasetError, match="a folder 'train' but none named 'val'"):
        find_entries(tmp_path / 'half')
    (tmp_path / 'one' / 'grass').mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"1 class folders \['grass'\]"):
        find_entries(tmp_path / 'one')
    (write_images(tmp_path / 'empty', 1) / 'grass').mkdir()
    with pytest.raises(DatasetError, match="class 'grass' has no image"):
        find_entries(tmp_path / 'empty')


def test_characters_of_other_systems_do_not_end_a_line(tmp_path):
    """U+0085, U+2028, form feed in paths; byte order marks of joined files; ends of old Macs."""
    names = ['a\u0085b.png', 'c\u2028d.png', 'e\x0cf.png', 'g.png']
    labels = ('red', '\ufeffblue\u200b', 'red', 'blue')
    text = '\ufeff\ufeffpath,label\r' + ''.join(
        f'{name},{label}\r' for name, label in zip(names, labels))
    found = find_entries(csv(tmp_path, text))
    assert [(entry.name, entry.label) for entry in found] == list(
        zip(names, ('red', 'blue', 'red', 'blue')))


@pytest.mark.parametrize('content, words', [
    (b'path,label\na.png,red\nb\0.png,blue\n', 'line 3 has a NUL byte'),
    ('path,label\na.png,red\n'.encode('utf-16'), 'UTF-16'),
    ('path,label\na.png,"r\u2028ed"\n'.encode(), 'line 2 has label'),
    (b'path,label\na.png,"r\ned"\n', 'line 3 has label'),
    (b'path,label\na.png,r\x1b[31med\n', 'line 2 has label')])
def test_text_that_cannot_name_a_file_or_class_is_refused(tmp_path, content, words):
    """One line, where it stands, and what to do; nothing of it reaches the terminal."""
    path = tmp_path / 'data.csv'
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=words) as caught:
        find_entries(path)
    assert str(caught.value).isprintable()


def test_paths_of_another_machine_are_counted(tmp_path):
    """Before anything is read: how many are missing, and one of them."""
    rows = ''.join(f'C:\\Users\\me\\{number}.png,{"ab"[number % 2]}\n' for number in range(6))
    path = csv(tmp_path, 'path,label\n' + rows)
    with pytest.raises(DatasetError, match=r'6 of 6 files are not there, e.g. .*C:\\Users'):
        read_entries(find_entries(path), ('a', 'b'))


def test_folders_and_splits_may_be_written_as_windows_does(tmp_path):
    """Backslashes lead to the file that is there; sides of a split in any case."""
    write_images(tmp_path, 2)
    path = csv(tmp_path, 'path,label,split\n' + ''.join(
        f'{name}\\00{number}.png,{name},{("Train", "VALIDATION")[number]}\n'
        for name in ('leaves', 'rust') for number in range(2)))
    found = find_entries(path)
    assert [entry.split for entry in found] == ['train', 'val'] * 2
    assert all(cv2.imread(str(entry.path)) is not None for entry in found)


def test_names_longer_than_any_file_are_one_line():
    """Three hundred and ten thousand letters alike."""
    for length in (300, 10_000):
        with pytest.raises(DatasetError, match='no such folder') as caught:
            find_entries(Path('x' * length))
        assert len(str(caught.value)) < 1000
