"""The networks we compare with are those of their papers, and run."""

import numpy as np
import onnx
import pytest

from shufflenet_ros.bench.networks.builder import Net
from shufflenet_ros.bench.networks.zoo import build, NETWORKS, write
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.sessions import logits_of, open_session

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


@pytest.mark.parametrize('name', sorted(NETWORKS))
def test_complexity_is_the_published_one(name):
    """Within 1.5 %: folding leaves one bias where normalisation had two parameters."""
    net = build(name, 224, 224)
    count, parameters = PUBLISHED[name]
    assert net.multiply_adds == pytest.approx(count, rel=0.015)
    assert net.parameters == pytest.approx(parameters, rel=0.015)


@pytest.mark.parametrize('name', ['alexnet', 'googlenet', 'squeezenet', 'mobilenet_v3_small',
                                  'shufflenet_v2_0.5x', 'resnext50'])
def test_a_network_runs_and_depends_on_its_input(name, tmp_path):
    """The shapes that we counted with are right, and the logits differ between images."""
    path = tmp_path / 'net.onnx'
    net = write(name, 96, 128, path)
    session = open_session(path)
    rng = np.random.default_rng(0)
    logits = [logits_of(session, rng.integers(0, 256, (1, 96, 128, 3), np.uint8))
              for _ in range(2)]
    assert logits[0].shape == (1000,) and np.isfinite(logits).all()
    assert np.abs(logits[0] - logits[1]).max() > 1e-3 * np.abs(logits[0]).max()
    assert net.parameters == sum(
        np.prod(tensor.dims) for tensor in onnx.load(path).graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 0)


def test_layers_know_their_shapes(tmp_path):
    """Shapes follow ONNX's own inference, with rounding down and up."""
    net = Net()
    x = net.pixels(35, 50)
    x = net.pool(net.convolve(x, 8, 3, 2), 3, 2, up=True)
    x = net.convolve(net.depthwise(x, 5, 2), 16)
    x = net.average_to(x, 2)
    net.linear(x, 5, act='')
    net.graph.save(tmp_path / 'net.onnx', Geometry(35, 50), 5)
    inferred = onnx.shape_inference.infer_shapes(
        onnx.load(tmp_path / 'net.onnx'), strict_mode=True)
    found = {value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
             for value in inferred.graph.value_info}
    assert found[x.name] == (1, x.channels, x.height, x.width) == (1, 16, 2, 2)
