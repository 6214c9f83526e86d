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

"""From images to a model folder that the engine runs; nothing half done is ever left."""

from dataclasses import replace
import os
from pathlib import Path
import resource
import shutil

from dataset.labelled_folders import CLASSES, write_images
import pytest
from shufflenet_ros.core.errors import ConfigurationError, DatasetError, ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.labelled_images import read_folder
from shufflenet_ros.evaluation.evaluate import evaluate
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.model_folder import users_entries
from shufflenet_ros.training.network import Variant
from shufflenet_ros.training.recipe import Settings
from shufflenet_ros.training.request import TrainingRequest
from shufflenet_ros.training.train_model import train_model
import torch
from training.progress_record import ProgressRecord
from training.test_published_checkpoints import random_state, save

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def request_(tmp_path_factory):
    """Make a request on a tiny data set, from random weights."""
    folder = tmp_path_factory.mktemp('workflow')
    write_images(folder / 'data' / 'train', 40)
    write_images(folder / 'data' / 'val', 12, seed=1)
    checkpoint = save(folder / 'start.pth', random_state(Variant(3, 0.5), 1000))
    return TrainingRequest(
        folder / 'data', folder / 'models' / 'patterns', str(checkpoint), Geometry(64, 64),
        Settings(epochs=12, batch=16), threads=1, reject=0.1, origin='made by the test',
        licence='CC0', command=('shufflenet_ros', 'train', 'my data'))


@pytest.fixture(scope='module')
def trained(request_):
    """Train the model folder, and keep what training reported on its way."""
    record = ProgressRecord()
    return train_model(request_, record), record


def test_training_learns(trained):
    """The loss falls, and unseen images are recognized by the int8 model."""
    spec, record = trained
    losses = [float(note.split(',')[0].removeprefix('loss ')) for note in record.notes if note]
    assert losses[-1] < losses[0]
    assert spec.card['metrics']['top1_int8'] >= 0.9


def test_the_folder_says_where_it_comes_from(trained):
    """Card: classes, data, licence, command, figures, and a threshold where one was wanted."""
    card = trained[0].card
    assert trained[0].labels == CLASSES
    assert card['command'] == "shufflenet_ros train 'my data'"
    assert card['data']['origin'] == 'made by the test' and card['data']['licence'] == 'CC0'
    assert (card['data']['train_images'], card['data']['val_images']) == (80, 24)
    assert card['metrics']['agreement'] >= 0.9
    assert 0 < card['threshold'] < 1
    assert card['metrics']['rejection']['right_lost'] <= 0.1


def test_each_stage_is_reported(trained):
    """A user always sees which stage runs and how far it is."""
    assert trained[1].stages[:4] == ['reading', 'training', 'quantizing', 'calibrating']


def test_the_cards_figures_are_those_of_the_folder(trained, request_):
    """Evaluating the written folder gives the accuracy in its card."""
    validation = read_folder(request_.data / 'val', CLASSES)
    found = evaluate(Engine(trained[0]), validation.images, validation.labels)
    assert found.top(1) == pytest.approx(trained[0].card['metrics']['top1_int8'], abs=1e-4)


def test_nothing_is_left_beside_the_folder(trained, request_):
    """Scratch folders are gone."""
    assert [path.name for path in request_.out.parent.iterdir()] == ['patterns']


def test_a_failed_run_leaves_the_old_model_and_no_scratch(trained, request_, tmp_path):
    """A bad checkpoint or a class without validation images stops before anything changes."""
    before = load_model(request_.out).card
    with pytest.raises(ModelError, match='--from takes a checkpoint file or a model'):
        train_model(replace(request_, start=str(tmp_path / 'none.pth')), ProgressRecord())
    write_images(tmp_path / 'train', 1)
    write_images(tmp_path / 'val', 1)
    (tmp_path / 'val' / 'leaves' / '000.png').unlink()
    with pytest.raises(DatasetError, match="class 'leaves' has no image"):
        train_model(replace(request_, data=tmp_path), ProgressRecord())
    assert load_model(request_.out).card == before
    assert [path.name for path in request_.out.parent.iterdir()] == ['patterns']


def test_an_old_pytorch_is_one_line(request_, tmp_path, monkeypatch):
    """Before anything is read, with the command that gets a newer one."""
    monkeypatch.setattr(torch, '__version__', '2.3.1+cpu')
    with pytest.raises(ConfigurationError, match='PyTorch 2.3.1.cpu: .* 2.4 or later'):
        train_model(replace(request_, out=tmp_path / 'model'), ProgressRecord())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_model_is_never_replaced(request_, tmp_path):
    """A wrong --out must not cost anyone's files."""
    (tmp_path / 'thesis.tex').write_text('years of work')
    with pytest.raises(ConfigurationError, match='is no model folder, so it is not replaced'):
        train_model(replace(request_, out=tmp_path), ProgressRecord())
    assert (tmp_path / 'thesis.tex').exists()


@pytest.mark.parametrize('out, data', [
    ('models/patterns', 'models/patterns/photos'), ('data/model', 'data'), ('data', 'data/train')])
def test_data_and_model_lie_apart(request_, trained, tmp_path, out, data):
    """Images inside the model to be replaced, or a model that would become a class."""
    shutil.copytree(request_.out.parent.parent, tmp_path, dirs_exist_ok=True)
    photos = write_images(tmp_path / 'models' / 'patterns' / 'photos', 5)
    before = sorted(tmp_path.rglob('*'))
    with pytest.raises(ConfigurationError, match='lie in one another|is no model folder'):
        train_model(replace(request_, out=tmp_path / out, data=tmp_path / data), ProgressRecord())
    with pytest.raises(ConfigurationError, match='--strangers .* lie in one another'):
        train_model(replace(request_, out=tmp_path / 'models' / 'patterns',
                            out_of_distribution=photos), ProgressRecord())
    assert sorted(tmp_path.rglob('*')) == before


def test_a_new_model_leaves_the_users_files_in_place(request_, trained, tmp_path):
    """Notes and images in the model folder, also beside the images of the report."""
    out = Path(shutil.copytree(request_.out, tmp_path / 'patterns'))
    mine = [out / 'notes.txt', out / 'photos' / 'deep' / '1.jpg', out / 'report' / 'mine.png']
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('mine')
    settings = replace(request_.settings, epochs=1, seed=7)
    spec = train_model(replace(request_, out=out, settings=settings), ProgressRecord())
    assert [path.read_text() for path in mine] == 3 * ['mine']
    assert spec.files != trained[0].files and list(tmp_path.iterdir()) == [out]
    assert users_entries(out) == ['notes.txt', 'photos', 'report/mine.png']


@pytest.mark.parametrize('name, word', [
    ('a\nb', 'line break'), (' ', 'is blank'), ('a\tb', 'control'), ('a\x1b[1m', 'control'),
    ('a\x85b', 'line break'), ('a\u2028b', 'line break'), (os.fsdecode(b'a\xff'), 'no UTF-8'),
    ('\ufeffa', 'byte order mark')])
def test_class_names_are_checked_before_an_image_is_read(request_, tmp_path, name, word):
    """What labels.txt cannot hold is named at once, not after the training."""
    data = write_images(tmp_path / 'data', 1)
    (data / 'rust').rename(data / name)
    record = ProgressRecord()
    with pytest.raises(DatasetError, match=word) as caught:
        train_model(replace(request_, data=data, out=tmp_path / 'model'), record)
    assert str(caught.value).isprintable() and record.stages == []
    assert not list(tmp_path.glob('*model*'))


def test_labels_of_a_table_are_checked_too(request_, tmp_path):
    """By the same rules."""
    write_images(tmp_path / 'data', 1)
    (tmp_path / 'data.csv').write_text(
        'path,label\ndata/rust/000.png,a\tb\ndata/leaves/000.png,leaves\n')
    record = ProgressRecord()
    with pytest.raises(DatasetError, match='control character'):
        train_model(replace(request_, data=tmp_path / 'data.csv', out=tmp_path / 'm'), record)
    assert record.stages == []


class FullDisk(ProgressRecord):
    """From a stage on, no file can have more than so many bytes."""

    def __init__(self, stage, limit):
        super().__init__()
        self.stage, self.limit = stage, limit

    def start(self, name, total, done=0):
        if name == self.stage:
            resource.setrlimit(resource.RLIMIT_FSIZE, (
                self.limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return super().start(name, total, done)


@pytest.mark.parametrize('stage, limit', [
    ('quantizing', 100_000), ('measuring', 5_000)])
def test_a_full_disk_costs_no_training(request_, tmp_path, stage, limit):
    """While graphs or the report are written: one line, and the same command goes on."""
    request = replace(request_, out=tmp_path / 'model', save_every_s=1e9, settings=replace(
        request_.settings, epochs=1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(ConfigurationError, match='model: cannot be written .*it goes on'):
            train_model(request, FullDisk(stage, limit))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in (tmp_path / '.model-training').iterdir()
            if path.name.startswith('state')] == ['state.pt']
    record = ProgressRecord()
    train_model(request, record)
    assert any('going on after step' in line for line in record.lines)
    assert [path.name for path in tmp_path.iterdir()] == ['model']


def test_start_weights_that_are_no_numbers_are_refused(request_, tmp_path):
    """Before the training, with the tensor's name."""
    state = random_state(Variant(3, 0.5), 1000)
    state['features.3.branch_main_2.1.bias'][5] = float('nan')
    start = save(tmp_path / 'start.pth', state)
    with pytest.raises(ModelError, match="'features.3.branch_main_2.1.bias' holds NaN or infi"):
        train_model(replace(request_, out=tmp_path / 'model', start=str(start)), ProgressRecord())
    assert list(tmp_path.iterdir()) == [start]


def test_bytes_that_are_no_text_in_a_path_reach_card_and_report(request_, tmp_path):
    """As escapes: such a name of a drive is no reason to lose a training."""
    odd = tmp_path / os.fsdecode(b'drive \xff')
    shutil.copytree(request_.data, odd)
    request = replace(request_, data=odd, out=tmp_path / 'model', settings=replace(
        request_.settings, epochs=1), command=('shufflenet_ros', 'train', str(odd)))
    spec = train_model(request, ProgressRecord())
    assert 'drive' in spec.card['command'] and 'drive' in (
        spec.folder / 'report.html').read_text(encoding='utf-8')
