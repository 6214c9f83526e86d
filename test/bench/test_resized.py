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

"""A model at another input size is the same network."""

from dataclasses import replace

import numpy as np
import pytest
from quantization.test_fp32_graph import trained_like
from quantization.test_rewrite import pixels
from shufflenet_ros.bench.networks.resized import at_size
from shufflenet_ros.bench.networks.untrained_shufflenet import rounded
from shufflenet_ros.core.encoding.decode import Pixels
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.evaluation.metrics import sqnr_db
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Variant


@pytest.fixture(scope='module')
def surfaces():
    return load_model(share_dir() / 'models/surfaces')


@pytest.mark.parametrize('height, width', [(224, 224), (96, 160), (46, 64)])
def test_int8_follows_fp32_at_the_new_size(surfaces, tmp_path, height, width):
    """Both graphs take the new shape, and still give the same answers to real images."""
    spec = at_size(surfaces, height, width, tmp_path)
    flight = Flight(640, 480, 8)
    views = [flight.view(number / 4)[0][:, :, ::-1].copy() for number in range(32)]
    tensors = [preprocess(Pixels(view, None), spec.geometry) for view in views]
    assert tensors[0].shape == (1, height, width, 3)
    logits = {precision: np.stack([Engine(spec, precision=precision).run(tensor)
                                   for tensor in tensors]) for precision in ('fp32', 'int8')}
    assert sqnr_db(logits['int8'], logits['fp32']) > 10
    assert (logits['int8'].argmax(1) == logits['fp32'].argmax(1)).mean() >= 0.8


def test_the_resized_graph_is_the_one_written_at_that_size(surfaces, tmp_path):
    """Byte for byte, weights and shapes."""
    network = fold(trained_like(Variant(3, 0.5), classes=10))
    quantized = rounded(network, pixels(4))
    for size in ((64, 64), (96, 128)):
        write_int8(quantized.network, quantized.grids, Geometry(*size),
                   tmp_path / f'{size[0]}.onnx', 'u8')
    spec = replace(surfaces, folder=tmp_path, geometry=Geometry(64, 64),
                   files={'64.onnx': {'precision': 'int8', 'form': 'u8'}})
    found = at_size(spec, 96, 128, tmp_path / 'new')
    assert (found.folder / '64.onnx').read_bytes() == (tmp_path / '96.onnx').read_bytes()


def test_the_models_own_size_is_the_model(surfaces, tmp_path):
    """Nothing is written where nothing changes."""
    own = surfaces.geometry
    assert at_size(surfaces, own.height, own.width, tmp_path) is surfaces
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('height, width', [(225, 224), (224, 226)])
def test_a_size_that_the_stem_cannot_take_is_refused(surfaces, tmp_path, height, width):
    """With the size and the rule."""
    with pytest.raises(ConfigurationError, match=f'{width}x{height}.* multiple of 4'):
        at_size(surfaces, height, width, tmp_path)
