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
An integer network as an ONNX file of one node: the fused operator and its packed integers.

onnxruntime runs it where the operator's library is registered with the session.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import INPUT
from shufflenet_ros.quantization.integer_network import IntegerNetwork
from shufflenet_ros.quantization.onnx_graph import Graph
from shufflenet_ros.quantization.packed import pack, unpack

DOMAIN, OPERATOR, PACKED = 'shufflenet_ros', 'ShuffleNetV1', 'packed'
"""Names of the operator, and of its second input."""


def write_native(network: IntegerNetwork, path: Path) -> None:
    """Write the file of an integer network."""
    graph = Graph()
    packed = graph.constant(np.frombuffer(pack(network), np.uint8), PACKED)
    graph.add(OPERATOR, INPUT, packed, domain=DOMAIN)
    graph.save(path, Geometry(network.height, network.width), network.classes)


def read_native(path: Path) -> IntegerNetwork:
    """Read it back; ValueError where the file has no such node."""
    graph = onnx.load(path).graph
    tensors = [numpy_helper.to_array(each) for each in graph.initializer if each.name == PACKED]
    if not tensors:
        raise ValueError(f'{path}: no initializer {PACKED!r}')
    return unpack(tensors[0].tobytes())
