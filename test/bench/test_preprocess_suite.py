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

"""The suite of encodings: the frames are right, and every method gives the same tensor."""

import numpy as np
import pytest
from shufflenet_ros.bench.baseline.encoded_frames import frame_of
from shufflenet_ros.bench.baseline.preprocess import blob, CODES, methods_for, normalize
from shufflenet_ros.bench.runner.request import BenchRequest, flight_images
from shufflenet_ros.bench.suites import preprocess as suite
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.process.files import shipped_models

GEOMETRY = Geometry(96, 96)


@pytest.fixture(scope='module')
def images():
    return flight_images()[:1]


@pytest.mark.parametrize('encoding', sorted(CODES))
def test_the_baseline_reads_the_frame_as_we_do(encoding, images):
    """What is timed side by side gives the same image, up to chroma and mosaic."""
    frame = frame_of(images[0], encoding)
    baseline = methods_for(encoding)['convert_first'](frame, GEOMETRY)
    ours = suite.preprocess(suite.decode(frame), GEOMETRY)
    assert baseline.shape == ours.shape == (1, 96, 96, 3)
    assert np.abs(baseline.astype(int) - ours).mean() < 4
    assert ours.std() > 10


@pytest.mark.parametrize('mode', ['squash', 'letterbox'])
def test_the_baseline_fits_images_as_the_model_wants_them(mode, images):
    """What has no bars is left out of the table, and says so where it is asked for them."""
    frame, geometry = frame_of(images[0], 'bgr8'), Geometry(96, 96, 0.875, mode)
    methods = methods_for('bgr8', mode)
    np.testing.assert_array_equal(methods['convert_first'](frame, geometry),
                                  suite.preprocess(suite.decode(frame), geometry))
    assert ('blob_from_crop' in methods) == (mode == 'squash')
    if mode == 'letterbox':
        with pytest.raises(ConfigurationError, match='no bars; expected resize_mode crop'):
            blob(frame, geometry)


def test_normalizing_gives_what_networks_of_torchvision_take(images):
    """Zero mean, unit variance, up to the image's own."""
    tensor = normalize(frame_of(images[0], 'bgr8'), GEOMETRY, 1)
    assert tensor.shape == (1, 3, 96, 96) and tensor.dtype == np.float32
    expected = (images[0].mean((0, 1)) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert tensor.mean((0, 2, 3)) == pytest.approx(expected, abs=0.05)


def test_every_encoding_and_method_is_timed(images, tmp_path):
    """Ours for each encoding, the baseline beside it, more methods for bgr8."""
    spec = load_model(shipped_models() / 'surfaces')
    request = BenchRequest(spec, ((240, 320),), 3, 0, frozenset(), tmp_path, images)
    rows = suite.measure(request).rows
    timed = {(row['engine'], row['model']) for row in rows}
    assert {model for engine, model in timed if engine == 'ours'} == {*CODES, 'nv24'}
    assert {engine for engine, model in timed if model == 'bgr8'} == {
        'ours', 'convert_first', 'resize_whole', 'normalize', 'normalize_area', 'blob_from_crop'}
    differences = [row['mean_difference'] for row in rows if 'mean_difference' in row]
    assert len(differences) == len(CODES) and 0 <= max(differences) < 4
