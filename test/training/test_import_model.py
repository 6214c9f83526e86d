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

"""From a published checkpoint to a model folder; nothing half done is ever left."""

from dataclasses import replace
from io import StringIO
import subprocess
import sys

import cv2
from dataset.labelled_folders import write_images
import numpy as np
import pytest
from shufflenet_ros.cli.terminal.progress import TerminalProgress
from shufflenet_ros.core.errors import ConfigurationError, DatasetError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.downloads.catalogue import CHECKPOINTS
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.terminal.plain_console import PlainConsole
from shufflenet_ros.training.import_model import import_model
from shufflenet_ros.training.origin import checkpoint_origin
from shufflenet_ros.training.request import ImportRequest
import torch
from training.pytorchcv import forward, random_state

pytestmark = pytest.mark.slow

NAMES = ('crane', 'kite', 'crane', *(f'bird {number}' for number in range(8)))


@pytest.fixture(scope='module')
def request_(tmp_path_factory):
    """Make a checkpoint of pytorchcv's naming, images and names."""
    folder = tmp_path_factory.mktemp('import')
    torch.save(random_state(3, 6, (60, 120, 240)), folder / 'g3_wd4.pth')
    write_images(folder / 'images', 20)
    (folder / 'names.txt').write_text('\n'.join(NAMES) + '\n')
    return ImportRequest(
        folder / 'g3_wd4.pth', folder / 'models' / 'birds', folder / 'images',
        folder / 'names.txt', Geometry(64, 64, 1.0))


def run(request):
    """Import, and give what was said."""
    console = PlainConsole(file=StringIO())
    import_model(request, TerminalProgress(console))
    return console.file.getvalue()


def test_the_folder_holds_the_checkpoints_network(request_):
    """The engine's fp32 logits are the reference's; int8 is near; names are told apart."""
    said = run(request_)
    assert 'g3_wd4.pth: a pytorchcv ShuffleNet v1\n' in said and 'quantizing: 16 of 16' in said
    spec = load_model(request_.out)
    assert spec.labels[:3] == ('crane (0)', 'kite', 'crane (2)')
    assert spec.card['data']['family'] == 'a pytorchcv ShuffleNet v1'
    assert spec.card['data']['calibration'] == 'images given with --calibration'
    assert spec.card['metrics']['images'] == 8 and spec.card['metrics']['sqnr_db'] > 10
    pixels = cv2.imread(str(request_.calibration / 'rust' / '000.png'))[:, :, ::-1]
    rgb = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]).float()
    expected = forward(torch.load(request_.checkpoint, weights_only=True), rgb, 3)[0].numpy()
    found = Engine(spec, precision='fp32').run(np.ascontiguousarray(pixels)[None])
    assert found == pytest.approx(expected, abs=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize('wrong, error, word', [
    ({'labels': 'short.txt'}, ConfigurationError, '1 lines; expected 11'),
    ({'calibration': 'empty'}, DatasetError, '0 images'),
    ({'calibration': 'missing'}, DatasetError, 'no such folder')])
def test_what_cannot_be_used_is_named_and_leaves_nothing(request_, tmp_path, wrong, error, word):
    """The error names the value and what was expected."""
    (tmp_path / 'short.txt').write_text('one\n')
    (tmp_path / 'empty').mkdir()
    wrong = {key: tmp_path / name for key, name in wrong.items()}
    given = {name: getattr(request_, name) for name in ('checkpoint', 'calibration', 'labels')}
    with pytest.raises(error, match=word):
        run(ImportRequest(**(given | wrong), out=tmp_path / 'models' / 'x'))
    assert not (tmp_path / 'models').exists()


def test_a_folder_that_holds_no_model_is_not_replaced(request_, tmp_path):
    """A folder of images given by mistake is left as it is."""
    (tmp_path / 'image.jpg').write_text('dear')
    with pytest.raises(ConfigurationError, match='so it is not replaced'):
        run(replace(request_, out=tmp_path))
    assert (tmp_path / 'image.jpg').read_text() == 'dear'


def test_without_images_those_of_a_package_serve_and_it_is_said(request_, tmp_path):
    """By the command line: on screen with what it costs, and in the card of the model."""
    done = subprocess.run(
        [sys.executable, '-m', 'shufflenet_ros.cli.main', 'import', request_.checkpoint, '--out',
         tmp_path / 'model', '--size', '64'], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')
    said, card = done.stdout, load_model(tmp_path / 'model').card
    assert f'classifier.launch.py model:={tmp_path / "model"}' in said
    assert 'classes are called class_0 to class_10' in said and 'agreement' in said
    assert card['command'] == f'shufflenet_ros import {request_.checkpoint} --out ' + (
        f'{tmp_path / "model"} --size 64')
    assert 'no --calibration' in said and '7 to 9 in 100 answers' in said
    assert 'images of scikit-image, unrelated' in card['data']['calibration']
    assert 'images of scikit-image, unrelated' in card['metrics']['split']


def test_a_published_checkpoint_is_recognized_whatever_it_is_called(data, tmp_path):
    """Its origin, licence and published accuracy go into the card."""
    item, said = CHECKPOINTS[0], []
    (tmp_path / 'renamed').write_bytes((data / 'weights' / item.file).read_bytes())
    request = ImportRequest(tmp_path / 'renamed', tmp_path)
    found = checkpoint_origin(request, 'a family', said.append)
    assert f'{item.name} by its sha256' in said[0] and '57.3%' in said[0]
    assert (found['origin'], found['licence']) == (item.origin, 'MIT')
    assert (found['published_top1'], found['sha256']) == (0.573, item.sha256)


def test_of_an_unknown_checkpoint_nothing_is_claimed(request_):
    """Its family is told by its shapes; a licence is what the user says."""
    found = checkpoint_origin(replace(request_, licence='mine'), 'a family', print)
    assert 'origin' not in found and 'published_top1' not in found
    assert (found['family'], found['licence']) == ('a family', 'mine')
