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

"""Which folders a model may be written to, and which of their files are its own."""

import os
from pathlib import Path
import shutil

import pytest
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.inference.model_folder import check_target, own_files, users_entries

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'


@pytest.fixture
def model(tmp_path):
    """Make a model folder."""
    return Path(shutil.copytree(SURFACES, tmp_path / 'model'))


def refused(out, inputs=None):
    """Give the one line with which a target is refused."""
    with pytest.raises(ConfigurationError) as caught:
        check_target(out, inputs)
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_a_new_an_empty_and_a_model_folder_may_be_written(model, tmp_path):
    """Nothing is made by the check alone."""
    (tmp_path / 'empty').mkdir()
    for name in ('model', 'empty', 'new/deep'):
        assert check_target(tmp_path / name) == tmp_path / name
    assert not (tmp_path / 'new').exists()


def test_all_files_of_a_model_are_its_own(model):
    """Card, labels, graphs, report and its images."""
    assert users_entries(model) == []
    written = {str(path.relative_to(model)) for path in model.rglob('*') if path.is_file()}
    assert written <= own_files(model)


def test_all_else_is_the_users(model):
    """Files, folders and links, also those beside the images of the report."""
    (model / 'notes.txt').write_text('mine')
    (model / 'photos').mkdir()
    (model / 'link').symlink_to('nowhere')
    (model / 'report' / 'mine.png').write_text('mine')
    assert users_entries(model) == ['link', 'notes.txt', 'photos', 'report/mine.png']


def test_a_file_that_a_card_names_by_chance_is_the_users(model):
    """The card's digest is that of another file: it must not be deleted with the model."""
    (model / 'notes.txt').write_text('mine')
    card = model / 'card.yaml'
    card.write_text(card.read_text().replace('files:\n', 'files:\n  notes.txt:\n    sha256: 12\n'
                                             '  ../x:\n    sha256: 12\n'))
    assert users_entries(model) == ['notes.txt'] and '../x' not in own_files(model)


@pytest.mark.parametrize('content', ['name: my photos\n', 'format: 3\n', '- [', ''])
def test_a_card_of_something_else_makes_no_model_folder(tmp_path, content):
    """Many programs call a file so."""
    (tmp_path / 'model').mkdir()
    (tmp_path / 'model' / 'card.yaml').write_text(content)
    (tmp_path / 'model' / 'photo.jpg').write_text('mine')
    assert 'is no model folder, so it is not replaced' in refused(tmp_path / 'model')
    with pytest.raises(ModelError):
        own_files(tmp_path / 'model')


@pytest.mark.parametrize('name', ['report.html', 'report', 'model.fp32.onnx'])
def test_a_file_of_the_user_with_the_name_of_a_models_is_in_the_way(model, name):
    """A page that is not ours, a folder without our page, a graph that the card does not name."""
    (model / 'report.html').unlink()
    if name == 'report.html':
        (model / name).write_text('<html><title>My page</title>')
    if name.endswith('onnx'):
        shutil.rmtree(model / 'report')
        card = model / 'card.yaml'
        card.write_text(card.read_text().replace('model.fp32.onnx', 'other.onnx'))
    said = refused(model)
    assert f"'{name}'" in said or "'report'" in said
    assert 'move it elsewhere' in said


@pytest.mark.parametrize('out, data', [
    ('model', 'model/photos'), ('model', 'model'), ('photos/model', 'photos'), ('model', '.'),
    ('model', 'model/labels.csv'), ('link', 'model/photos'), ('model', 'link/photos')])
def test_what_is_read_and_what_is_written_lie_apart(model, tmp_path, monkeypatch, out, data):
    """Neither in the other, also through links: images would be lost, or become a class."""
    for folder in ('model/photos', 'photos', 'elsewhere'):
        (tmp_path / folder).mkdir()
    (tmp_path / 'link').symlink_to('model')
    monkeypatch.chdir(tmp_path)
    said = refused(Path(out), {'DATA': Path(data)})
    assert 'lie in one another' in said and data in said
    monkeypatch.chdir('elsewhere')
    assert check_target(tmp_path / 'model', {'DATA': tmp_path / 'photos', '--strangers': None})


@pytest.mark.parametrize('here', ['empty', 'empty/deep'])
def test_the_current_folder_is_not_replaced(tmp_path, monkeypatch, here):
    """Neither it nor one above it: the user would stand in a folder that is gone."""
    (tmp_path / here).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / 'empty')
    if here == 'empty':
        assert 'where this command runs' in refused(Path('.'))
        assert 'where this command runs' in refused(Path(''))
    else:
        monkeypatch.chdir(tmp_path / here)
        assert 'no model folder' in refused(tmp_path / 'empty')


@pytest.mark.parametrize('name', [
    'a\nb', '\x1b[31m', os.fsdecode(b'\xff'), '~nobody_of_that_name/x', 'x' * 300, 'x' * 10_000,
    '\0'])
def test_names_that_a_model_cannot_have_are_refused_at_once(tmp_path, monkeypatch, name):
    """Before the work, in one line that shows the name in plain text."""
    monkeypatch.chdir(tmp_path)
    said = refused(Path(name))
    assert '--out' in said and said.isprintable() and len(said) < 600


def test_a_mount_point_is_not_replaced():
    """It cannot be renamed: said before the work, not after it."""
    assert 'is a mount point' in refused(Path('/proc')) and '/proc/NAME' in refused(Path('/proc'))
