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

"""Other engines run the same network as ours; one that is not installed is reported."""

from importlib import import_module
import sys

from bench.installed import ENGINES, needs, PACKAGES
import cv2
import numpy as np
import pytest
from quantization.test_fp32_graph import trained_like
from shufflenet_ros.bench.engines import opencv, registry
from shufflenet_ros.bench.engines.interface import convert
from shufflenet_ros.bench.engines.registry import other_engines
from shufflenet_ros.bench.networks.resized import at_size
from shufflenet_ros.core.encoding.decode import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.evaluation.metrics import agreement
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.network import Variant

pytestmark = pytest.mark.slow

INSTALL = 'pip install -r environment/requirements/engines.txt'


@pytest.fixture(scope='module')
def surfaces():
    return load_model(share_dir() / 'models/surfaces')


@pytest.fixture(autouse=True)
def _threads():
    """Keep OpenCV's number of threads, which is one setting for the process."""
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def flight_tensors(geometry, count):
    """Images of a flight, as the network gets them."""
    flight = Flight(640, 480, 20)
    return [preprocess(Pixels(flight.view(time)[0][:, :, ::-1].copy(), None), geometry)
            for time in np.linspace(0, 20, count, endpoint=False)]


def answers(candidate, tensors):
    return np.stack([candidate.run(native)
                     for native in [candidate.prepare(tensor) for tensor in tensors]])


@pytest.mark.parametrize('engine', ENGINES)
# Maps of 46x64 have odd heights further in, where SAME is another border than at 144x144.
@pytest.mark.parametrize('height, width', [(144, 144), (46, 64)])
def test_an_engine_gives_our_logits(surfaces, tmp_path, monkeypatch, engine, height, width):
    """In fp32 to rounding, with 16 or 8 bits at least the same shape and finite."""
    monkeypatch.setattr(registry, 'ENGINES', (engine,))
    spec = at_size(surfaces, height, width, tmp_path)
    tensors = flight_tensors(spec.geometry, 12)
    found, absent = other_engines(spec.onnx_path('fp32'), tmp_path, tensors[1::2])
    reference = np.stack([Engine(spec, precision='fp32').run(tensor) for tensor in tensors])
    assert any(name.endswith(('_fp32', '_f32')) for name in found), absent
    for name, candidate in found.items():
        logits = answers(candidate, tensors)
        assert logits.shape == reference.shape and logits.dtype == np.float32, name
        assert np.isfinite(logits).all(), name
        if name.endswith(('_fp32', '_f32')):
            assert np.abs(logits - reference).max() < 1e-3 * np.abs(reference).max(), name
            assert agreement(logits, reference) == 1.0, name
    for reason in absent.values():
        assert 'this CPU has no' in reason


@pytest.mark.parametrize('engine', ENGINES)
@pytest.mark.parametrize('groups', [1, 8])
def test_an_engine_takes_the_other_variants(tmp_path, monkeypatch, engine, groups):
    """One group has no shuffle; eight have wide ones."""
    monkeypatch.setattr(registry, 'ENGINES', (engine,))
    path, geometry = tmp_path / 'fp32.onnx', Geometry(64, 64)
    write_fp32(fold(trained_like(Variant(groups, 0.5))), geometry, path)
    tensors = flight_tensors(geometry, 4)
    found, absent = other_engines(path, tmp_path, tensors)
    session = open_session(path)
    reference = np.stack([logits_of(session, tensor) for tensor in tensors])
    for name in [name for name in found if name.endswith(('_fp32', '_f32'))]:
        error = np.abs(answers(found[name], tensors) - reference).max()
        assert error < 1e-3 * np.abs(reference).max(), (name, absent)


@needs(*PACKAGES['litert'])
def test_xnnpack_takes_every_operator(surfaces, tmp_path):
    """One piece for the whole network: none is left to LiteRT's own kernels."""
    litert = import_module('ai_edge_litert.interpreter')
    from shufflenet_ros.bench.engines.tflite_file import write_tflite
    write_tflite(surfaces.onnx_path('fp32'), tmp_path / 'network.tflite')
    interpreter = litert.Interpreter(str(tmp_path / 'network.tflite'), num_threads=1)
    interpreter.allocate_tensors()
    pieces = [one for one in interpreter._get_ops_details() if one['op_name'] == 'DELEGATE']
    assert len(pieces) == 1
    assert list(pieces[0]['outputs']) == [interpreter.get_output_details()[0]['index']]


def test_what_is_not_installed_is_reported_and_the_others_run(surfaces, tmp_path, monkeypatch):
    """Every absent package is named with the command that installs it; OpenCV is always there."""
    modules = [module for modules in PACKAGES.values() for module in modules]
    for name in [name for name in sys.modules if name.partition('.')[0] in modules]:
        monkeypatch.delitem(sys.modules, name)
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    # The writer of TFLite files may have been imported with the package there.
    for file in ('tflite_file', 'tflite_builder'):
        monkeypatch.delitem(sys.modules, f'shufflenet_ros.bench.engines.{file}', raising=False)
    tensors = flight_tensors(surfaces.geometry, 2)
    found, absent = other_engines(surfaces.onnx_path('fp32'), tmp_path, tensors)
    assert set(found) == {'opencv_fp32'}
    for name, package in {'openvino_f32': 'openvino', 'openvino_int8': 'openvino',
                          'ncnn_fp32': 'ncnn', 'mnn_fp32': 'MNN', 'litert_fp32': 'ai_edge_litert',
                          'litert_int8': 'ai_edge_quantizer'}.items():
        assert package in absent[name] and absent[name].endswith(f'; {INSTALL}')
        assert '\n' not in absent[name]
    assert answers(found['opencv_fp32'], tensors).shape == (2, len(surfaces.labels))


def test_a_converter_that_fails_is_reported_and_the_others_run(surfaces, tmp_path, monkeypatch):
    """Its last line of output is the reason, whatever way it ends."""
    factories = {
        'talks': lambda *_: convert([sys.executable, '-c', 'print("a\\nb"); raise SystemExit(3)']),
        'crashes': lambda *_: convert([sys.executable, '-c', 'import os; os.abort()']),
        'raises': lambda *_: {}['first\nlast'], **opencv.FACTORIES}
    monkeypatch.setattr(opencv, 'FACTORIES', factories)
    monkeypatch.setattr(registry, 'ENGINES', ('opencv',))
    found, absent = other_engines(
        surfaces.onnx_path('fp32'), tmp_path, flight_tensors(surfaces.geometry, 1))
    assert list(found) == ['opencv_fp32']
    assert absent['talks'] == 'conversion failed with code 3: b'
    assert absent['crashes'] == 'conversion failed with code -6: no output'
    assert 'last' in absent['raises']
