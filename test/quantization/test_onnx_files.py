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

"""The three ONNX files of a model folder, and the temperature that is folded into them."""

import numpy as np
import pytest
from quantization.test_fp32_graph import trained_like
from quantization.test_rewrite import pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_folder import FILES
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.quantization.folded_network import divide_logits
from shufflenet_ros.quantization.forward import run
from shufflenet_ros.quantization.onnx_files import write_onnx_files
from shufflenet_ros.quantization.quantize import quantize, QuantizedModel
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import ShuffleNetV1, Variant
import torch

TEMPERATURE = 1.7


def test_the_temperature_is_folded_into_the_classifier():
    """The network gives the divided logits itself."""
    torch.manual_seed(0)
    network = fold(ShuffleNetV1(Variant(3, 0.25), 5).eval())
    pixels = torch.rand(2, 3, 64, 64) * 255
    torch.testing.assert_close(
        run(divide_logits(network, 1.7), pixels), run(network, pixels) / 1.7)


@pytest.fixture(scope='module')
def model():
    """Make both networks of a thin model."""
    network = fold(trained_like(Variant(3, 0.25), 7))
    return QuantizedModel(network, quantize(network, pixels(8)))


def test_every_file_of_a_model_folder_is_written(model, tmp_path):
    """Under the names that the card lists, each with the logits of its network."""
    write_onnx_files(model, Geometry(64, 64), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    image = pixels(1)
    tensor = image.permute(0, 2, 3, 1).numpy().astype(np.uint8)
    for name, expected in (('model.fp32.onnx', run(model.fp32, image)),
                           ('model.int8.s8.onnx', model.int8.simulate(image))):
        found = logits_of(open_session(tmp_path / name), tensor)
        assert np.abs(found - expected[0].numpy()).max() < 0.05 * np.abs(expected.numpy()).max()


def test_all_files_give_the_divided_logits(model, tmp_path):
    """fp32 to float rounding; int8 too, as its integers stay the same."""
    image = pixels(1).permute(0, 2, 3, 1).numpy().astype(np.uint8)
    logits = {}
    for name, each in (('before', model), ('after', model.divide_logits(TEMPERATURE))):
        (tmp_path / name).mkdir()
        write_onnx_files(each, Geometry(64, 64), tmp_path / name)
        for file in ('model.fp32.onnx', 'model.int8.s8.onnx'):
            logits[name, file] = logits_of(open_session(tmp_path / name / file), image)
    for file in ('model.fp32.onnx', 'model.int8.s8.onnx'):
        np.testing.assert_allclose(
            logits['after', file] * TEMPERATURE, logits['before', file], rtol=1e-4, atol=1e-4)
