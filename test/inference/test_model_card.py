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

"""A model folder that contradicts itself is refused in one line that names the fault."""

import hashlib
from pathlib import Path
import shutil

from costs import in_time
import pytest
from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.geometry import Geometry, RESIZE_MODES
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import INT8_FORMS, NATIVE
from shufflenet_ros.inference.labels import read_labels
from shufflenet_ros.inference.model_card import find_model, load_model
from shufflenet_ros.inference.model_folder import complete, Facts
import yaml

SHIPPED = Path(__file__).resolve().parents[2] / 'models'


@pytest.fixture
def folder(tmp_path):
    """Make a copy of the shipped model to break."""
    return Path(shutil.copytree(SHIPPED / 'surfaces', tmp_path / 'surfaces'))


def edit(folder, change):
    """Change the card with a function of its parsed content."""
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    change(card)
    (folder / 'card.yaml').write_text(yaml.safe_dump(card))


def replace_graphs(folder, content):
    """Write all int8 files, of which the machine chooses one."""
    for form in (NATIVE, *INT8_FORMS):
        replace_file(folder, f'model.int8.{form}.onnx', content)


def replace_file(folder, name, content):
    """Write a file and put its true hash into the card."""
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    edit(folder, lambda card: card['files'][name].update(sha256=digest))


def refused(folder):
    """Return the one line with which the folder is refused by card or engine."""
    with pytest.raises(ModelError) as caught:
        Engine(load_model(folder))
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_the_shipped_model_is_whole(folder):
    """Ten surfaces, and a card with origin, licence and command."""
    spec = load_model(folder)
    assert len(spec.labels) == 10 and 'grass' in spec.labels
    assert spec.card['data']['licence'] and spec.card['data']['origin'] and spec.card['command']
    assert spec.card['metrics']['top1_int8'] >= 0.8


@pytest.mark.parametrize('name', [
    'card.yaml', 'labels.txt', 'model.int8.u8.onnx', 'model.int8.s8.onnx', 'model.fp32.onnx'])
def test_a_missing_file_is_named(folder, name):
    """Each file in turn."""
    (folder / name).unlink()
    assert f'{name}: missing' in refused(folder) or 'labels.txt: missing' in refused(folder)


@pytest.mark.parametrize('name', ['labels.txt', 'model.int8.s8.onnx', 'model.fp32.onnx'])
def test_a_damaged_file_is_named_with_both_hashes(folder, name):
    """One byte is enough."""
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert f'{name}: damaged or changed: sha256' in refused(folder)


@pytest.mark.parametrize('name', ['card.yaml', 'labels.txt', 'model.int8.s8.onnx'])
def test_an_empty_file_is_refused(folder, name):
    """A copy that broke off at once."""
    (folder / name).write_bytes(b'')
    assert name in refused(folder)


@pytest.mark.parametrize('content, word', [
    (b'format: [', 'cannot be read as YAML'), (b'- 1', 'card format'), (b'\xff\xfe\x00', 'YAML'),
    (b'format: 3', 'card format 3'), (b'format: 1', 'missing or misplaced entry'),
    (b'format: 2', 'missing or misplaced entry')])
def test_a_card_that_is_no_card_is_refused(folder, content, word):
    """Broken YAML, another format, nothing in it."""
    (folder / 'card.yaml').write_bytes(content)
    assert word in refused(folder)


@pytest.mark.parametrize('change, word', [
    (lambda card: card['input'].update(channel_order='bgr'), "channel_order 'bgr'"),
    (lambda card: card['input'].update(height=0), 'x0 pixels'),
    (lambda card: card['input'].update(height=192), 'contradict the card'),
    (lambda card: card['input'].update(height='tall'), "'tall'"),
    (lambda card: card.update(classes=9), '10 labels, but the card says 9'),
    (lambda card: card['files'].pop('labels.txt'), 'no entry for labels.txt'),
    (lambda card: [card['files'].pop(f'model.int8.{form}.onnx')
                   for form in ('native', 'u8', 's8')],
     "no file of precision 'int8' and form '"),
    (lambda card: card.pop('input'), "'input'"),
    (lambda card: card.update(files=[1]), 'card.yaml'),
    (lambda card: card.update(threshold='high'), "threshold 'high', expected a number from 0"),
    (lambda card: card.update(threshold=1.01), 'threshold 1.01, expected a number from 0 to 1'),
    (lambda card: card.update(threshold=-0.1), 'threshold -0.1'),
    (lambda card: card.update(threshold=float('nan')), 'threshold nan'),
    (lambda card: card.update(threshold=True), 'threshold True'),
])
def test_a_card_that_contradicts_the_folder_is_refused(folder, change, word):
    """Each entry that the node relies on."""
    edit(folder, change)
    assert word in refused(folder)


@pytest.mark.parametrize('found, expected', [(None, None), (0, 0.0), (0.62, 0.62), (1, 1.0)])
def test_a_threshold_of_the_card_is_taken(folder, found, expected):
    """Whole numbers too; a card without one, or an empty entry, has none."""
    assert load_model(folder).threshold is None
    edit(folder, lambda card: card.update(threshold=found))
    assert load_model(folder).threshold == expected


@pytest.mark.parametrize('content, word', [
    (b'a\nb\n', '2 labels, but the card says 10'), (b'a\n\nb\n', 'line 2 is empty'),
    (b'a\na\n', "'a' is named twice"), (b'\xff', 'cannot be read as UTF-8')])
def test_labels_that_cannot_be_are_refused(folder, content, word):
    """Too few, empty, twice, not text."""
    replace_file(folder, 'labels.txt', content)
    assert word in refused(folder)


def test_an_onnx_file_that_is_none_is_refused(folder):
    """With the right hash, onnxruntime's own reason is given in one line."""
    replace_graphs(folder, b'not a graph')
    assert 'onnxruntime cannot load it' in refused(folder)


def test_models_are_found_by_name_or_path(folder):
    """A shipped name, a path, and a list of what there is for anything else."""
    assert find_model('surfaces', SHIPPED) == SHIPPED / 'surfaces'
    assert find_model(str(folder), SHIPPED) == folder
    with pytest.raises(ModelError, match="'surface': neither .* shipped models .*surfaces"):
        find_model('surface', SHIPPED)
    with pytest.raises(ModelError, match='no such model folder'):
        load_model(folder / 'nowhere')


def test_a_folder_called_like_a_model_hides_nothing(tmp_path, monkeypatch):
    """Images of surfaces in a folder "surfaces", say; only with a card in it does it count."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'surfaces' / 'grass').mkdir(parents=True)
    assert find_model('surfaces', SHIPPED) == SHIPPED / 'surfaces'
    shutil.copytree(SHIPPED / 'waste', tmp_path / 'surfaces', dirs_exist_ok=True)
    assert find_model('surfaces', SHIPPED) == Path('surfaces')
    (tmp_path / 'mine').mkdir()
    with pytest.raises(ModelError, match="'mine': a folder without card.yaml, and not one of the"):
        find_model('mine', SHIPPED)
    with pytest.raises(ModelError, match='card.yaml: missing'):
        load_model(find_model('./mine', SHIPPED))


@pytest.mark.parametrize('name', [
    '', ' ', '~nobody_of_that_name', 'x' * 300, 'x' * 10_000, 'a\0b', '../../..', '\x1b[31m\n'])
def test_a_name_that_is_no_model_is_one_line(folder, monkeypatch, name):
    """In a model folder as well: no name is not the name of the current folder."""
    monkeypatch.chdir(folder)
    with pytest.raises(ModelError) as caught:
        load_model(find_model(name, SHIPPED))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1000


@pytest.mark.parametrize('content, word', [
    ('a\tb', 'line 1'), ('a\n\x1b[1m', 'line 2'), ('a\u2028b', 'line 1'), ('a\x85b', 'line 1'),
    ('a\rb', 'line 1'), ('a\0', 'line 1'), ('a\n \n', 'line 2 is empty')])
def test_a_label_is_one_line_of_text(folder, content, word):
    """What ends a line for some program, or commands a terminal, is named with its line."""
    replace_file(folder, 'labels.txt', content.encode())
    assert word in refused(folder) and refused(folder).isprintable()


def test_labels_may_come_from_windows(folder):
    """A byte order mark and its line ends are not part of any name."""
    labels = load_model(folder).labels
    replace_file(folder, 'labels.txt', ('\ufeff' + '\r\n'.join(labels) + '\r\n').encode())
    assert load_model(folder).labels == labels


def test_many_labels_take_no_long_time(tmp_path):
    """Time grows with their number, not with its square."""
    (tmp_path / 'labels.txt').write_text(''.join(f'{n}\n' for n in range(100_000)) + '7\n')

    def read():
        with pytest.raises(ModelError, match="class '7' is named twice"):
            read_labels(tmp_path / 'labels.txt')

    in_time(read, 5)


@pytest.mark.parametrize('mode', RESIZE_MODES)
def test_a_card_says_how_images_are_fitted(folder, mode):
    """As it is written by a training; what only knows how to crop must not read other cards."""
    geometry = Geometry(160, 160, 0.875, mode)
    spec = complete(folder, 'surfaces', Facts(3, 0.5, geometry, load_model(folder).labels))
    assert spec.geometry == load_model(folder).geometry == geometry
    card = yaml.safe_load((folder / 'card.yaml').read_text())
    assert card['input']['resize_mode'] == mode
    assert card['format'] == (1 if mode == 'crop' else 2)


def test_a_card_without_a_resize_mode_means_crop(folder):
    """All cards of before are such."""
    assert 'resize_mode' not in yaml.safe_load((folder / 'card.yaml').read_text())['input']
    assert load_model(folder).geometry.resize_mode == 'crop'


@pytest.mark.parametrize('value', ['stretch', 'CROP', '', None, 1, True, ['crop'], {'crop': 1}])
def test_an_unknown_resize_mode_is_refused(folder, value):
    """With its value, and those that there are."""
    edit(folder, lambda card: card['input'].update(resize_mode=value))
    line = refused(folder)
    assert repr(value) in line and 'resize_mode' in line and 'crop, squash, letterbox' in line
