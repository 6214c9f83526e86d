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


"""A card costs no more than its length: no alias, no pipe, no endless file, number or nesting."""

import os
from pathlib import Path
import shutil
import time

from costs import in_time
import pytest
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.core.geometry import input_geometry
from shufflenet_ros.inference.card_text import MAX_CARD_BYTES
from shufflenet_ros.inference.model_card import load_model

SHIPPED = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'
CARD = (SHIPPED / 'card.yaml').read_text()
LAUGHS = 'a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n' + ''.join(
    f'a{level}: &a{level} [{", ".join([f"*a{level - 1}"] * 9)}]\n' for level in range(1, 10))
MAX_S = 5.0


@pytest.fixture
def folder(tmp_path):
    """Make a copy of the shipped model to break."""
    return Path(shutil.copytree(SHIPPED, tmp_path / 'surfaces'))


def refused(folder, max_s=MAX_S):
    """Give the one line with which the folder is refused, in time."""
    def load():
        with pytest.raises(ModelError) as caught:
            load_model(folder)
        return str(caught.value)

    text = in_time(load, max_s, time.process_time)
    assert text.startswith(str(folder)) and len(text) < 1000 and text.isprintable()
    return text


@pytest.mark.parametrize('card', [
    LAUGHS + CARD, CARD + LAUGHS, CARD + 'data2: &x [*x]\n',
    CARD + 'more: &more {a: 1}\neven: {<<: *more}\n'],
    ids=['laughs', 'behind', 'in itself', 'merged'])
def test_an_alias_is_refused_by_its_name(folder, card):
    """A card of 1 kB could stand for 30 GB, even where only a message shows it."""
    (folder / 'card.yaml').write_text(card)
    assert 'an alias (*' in refused(folder, 1.0)


@pytest.mark.parametrize('text', [
    '[' * 5000 + ']' * 5000, '{a: ' * 5000 + '}' * 5000, '[' * 200_000,
    ''.join(f'{" " * level}a:\n' for level in range(600)), '- ' * 2000 + 'a', '? ' * 2000 + 'a',
    '[' * 17 + ']' * 17], ids=range(7))
def test_deep_nesting_is_refused(folder, text):
    """Before the stack overflows; a card has four levels."""
    (folder / 'card.yaml').write_text(CARD + 'deep:\n' + ''.join(
        f'  {line}\n' for line in text.splitlines()))
    assert 'levels' in refused(folder) or 'cannot be read as YAML' in refused(folder)


@pytest.mark.parametrize('value', [
    '.nan', '.inf', '-.inf', '1' * 5000, '0x' + 'f' * 5000, '1' + ':59' * 3000, '1e400', '-1', '0',
    '31', '160.5', '2049', '1e12', '1' * 300, '99999999999', 'true', 'null', '[160]', "'160'",
    '2001-99-99', '2001-01-01', '!!int ""', '!!float abc', '!!timestamp x', '!!binary "\xff"',
    '!!python/object/apply:os.system [ls]', '"\\ud800"', '1' + '0' * 60000 + '.0',
    '"\\x1b[31m"'], ids=range(29))
@pytest.mark.parametrize('key', ['height', 'width', 'crop_fraction'])
def test_a_number_that_can_be_none_is_refused(folder, key, value):
    """In one line that names it, whatever Python does with such a number."""
    if key == 'crop_fraction' and value in ('1e400', '31', '160.5', '2049'):
        value += '0'
    (folder / 'card.yaml').write_text(
        '\n'.join(f'  {key}: {value}' if line.strip().startswith(f'{key}:') else line
                  for line in CARD.splitlines()))
    text = refused(folder)
    assert 'card.yaml' in text and 'Traceback' not in text


@pytest.mark.parametrize('old, new', [
    ('threshold', 'threshold: ' + '1' * 250), ('classes: 10', 'classes: ' + '1' * 290),
    ('classes: 10', 'classes: [' + '1, ' * 9000 + '1]'), ('classes: 10', 'classes: .nan'),
    ('name: surfaces', 'name: {a: b}'), ('name: surfaces', 'name: ""'),
    ('format: 1', 'format: ' + 'x' * 9000), ('format: 1', 'format: [1]'),
    ('    precision: int8', '    precision: int8\n    precision: [1]'),
    ('files:', 'files: 5\nothers:'), ('files:', 'files: [labels.txt]\nothers:'),
    ('files:', 'files: {labels.txt: abc}\nothers:'),
    ('files:', 'files: {1: {sha256: a}}\nothers:'),
    ('files:', 'files: {"a\\0b": {sha256: a}, labels.txt: {sha256: a}}\nothers:'),
    ('files:', 'files: {"\\ud800": {sha256: a}}\nothers:'),
    ('files:', 'files: {..: {sha256: a}, labels.txt: {sha256: a}}\nothers:'),
    ('files:', 'files:\n' + ''.join(f'  f{n}: {{sha256: a}}\n' for n in range(9000)) + 'others:'),
    ('input:', 'input: [1]\nothers:'), ('input:', 'input: surfaces\nothers:')], ids=range(19))
def test_entries_of_another_kind_are_refused(folder, old, new):
    """Whatever stands where a text, a number or a list of files should be."""
    assert old in CARD or old == 'threshold'
    card = CARD + new if old == 'threshold' else CARD.replace(old, new, 1)
    (folder / 'card.yaml').write_text(card + '\n')
    if 'precision: [1]' in new:
        load_model(folder)
        return
    refused(folder)


@pytest.mark.parametrize('name', ['card.yaml', 'labels.txt', 'model.fp32.onnx'])
@pytest.mark.parametrize('kind', ['pipe', 'zero', 'folder', 'socket', 'long', 'loop', 'nowhere'])
def test_only_plain_files_of_a_sensible_length_are_read(folder, name, kind):
    """A pipe would be waited for, a device never ends, 3 GB would be read."""
    path = folder / name
    path.unlink()
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'socket':
        import socket
        with socket.socket(socket.AF_UNIX) as server:
            here = os.getcwd()
            os.chdir(folder)  # the name of a socket is short
            server.bind(name)
            os.chdir(here)
    elif kind == 'folder':
        path.mkdir()
    elif kind == 'long':
        with path.open('wb') as file:
            file.truncate(3 * 10 ** 9)
    else:
        path.symlink_to({'zero': '/dev/zero', 'loop': name, 'nowhere': 'missing'}[kind])
    text = refused(folder, 1.0)
    expected = {'pipe': 'a pipe', 'zero': 'a device', 'folder': 'a folder', 'socket': 'a socket',
                'long': '3000000000 bytes', 'loop': 'missing', 'nowhere': 'missing'}[kind]
    assert f'{name}: {expected}' in text


def test_a_link_to_a_plain_file_is_one(folder, tmp_path):
    """Caches and deployments are made of links."""
    (tmp_path / 'there').write_text(CARD)
    (folder / 'card.yaml').unlink()
    (folder / 'card.yaml').symlink_to(tmp_path / 'there')
    assert load_model(folder).name == 'surfaces'


@pytest.mark.parametrize('unit', ['[],', 'a: b, ', '- ', '"', "'", '&a ', '!!str ', '\u2028',
                                  ': ', '? ', '|', '#', '\\', '%', '{', 'a', '1:', '1_', '.',
                                  '\n- a: b'])
def test_a_card_of_any_text_is_read_in_time(folder, unit):
    """As long as a card may be, of what costs a parser most; too long by a byte is refused."""
    content = ('format: 1\nx: [' + unit * MAX_CARD_BYTES)[:MAX_CARD_BYTES].encode()
    (folder / 'card.yaml').write_bytes(content[:MAX_CARD_BYTES])
    refused(folder, 20.0)
    (folder / 'card.yaml').write_bytes(content + bytes(MAX_CARD_BYTES))
    assert f'expected at most {MAX_CARD_BYTES}' in refused(folder, 1.0)


@pytest.mark.parametrize('size', [2049, 10 ** 6, 10 ** 30])
def test_a_size_beyond_the_largest_is_refused_before_a_training(size):
    """The same limit where a model is made and where it is read."""
    with pytest.raises(ConfigurationError, match=f'{size} pixels: expected at most 2048'):
        input_geometry(size, size, 1.0)
