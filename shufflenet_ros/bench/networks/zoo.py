"""
The networks that the paper compares with, and what a user would pick instead, as fp32 ONNX.

Every one takes uint8 pixels (1, height, width, 3) like ours, so that all pay for the same
conversion, and names 1000 classes. Weights are random: only speed and size mean something.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from shufflenet_ros.bench.networks.builder import Maps, Net
from shufflenet_ros.core.geometry import Geometry

CLASSES = 1000


def _alexnet(net: Net, x: Maps) -> None:
    """Krizhevsky et al. 2012: grouped as for two GPUs, with response normalisation."""
    x = net.pool(net.normalise(net.convolve(x, 96, 11, 4, pad=2)))
    x = net.pool(net.normalise(net.convolve(x, 256, 5, groups=2)))
    x = net.convolve(x, 384, 3)
    x = net.convolve(x, 384, 3, groups=2)
    x = net.pool(net.convolve(x, 256, 3, groups=2))
    # Larger images: the linear layers keep the size they have at 224x224.
    x = x if (x.height, x.width) == (6, 6) else net.average_to(x, 6)
    net.linear(net.linear(net.linear(x, 4096), 4096), CLASSES, act='')


def _vgg16(net: Net, x: Maps) -> None:
    """Simonyan and Zisserman 2015, configuration D."""
    for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            x = net.convolve(x, channels, 3)
        x = net.pool(x, 2)
    net.linear(net.linear(net.linear(x, 4096), 4096), CLASSES, act='')


INCEPTIONS = (
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (),
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), (),
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128))
"""Channels of GoogLeNet's blocks 3a to 5b (its table 1); an empty one is a pooling layer."""


def _googlenet(net: Net, x: Maps) -> None:
    """Szegedy et al. 2015, without the auxiliary classifiers of training."""
    x = net.normalise(net.pool(net.convolve(x, 64, 7, 2), up=True))
    x = net.convolve(net.convolve(x, 64), 192, 3)
    x = net.pool(net.normalise(x), up=True)
    for block in INCEPTIONS:
        x = _inception(net, x, *block) if block else net.pool(x, up=True)
    net.linear(net.mean(x), CLASSES, act='')


def _inception(net: Net, x: Maps, plain: int, reduce3: int, three: int, reduce5: int, five: int,
               pooled: int) -> Maps:
    return net.join(
        net.convolve(x, plain), net.convolve(net.convolve(x, reduce3), three, 3),
        net.convolve(net.convolve(x, reduce5), five, 5),
        net.convolve(net.pool(x, 3, 1, 1), pooled))


def _squeezenet(net: Net, x: Maps) -> None:
    """Iandola et al. 2016, version 1.0."""
    x = net.pool(net.convolve(x, 96, 7, 2, pad=0), up=True)
    for squeeze, expand, pooled in ((16, 64, 0), (16, 64, 0), (32, 128, 1), (32, 128, 0),
                                    (48, 192, 0), (48, 192, 0), (64, 256, 1), (64, 256, 0)):
        x = net.convolve(x, squeeze)
        x = net.join(net.convolve(x, expand), net.convolve(x, expand, 3))
        x = net.pool(x, up=True) if pooled else x
    net.graph.add('Flatten', net.mean(net.convolve(x, CLASSES)).name)


def _resnet18(net: Net, x: Maps) -> None:
    """He et al. 2016."""
    x = net.pool(net.convolve(x, 64, 7, 2), 3, 2, 1)
    for channels, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for stride in (first, 1):
            y = net.convolve(net.convolve(x, channels, 3, stride), channels, 3, act='')
            x = net.add(y, _shortcut(net, x, y, stride))
    net.linear(net.mean(x), CLASSES, act='')


def _shortcut(net: Net, x: Maps, y: Maps, stride: int) -> Maps:
    same = (x.channels, x.height) == (y.channels, y.height)
    return x if same else net.convolve(x, y.channels, 1, stride, act='')


def _bottlenecks(net: Net, x: Maps, width: int, groups: int) -> None:
    """He et al. 2016, and Xie et al. 2017 for ``groups`` above 1, 50 layers."""
    x = net.pool(net.convolve(x, 64, 7, 2), 3, 2, 1)
    for stage, count in enumerate((3, 4, 6, 3)):
        inner, outer = width << stage, 256 << stage
        for index in range(count):
            stride = 2 if stage and not index else 1
            y = net.convolve(net.convolve(x, inner), inner, 3, stride, groups)
            y = net.convolve(y, outer, act='')
            x = net.add(y, _shortcut(net, x, y, stride))
    net.linear(net.mean(x), CLASSES, act='')


def _mobilenet_v1(net: Net, x: Maps, width: float) -> None:
    """Howard et al. 2017."""
    x = net.convolve(x, int(32 * width), 3, 2)
    for channels, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
                             *[(512, 1)] * 5, (1024, 2), (1024, 1)):
        x = net.convolve(net.depthwise(x, 3, stride), int(channels * width))
    net.linear(net.mean(x), CLASSES, act='')


def _mobilenet_v2(net: Net, x: Maps, width: float) -> None:
    """Sandler et al. 2018."""
    x = net.convolve(x, _rounded(32 * width), 3, 2, act='Relu6')
    for expansion, channels, count, first in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
            (6, 160, 3, 2), (6, 320, 1, 1)):
        for index in range(count):
            y = net.convolve(x, x.channels * expansion, act='Relu6') if expansion > 1 else x
            y = net.depthwise(y, 3, 1 if index else first, 'Relu6')
            y = net.convolve(y, _rounded(channels * width), act='')
            x = net.add(x, y, '') if index else y
    x = net.convolve(x, max(1280, int(1280 * width)), act='Relu6')
    net.linear(net.mean(x), CLASSES, act='')


MOBILENET_V3_SMALL = (
    (3, 16, 16, True, 'Relu', 2), (3, 72, 24, False, 'Relu', 2), (3, 88, 24, False, 'Relu', 1),
    (5, 96, 40, True, 'HardSwish', 2), (5, 240, 40, True, 'HardSwish', 1),
    (5, 240, 40, True, 'HardSwish', 1), (5, 120, 48, True, 'HardSwish', 1),
    (5, 144, 48, True, 'HardSwish', 1), (5, 288, 96, True, 'HardSwish', 2),
    (5, 576, 96, True, 'HardSwish', 1), (5, 576, 96, True, 'HardSwish', 1))
"""Kernel, expansion, outputs, squeeze and excite, activation, stride (its table 2)."""


def _mobilenet_v3_small(net: Net, x: Maps) -> None:
    """Howard et al. 2019."""
    x = net.convolve(x, 16, 3, 2, act='HardSwish')
    for kernel, inner, outputs, excited, act, stride in MOBILENET_V3_SMALL:
        y = net.convolve(x, inner, act=act) if inner != x.channels else x
        y = net.depthwise(y, kernel, stride, act)
        y = net.scale(y, _excite(net, y)) if excited else y
        y = net.convolve(y, outputs, act='')
        x = net.add(x, y, '') if (stride, outputs) == (1, x.channels) else y
    x = net.mean(net.convolve(x, 576, act='HardSwish'))
    net.linear(net.linear(x, 1024, 'HardSwish'), CLASSES, act='')


def _excite(net: Net, x: Maps) -> Maps:
    y = net.convolve(net.mean(x), _rounded(x.channels / 4))
    return net.activate(net.convolve(y, x.channels, act=''), 'HardSigmoid')


def _shufflenet_v2(net: Net, x: Maps) -> None:
    """Ma et al. 2018, 0.5x."""
    x = net.pool(net.convolve(x, 24, 3, 2), 3, 2, 1)
    for channels, count in ((48, 4), (96, 8), (192, 4)):
        for index in range(count):
            x = _shufflenet_v2_unit(net, x, channels // 2, 1 if index else 2)
    net.linear(net.mean(net.convolve(x, 1024)), CLASSES, act='')


def _shufflenet_v2_unit(net: Net, x: Maps, half: int, stride: int) -> Maps:
    if stride == 2:
        left, right = net.convolve(net.depthwise(x, 3, 2, ''), half), x
    else:
        left, right = net.take(x, range(half)), net.take(x, range(half, 2 * half))
    right = net.convolve(net.depthwise(net.convolve(right, half), 3, stride, ''), half)
    order = np.arange(2 * half).reshape(2, half).T.ravel()
    return net.take(net.join(left, right), order)


def _rounded(channels: float) -> int:
    """Round to a multiple of 8, by at most a tenth down, as the MobileNets do."""
    found = max(8, int(channels + 4) // 8 * 8)
    return found + 8 if found < 0.9 * channels else found


NETWORKS: dict[str, Callable[[Net, Maps], None]] = {
    'alexnet': _alexnet,
    'vgg16': _vgg16,
    'googlenet': _googlenet,
    'squeezenet': _squeezenet,
    'resnet18': _resnet18,
    'resnet50': lambda net, x: _bottlenecks(net, x, 64, 1),
    'resnext50': lambda net, x: _bottlenecks(net, x, 128, 32),
    'mobilenet_v1_1.0': lambda net, x: _mobilenet_v1(net, x, 1.0),
    'mobilenet_v1_0.25': lambda net, x: _mobilenet_v1(net, x, 0.25),
    'mobilenet_v2_1.0': lambda net, x: _mobilenet_v2(net, x, 1.0),
    'mobilenet_v2_0.35': lambda net, x: _mobilenet_v2(net, x, 0.35),
    'mobilenet_v3_small': _mobilenet_v3_small,
    'shufflenet_v2_0.5x': _shufflenet_v2,
}
"""Every network by name, for 1000 classes."""


def build(name: str, height: int, width: int) -> Net:
    """Make a network for images of one size."""
    net = Net()
    NETWORKS[name](net, net.pixels(height, width))
    return net


def write(name: str, height: int, width: int, path: Path) -> Net:
    """Make a network and write its ONNX file."""
    net = build(name, height, width)
    net.graph.save(path, Geometry(height, width), CLASSES)
    return net
