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

from dataset.labelled_folders import CLASSES, write_images
import pytest
from shufflenet_ros.core.errors import ConfigurationError, DatasetError, ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.labelled_images import read_folder
from shufflenet_ros.evaluation.evaluate import evaluate
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
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
