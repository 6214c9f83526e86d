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

"""Build an ONNX graph node by node: no exporter, so it says just what the network does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
import onnx
from onnx import helper, numpy_helper, TensorProto
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.model_card import INPUT, OUTPUT

OPSET = 17
IR_VERSION = 8
"""Read by every onnxruntime since 1.13, among them those of Humble's time."""
MICROSOFT = 'com.microsoft'
"""Operators that every onnxruntime has beside the standard ones."""


class Graph:
    """Nodes and constants in the order they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._scalars: dict[tuple[np.dtype, Any], str] = {}

    def constant(self, values: ArrayLike, name: str = '') -> str:
        """Add a constant and return its name; scalars of the same value share one."""
        # ascontiguousarray would make a vector of a scalar.
        array = np.asarray(values, order='C')
        key = (array.dtype, array.item()) if array.ndim == 0 else None
        if key in self._scalars:
            return self._scalars[key]
        name = name or f'constant_{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(array, name))
        if key is not None:
            self._scalars[key] = name
        return name

    def add(self, kind: str, *inputs: str, domain: str = '', **attributes: Any) -> str:
        """Add a node with one output and return that output's name."""
        name = f'{kind}_{len(self.nodes)}'
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name, domain=domain, **attributes))
        return name

    def save(self, path: Path, geometry: Geometry, classes: int) -> None:
        """Write the model; the last node gives its logits (1, classes)."""
        self.nodes[-1].output[0] = OUTPUT
        domains = sorted({node.domain for node in self.nodes} | {''})
        shape = [1, geometry.height, geometry.width, 3]
        graph = helper.make_graph(
            self.nodes, 'shufflenet_v1',
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, shape)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, classes])],
            self.constants)
        model = helper.make_model(
            graph, producer_name='shufflenet_ros', ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid(name, 1 if name else OPSET) for name in domains])
        onnx.checker.check_model(model)
        onnx.save(model, path)
