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

"""A model folder of before gets the fused operator's file, and nothing else of it changes."""

from pathlib import Path
import shutil

import pytest
from shufflenet_ros.cli.main import main
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.inference.card_edit import card_text, with_file
from shufflenet_ros.inference.card_text import parse_card
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.model_folder import check_target
from shufflenet_ros.process.files import sha256_of
from shufflenet_ros.quantization.native_graph import read_native
from shufflenet_ros.quantization.packed import pack
from shufflenet_ros.quantization.upgrade import NAME, upgrade

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
U8 = 'model.int8.u8.onnx'


def content(folder):
    """Give every file of a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*')
            if path.is_file()}


@pytest.fixture
def old(tmp_path):
    """Make a model from before, whose card the user has changed, with a file of the user."""
    folder = Path(shutil.copytree(SURFACES, tmp_path / 'old'))
    (folder / NAME).unlink()
    card = (folder / 'card.yaml').read_text()
    before, _, behind = card.partition(f'  {NAME}:\n')
    card = before + behind.partition('\n')[2].partition('\n')[2].partition('\n')[2]
    assert NAME not in card
    card = card.replace('form: s8', 'form: s8  # for ARM')
    (folder / 'card.yaml').write_text(card.replace('\nmetrics:', '\n# Mine\nmetrics:'))
    (folder / 'notes.txt').write_text('mine')
    return folder


def test_only_the_file_and_its_entry_are_new(old, capsys):
    """Comments, permissions, the report and the user's files stay; the shipped file comes out."""
    old.chmod(0o750)
    before = content(old)
    assert main(['upgrade', str(old)]) == 0
    assert NAME in capsys.readouterr().out
    after = content(old)
    assert after.pop(NAME) == (SURFACES / NAME).read_bytes()
    card = after.pop('card.yaml').decode()
    digest = sha256_of(old / NAME)
    entry = f'  {NAME}:\n    precision: int8\n    form: native\n    sha256: {digest}\n'
    assert card.replace(entry, '') == before.pop('card.yaml').decode() and entry in card
    assert after == before
    assert old.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in old.parent.iterdir()] == ['old']


def test_a_second_time_nothing_is_written(old):
    """The folder stays the very same one."""
    assert upgrade(load_model(old), old).changed
    number, before = old.stat().st_ino, content(old)
    found = upgrade(load_model(old), old)
    assert not found.changed and found.spec.folder == old
    assert (old.stat().st_ino, content(old)) == (number, before)


def test_a_file_of_another_version_is_replaced(old):
    """With its digest in the card."""
    upgrade(load_model(old), old)
    expected = content(old)
    (old / NAME).write_bytes(b'of another version')
    change_card(old, sha256_of(SURFACES / NAME), sha256_of(old / NAME))
    assert upgrade(load_model(old), old).changed
    assert content(old) == expected


def test_a_copy_leaves_the_model_as_it_is(old, tmp_path):
    """For models in folders that nobody may write to."""
    before = content(old)
    assert main(['upgrade', str(old), '--out', str(tmp_path / 'new')]) == 0
    assert content(old) == before
    assert pack(read_native(tmp_path / 'new' / NAME)) == pack(read_native(SURFACES / NAME))
    assert load_model(tmp_path / 'new').name == 'surfaces'


def change_card(folder, old, new):
    """Change the card of a model."""
    text = (folder / 'card.yaml').read_text()
    assert old in text
    (folder / 'card.yaml').write_text(text.replace(old, new))


def change_graph(folder):
    """Exchange the int8 graph for another file, with its digest in the card."""
    change_card(folder, sha256_of(folder / U8), sha256_of(folder / 'model.fp32.onnx'))
    shutil.copy(folder / 'model.fp32.onnx', folder / U8)


def no_protobuf(folder):
    """Exchange the int8 graph for a text, with its digest in the card."""
    old = sha256_of(folder / U8)
    (folder / U8).write_text('no graph')
    change_card(folder, old, sha256_of(folder / U8))


@pytest.mark.parametrize('change, expected', [
    (lambda folder: change_card(folder, 'form: u8', 'form: u9'), "form 'u8'"),
    (lambda folder: change_card(folder, 'groups: 3', 'groups: 8'), 'no int8 graph'),
    (lambda folder: change_card(folder, 'width: 0.5', 'width: 0.3'), 'width=0.3'),
    (lambda folder: change_card(folder, 'groups: 3', 'group: 3'), 'groups'),
    (lambda folder: change_card(folder, 'shufflenet_v1', 'resnet'), "architecture 'resnet'"),
    (change_graph, 'QLinearConv was expected'), (no_protobuf, 'no int8 graph')])
def test_what_cannot_be_upgraded_is_one_line_and_stays(old, change, expected):
    """No file appears and none changes."""
    change(old)
    before = content(old)
    with pytest.raises(ModelError, match=expected) as caught:
        upgrade(load_model(old), old)
    assert '\n' not in str(caught.value)
    assert content(old) == before
    assert [path.name for path in old.parent.iterdir()] == ['old']


def test_a_file_of_the_user_with_that_name_is_not_replaced(old):
    """It may be anything."""
    (old / NAME).write_text('mine')
    with pytest.raises(ConfigurationError, match='does not name'):
        check_target(old)


ENTRY = {'precision': 'int8', 'form': 'native', 'sha256': 'ab'}


@pytest.mark.parametrize('text', [
    'files: {a: {precision: int8, sha256: 1}}\nname: x\n',
    'name: x\nfiles:\n    a: {precision: int8, sha256: 1}  # own\n    b: {precision: fp32}\n',
    '"files":\n  a:\n    precision: int8\n    sha256: >\n      1\n  b: {}\nname: x\n',
    'files:\n  labels: {sha256: 1}\nname: x',
    'files:\n  a:\n    precision: int8\n    sha256: "1\n      2"\n# end'])
def test_a_card_of_any_layout_gets_the_entry(text):
    """Behind the files of its precision where the lines can stay, else written anew."""
    card = parse_card(text.encode())
    found = with_file(text, NAME, ENTRY)
    assert parse_card(found.encode()) == card | {'files': card['files'] | {NAME: ENTRY}}
    assert with_file(found, NAME, ENTRY) == found


def test_a_card_written_anew_keeps_every_entry():
    """Texts, numbers and lists, in their order."""
    card = parse_card((SURFACES / 'card.yaml').read_bytes())
    assert list(parse_card(card_text(card).encode()).items()) == list(card.items())
