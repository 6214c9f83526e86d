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

"""A run that is killed goes on, and ends with the very same weights."""

from dataclasses import replace
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

from dataset.labelled_folders import write_images
import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.training.fine_tuning.run import identity, train
from shufflenet_ros.training.fine_tuning.run_checkpoint import RunCheckpoint
from shufflenet_ros.training.load_data import load_data
from shufflenet_ros.training.network import Variant
from shufflenet_ros.training.pytorch_setup import set_up_pytorch
from shufflenet_ros.training.recipe import Settings
from shufflenet_ros.training.request import TrainingRequest
from shufflenet_ros.training.train_model import train_model
import torch
from training.progress_record import ProgressRecord
from training.test_published_checkpoints import random_state, save

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


class CutOff(ProgressRecord):
    """Ends a run after its training, as Ctrl-C does."""

    def start(self, name, total, done=0):
        if name == 'quantizing':
            raise KeyboardInterrupt
        return super().start(name, total, done)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Make images and start weights of the thinnest network, which trains in seconds."""
    folder = tmp_path_factory.mktemp('resume')
    write_images(folder / 'data', 40, size=48)
    save(folder / 'start.pth', random_state(Variant(3, 0.25), 10))
    return folder


def test_kills_change_nothing(folder):
    """
    SIGKILL at five moments (or ``KILLS``), then one run to its end: the same ONNX, bit for bit.

    The model that was there before is whole after every kill, and nothing is left behind.
    """
    shutil.copytree(ROOT / 'models' / 'surfaces', folder / 'killed')
    kills = os.environ.get('KILLS', '5')
    done = subprocess.run(
        [sys.executable, HERE / 'kill_loop.py', folder], capture_output=True, text=True,
        timeout=500, env={'PYTHONPATH': f'{ROOT}:{HERE.parent}', 'PATH': '/usr/bin',
                          'KILLS': kills})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found['kills']) == int(kills), found
    assert all(kill['killed'] for kill in found['kills']), found
    assert {kill['model'] for kill in found['kills']} == {'surfaces'}
    assert found['name'] == 'killed' and 'going on after step' in found['log']
    assert len(found['peace']) == 4 and found['peace'] == found['killed']
    assert found['left'] == []


def test_another_request_starts_anew_and_says_why(tmp_path):
    """What differs is named as the user knows it; the same request finds its state again."""
    record = ProgressRecord()
    RunCheckpoint(tmp_path, {'--epochs': 3, '--size': 48}).save({'step': 7})
    same = RunCheckpoint(tmp_path, {'--epochs': 3, '--size': 48})
    assert same.load(record.say) == {'step': 7} and record.lines == []
    other = RunCheckpoint(tmp_path, {'--epochs': 4, '--size': 48, 'threads': 1})
    assert other.load(record.say) is None
    assert 'had other --epochs, threads' in record.lines[0]


def test_a_damaged_state_starts_anew_and_says_so(tmp_path):
    """Half a file, as a failing disk may leave it, is no reason to stop."""
    checkpoint = RunCheckpoint(tmp_path, {'--epochs': 3})
    checkpoint.save({'step': 7})
    path = tmp_path / 'state.pt'
    path.write_bytes(path.read_bytes()[:50])
    record = ProgressRecord()
    assert checkpoint.load(record.say) is None and 'cannot be read' in record.lines[0]


def test_a_state_that_does_not_fit_on_the_disk_is_one_line(tmp_path, small_files):
    """The last whole one stays, and half a one does not take the room that is needed."""
    checkpoint = RunCheckpoint(tmp_path, {'--epochs': 3})
    checkpoint.save({'step': 7})
    with small_files(10_000), pytest.raises(ConfigurationError, match='make room and run'):
        checkpoint.save({'step': 8, 'weights': torch.zeros(100_000)})
    assert [path.name for path in tmp_path.iterdir()] == ['state.pt']
    assert checkpoint.load(print) == {'step': 7}


def test_patience_stops_early_and_takes_the_best(folder, tmp_path):
    """Two epochs without progress on val end the training, with the weights of the best one."""
    request = TrainingRequest(
        folder / 'data', tmp_path / 'model', str(folder / 'start.pth'), Geometry(48, 48),
        Settings(epochs=30, batch=16, patience=2, sizes=(0.7,)), threads=1)
    set_up_pytorch(request)
    data = load_data(request, ProgressRecord())
    checkpoint = RunCheckpoint(tmp_path, identity(request, data), save_every_s=1e9)
    history = train(request, data, checkpoint, ProgressRecord()).history
    best = checkpoint.load(print)['best']
    network = train(request, data, checkpoint, ProgressRecord()).network
    accuracies = [line['val_accuracy'] for line in history]
    assert len(history) < 30
    assert all(torch.equal(tensor, best[name]) for name, tensor in network.state_dict().items())
    assert len(accuracies) - 1 - accuracies.index(max(accuracies)) == 2


def test_changed_data_are_another_request(folder, tmp_path):
    """One more image, and the state of an unfinished run no longer counts."""
    data = tmp_path / 'data'
    shutil.copytree(folder / 'data', data)
    request = TrainingRequest(
        data, tmp_path / 'model', str(folder / 'start.pth'), Geometry(48, 48),
        Settings(epochs=1, batch=16, sizes=(0.7,)), threads=1)
    records = [CutOff() for _ in range(3)]
    for record, changed in zip(records, (request, request, replace(request, val_share=0.3))):
        with pytest.raises(KeyboardInterrupt):
            train_model(changed, record)
    assert any('going on after step 5' in line for line in records[1].lines)
    assert any('had other images for training' in line for line in records[2].lines)
