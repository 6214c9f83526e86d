"""From photographs to a model folder that the engine runs; nothing half done is ever left."""

import numpy as np
import pytest
from shufflenet_ros.core.errors import DatasetError, ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.engine import Engine
from shufflenet_ros.model_card import load_model
from shufflenet_ros.training.dataset import read_folder
from shufflenet_ros.training.evaluate import evaluate
from shufflenet_ros.training.network import Variant
from shufflenet_ros.training.workflow import Request, train_model

from training.pictures import CLASSES, write_pictures
from training.test_checkpoints import random_state, save


@pytest.fixture(scope='module')
def request_(tmp_path_factory):
    """Make a request on a tiny data set, from random weights."""
    folder = tmp_path_factory.mktemp('workflow')
    write_pictures(folder / 'data' / 'train', 64)
    write_pictures(folder / 'data' / 'val', 24, seed=1)
    checkpoint = save(folder / 'start.pth', random_state(Variant(3, 0.5), 1000))
    return Request(folder / 'data', folder / 'models' / 'patterns', checkpoint, Geometry(64, 64),
                   epochs=16, threads=2, origin='made by the test', licence='CC0',
                   command=('shufflenet_ros', 'train', 'my data'))


@pytest.fixture(scope='module')
def trained(request_):
    """Train the model folder, and keep what training reported on its way."""
    losses = []
    spec = train_model(request_, lambda step, steps, loss: losses.append(loss), print)
    return spec, losses


def test_training_learns(trained):
    """The loss falls, and unseen pictures are recognized by the int8 model."""
    spec, losses = trained
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    assert spec.card['metrics']['top1_int8'] >= 0.9


def test_the_folder_says_where_it_comes_from(trained):
    """Card: classes, data, licence, command, figures."""
    card = trained[0].card
    assert trained[0].labels == CLASSES
    assert card['command'] == 'shufflenet_ros train "my data"'
    assert card['data'] == {'train_images': 128, 'val_images': 48, 'origin': 'made by the test',
                            'licence': 'CC0'}
    assert card['metrics']['agreement'] >= 0.9


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
    from dataclasses import replace
    before = load_model(request_.out).card
    with pytest.raises(ModelError):
        train_model(replace(request_, checkpoint=tmp_path / 'none.pth'), print, print)
    write_pictures(tmp_path / 'train', 1)
    write_pictures(tmp_path / 'val', 1)
    (tmp_path / 'val' / 'leaves' / '000.png').unlink()
    (tmp_path / 'val' / 'leaves').rmdir()
    with pytest.raises(DatasetError, match="no image of class 'leaves'"):
        train_model(replace(request_, data=tmp_path), print, print)
    assert load_model(request_.out).card == before
    assert [path.name for path in request_.out.parent.iterdir()] == ['patterns']
