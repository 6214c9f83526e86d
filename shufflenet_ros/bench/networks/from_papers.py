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

"""
Networks that are built here as their papers describe them, and why not torchvision's.

Each takes uint8 pixels (1, height, width, 3) like ours and names 1000 classes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from shufflenet_ros.bench.networks.builder import Maps, NetworkBuilder
from shufflenet_ros.core.geometry import Geometry

CLASSES = 1000


def write(name: str, height: int, width: int, path: Path) -> None:
    """Write one of ``NETWORKS``."""
    net = NetworkBuilder()
    NETWORKS[name](net, net.pixels(height, width))
    net.graph.save(path, Geometry(height, width), CLASSES)


def _alexnet(net: NetworkBuilder, x: Maps) -> None:
    """
    Krizhevsky et al. 2012: grouped as for two GPUs, with response normalisation.

    torchvision's is a later network without either.
    """
    x = net.pool(net.normalise(net.convolve(x, 96, 11, 4, pad=2)))
    x = net.pool(net.normalise(net.convolve(x, 256, 5, groups=2)))
    x = net.convolve(x, 384, 3)
    x = net.convolve(x, 384, 3, groups=2)
    x = net.pool(net.convolve(x, 256, 3, groups=2))
    # Larger images: the linear layers keep the size they have at 224x224.
    x = x if (x.height, x.width) == (6, 6) else net.average_to(x, 6)
    net.linear(net.linear(net.linear(x, 4096), 4096), CLASSES, relu=False)


def _vgg16(net: NetworkBuilder, x: Maps) -> None:
    """
    Simonyan and Zisserman 2015, configuration D.

    torchvision's averages to 7x7 first, which can be exported for multiples of 224 only.
    """
    for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            x = net.convolve(x, channels, 3)
        x = net.pool(x, 2)
    net.linear(net.linear(net.linear(x, 4096), 4096), CLASSES, relu=False)


INCEPTIONS = (
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), (),
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), (),
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128))
"""Channels of GoogLeNet's blocks 3a to 5b (its table 1); an empty one is a pooling layer."""


def _googlenet(net: NetworkBuilder, x: Maps) -> None:
    """
    Szegedy et al. 2015, without the auxiliary classifiers of training.

    torchvision's has 3x3 in place of 5x5 and no response normalisation: it takes half the time.
    """
    x = net.normalise(net.pool(net.convolve(x, 64, 7, 2), up=True))
    x = net.convolve(net.convolve(x, 64), 192, 3)
    x = net.pool(net.normalise(x), up=True)
    for block in INCEPTIONS:
        x = _inception(net, x, *block) if block else net.pool(x, up=True)
    net.linear(net.mean(x), CLASSES, relu=False)


def _inception(net: NetworkBuilder, x: Maps, plain: int, reduce3: int, three: int, reduce5: int,
               five: int, pooled: int) -> Maps:
    return net.join(
        net.convolve(x, plain), net.convolve(net.convolve(x, reduce3), three, 3),
        net.convolve(net.convolve(x, reduce5), five, 5),
        net.convolve(net.pool(x, 3, 1, 1), pooled))


def _mobilenet_v1(net: NetworkBuilder, x: Maps, width: float) -> None:
    """Howard et al. 2017; torchvision has none."""
    x = net.convolve(x, int(32 * width), 3, 2)
    for channels, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
                             *[(512, 1)] * 5, (1024, 2), (1024, 1)):
        x = net.convolve(net.depthwise(x, 3, stride), int(channels * width))
    net.linear(net.mean(x), CLASSES, relu=False)


def _shufflenet_v2(net: NetworkBuilder, x: Maps) -> None:
    """
    Ma et al. 2018, 0.5x.

    torchvision's export shuffles by Reshape, Transpose, Reshape: in 8 bits a sixth slower than by
    one Gather.
    """
    x = net.pool(net.convolve(x, 24, 3, 2), 3, 2, 1)
    for channels, count in ((48, 4), (96, 8), (192, 4)):
        for index in range(count):
            x = _shufflenet_v2_unit(net, x, channels // 2, 1 if index else 2)
    net.linear(net.mean(net.convolve(x, 1024)), CLASSES, relu=False)


def _shufflenet_v2_unit(net: NetworkBuilder, x: Maps, half: int, stride: int) -> Maps:
    if stride == 2:
        left, right = net.convolve(net.depthwise(x, 3, 2, relu=False), half), x
    else:
        left, right = net.take(x, range(half)), net.take(x, range(half, 2 * half))
    right = net.convolve(net.depthwise(net.convolve(right, half), 3, stride, relu=False), half)
    order = np.arange(2 * half).reshape(2, half).T.ravel()
    return net.take(net.join(left, right), order.tolist())


NETWORKS: dict[str, Callable[[NetworkBuilder, Maps], None]] = {
    'alexnet': _alexnet,
    'vgg16': _vgg16,
    'googlenet': _googlenet,
    'mobilenet_v1_1.0': lambda net, x: _mobilenet_v1(net, x, 1.0),
    'mobilenet_v1_0.25': lambda net, x: _mobilenet_v1(net, x, 0.25),
    'shufflenet_v2_0.5x': _shufflenet_v2,
}
"""Name in the results to what builds it."""
