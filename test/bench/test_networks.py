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

"""The networks we compare with are those of their papers, and run."""

import sys

from bench.installed import needs
import numpy as np
import onnx
import pytest
from shufflenet_ros.bench.engines import registry
from shufflenet_ros.bench.networks import from_torchvision
from shufflenet_ros.bench.networks.builder import NetworkBuilder
from shufflenet_ros.bench.networks.multiply_adds import multiply_adds, parameters
from shufflenet_ros.bench.networks.other_networks import NETWORKS, write_network
from shufflenet_ros.bench.runner.request import BenchRequest, flight_images
from shufflenet_ros.bench.suites import engines as suite
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.process.files import share_dir
import torch

PUBLISHED = {
    'alexnet': (724e6, 60.97e6), 'vgg16': (15.47e9, 138.36e6), 'googlenet': (1.58e9, 7.0e6),
    'squeezenet': (819e6, 1.248e6), 'resnet18': (1.814e9, 11.69e6),
    'resnet50': (4.09e9, 25.56e6), 'resnext50': (4.23e9, 25.03e6),
    'mobilenet_v1_1.0': (569e6, 4.23e6), 'mobilenet_v1_0.25': (41e6, 0.47e6),
    'mobilenet_v2_1.0': (300.8e6, 3.50e6), 'mobilenet_v2_0.35': (59.3e6, 1.68e6),
    'mobilenet_v3_small': (56.5e6, 2.54e6), 'shufflenet_v2_0.5x': (41e6, 1.37e6)}
"""
Multiply-adds at 224x224 and parameters as the papers or the common implementations state them.
"""


def networks(*names):
    """Parameters of a test of networks: those of torchvision are skipped where it is missing."""
    marks = {name: needs('torchvision') for name in from_torchvision.NETWORKS}
    # Half a gigabyte.
    marks['vgg16'] = pytest.mark.slow
    return [pytest.param(name, marks=marks.get(name, ())) for name in names]


@pytest.mark.parametrize('name', networks(*sorted(NETWORKS)))
def test_complexity_is_the_published_one(name, tmp_path):
    """Within 1.5 %: folding leaves one bias where normalisation had two parameters."""
    path = tmp_path / 'net.onnx'
    write_network(name, 224, 224, path)
    count, weights = PUBLISHED[name]
    assert multiply_adds(path) == pytest.approx(count, rel=0.015)
    assert parameters(path) == pytest.approx(weights, rel=0.015)
    # Half a gigabyte, of which pytest keeps three.
    path.unlink()


@pytest.mark.parametrize('name', networks(
    'alexnet', 'googlenet', 'squeezenet', 'mobilenet_v3_small', 'shufflenet_v2_0.5x',
    'resnext50'))
def test_a_network_runs_and_depends_on_its_input(name, tmp_path):
    """Every weight is counted, and the logits differ between images."""
    path = tmp_path / 'net.onnx'
    write_network(name, 96, 128, path)
    session = open_session(path)
    rng = np.random.default_rng(0)
    logits = [logits_of(session, rng.integers(0, 256, (1, 96, 128, 3), np.uint8))
              for _ in range(2)]
    assert logits[0].shape == (1000,) and np.isfinite(logits).all()
    assert np.abs(logits[0] - logits[1]).max() > 1e-3 * np.abs(logits[0]).max()
    if name not in from_torchvision.NETWORKS:
        assert parameters(path) == sum(
            np.prod(tensor.dims) for tensor in onnx.load(path).graph.initializer
            if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 0)


@needs('torchvision')
@pytest.mark.parametrize('name', from_torchvision.NETWORKS)
def test_the_export_has_the_weights_of_the_module(name, tmp_path):
    """Each normalisation leaves one bias for each channel; all else is as torchvision has it."""
    path = tmp_path / 'net.onnx'
    write_network(name, 64, 64, path)
    network = from_torchvision.NETWORKS[name](from_torchvision.torchvision_models())
    shifts = sum(layer.num_features for layer in network.modules()
                 if isinstance(layer, torch.nn.BatchNorm2d))
    assert parameters(path) == sum(one.numel() for one in network.parameters()) - shifts


def test_without_torchvision_its_networks_are_reported_and_the_others_run(
        tmp_path, monkeypatch):
    """Each is named with the command that installs it."""
    for name in [name for name in sys.modules if name.partition('.')[0] == 'torchvision']:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'torchvision', None)
    monkeypatch.setattr(registry, 'ENGINES', ())
    request = BenchRequest(load_model(share_dir() / 'models/surfaces'), ((64, 64),), 2, 0,
                           frozenset(), tmp_path, flight_images()[:8])
    comparison, = suite.comparisons(request)
    missing = set(suite.INSTEAD) & set(from_torchvision.NETWORKS)
    assert missing and set(comparison.absent) == missing
    for reason in comparison.absent.values():
        assert 'torchvision' in reason and 'requirements/engines.txt' in reason
    assert {entry.model for entry in comparison.entries} == {
        'surfaces', *suite.INSTEAD} - missing


def test_layers_know_their_shapes(tmp_path):
    """Shapes follow ONNX's own inference, with rounding down and up."""
    net = NetworkBuilder()
    x = net.pixels(35, 50)
    x = net.pool(net.convolve(x, 8, 3, 2), 3, 2, up=True)
    x = net.convolve(net.depthwise(x, 5, 2), 16)
    x = net.average_to(x, 2)
    net.linear(x, 5, relu=False)
    net.graph.save(tmp_path / 'net.onnx', Geometry(35, 50), 5)
    inferred = onnx.shape_inference.infer_shapes(
        onnx.load(tmp_path / 'net.onnx'), strict_mode=True)
    found = {value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
             for value in inferred.graph.value_info}
    assert found[x.name] == (1, x.channels, x.height, x.width) == (1, 16, 2, 2)
