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

"""A shipped model is as good a start as a checkpoint."""

from pathlib import Path
import shutil

import pytest
from shufflenet_ros.core.errors import DownloadError, ModelError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.downloads.catalogue import CHECKPOINTS
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1, Variant
from shufflenet_ros.training.weights.start_weights import find_start, measure_norms, unfold
import torch
from training import pytorchcv

MODELS = Path(__file__).resolve().parents[2] / 'models'


@pytest.mark.slow
@pytest.mark.parametrize('variant', [Variant(3, 0.25), Variant(8, 0.5), Variant(1, 0.25)], ids=str)
def test_normalisation_comes_back_and_the_logits_stay(tmp_path, variant):
    """They stay near in training mode too, where plain normalisations change everything."""
    torch.manual_seed(0)
    pixels = torch.rand(40, 3, 64, 64) * 255
    source = ShuffleNetV1(variant, 7)
    with torch.no_grad():
        for _ in range(30):
            source.train()(pixels)
    write_fp32(fold(source.eval()), Geometry(64, 64), tmp_path / 'model.onnx')
    network = measure_norms(unfold(tmp_path / 'model.onnx', variant), pixels)
    with torch.no_grad():
        expected = source(pixels)
        torch.testing.assert_close(network(pixels), expected, rtol=1e-3, atol=1e-4)
        found, plain = network.train()(pixels), unfold(
            tmp_path / 'model.onnx', variant).train()(pixels)
    assert (found - expected).abs().max() < 0.01 * expected.abs().max()
    assert (plain - expected).abs().max() > 0.1 * expected.abs().max()


def test_a_shipped_model_is_found_by_its_name():
    """Its digest tells its weights from any others."""
    start, digest = find_start('surfaces', MODELS)
    assert len(digest) == 64
    assert start(torch.rand(4, 3, 64, 64) * 255).variant == Variant(3, 0.5)


def test_a_name_of_the_catalogue_is_told_how_to_be_fetched(tmp_path, monkeypatch):
    """The message is the command to type; a damaged file of that name is never used."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    item = CHECKPOINTS[0]
    with pytest.raises(DownloadError, match=f'shufflenet_ros fetch {item.name}'):
        find_start(item.name, MODELS)
    (tmp_path / 'shufflenet_ros').mkdir()
    (tmp_path / 'shufflenet_ros' / item.file).write_text('other weights')
    with pytest.raises(DownloadError, match=f'damaged or changed.*{item.sha256}'):
        find_start(item.name, MODELS)


def test_a_fetched_checkpoint_is_found_by_its_name(tmp_path, monkeypatch, data):
    """Its digest is the published one."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    item = CHECKPOINTS[0]
    (tmp_path / 'shufflenet_ros').mkdir()
    shutil.copy(data / 'weights' / item.file, tmp_path / 'shufflenet_ros')
    start, digest = find_start(item.name, MODELS)
    assert digest == item.sha256
    assert start(torch.rand(1, 3, 64, 64)).variant == Variant(3, 0.5)


def test_what_is_neither_is_refused(tmp_path):
    """The message says what could be given."""
    with pytest.raises(ModelError, match="model 'nowhere'.*--from takes a checkpoint file or a"):
        find_start('nowhere', MODELS)
    text = tmp_path / 'text.pth'
    text.write_text('no weights')
    with pytest.raises(ModelError, match='text.pth'):
        find_start(str(text), MODELS)


def test_a_file_of_another_network_is_refused(tmp_path):
    """Its layers do not fit what the card says."""
    network = fold(ShuffleNetV1(Variant(3, 0.25), 4).eval())
    write_fp32(network, Geometry(64, 64), tmp_path / 'model.onnx')
    with pytest.raises(ModelError, match='model.onnx'):
        unfold(tmp_path / 'model.onnx', Variant(3, 0.5))


def test_a_model_of_other_conventions_keeps_them(tmp_path):
    """Weights of pytorchcv, from the checkpoint or an imported file, mean the same thing."""
    state = pytorchcv.random_state(3, 6, (60, 120, 240))
    torch.save(state, tmp_path / 'weights.pth')
    pixels = torch.rand(4, 3, 64, 64) * 255
    with torch.no_grad():
        expected = pytorchcv.forward(state, pixels, 3)
        start, _ = find_start(str(tmp_path / 'weights.pth'), MODELS)
        network = start(pixels)
        torch.testing.assert_close(network(pixels), expected, rtol=1e-3, atol=1e-3)
        write_fp32(fold(network), Geometry(64, 64), tmp_path / 'model.onnx')
        network = unfold(tmp_path / 'model.onnx', Variant(3, 0.25))
        torch.testing.assert_close(network(pixels), expected, rtol=1e-3, atol=1e-3)
