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

"""Build a TFLite file: tensors and operators in the order they are added, packed as flatbuffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ai_edge_litert import schema_py_generated as schema
import flatbuffers
import numpy as np
from shufflenet_ros.inference.model_card import INPUT, OUTPUT

VERSION = 3
IDENTIFIER = b'TFL3'
TYPES = {'float32': schema.TensorType.FLOAT32, 'int32': schema.TensorType.INT32}


class TfliteBuilder:
    """One graph from ``pixels`` to ``logits``; shapes are known for every tensor."""

    def __init__(self) -> None:
        self._buffers = [schema.BufferT()]  # the first one is empty, for feature maps
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[int] = []
        self._index: dict[str, int] = {}

    def maps(self, name: str, shape: tuple[int, ...]) -> None:
        """Add float32 maps that an operator gives, or that the network gets."""
        self._index[name] = self._tensor(name, shape, 'float32', 0)

    def constant(self, values: np.ndarray) -> str:
        """Add a constant, float32 or int32, and give its name."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._buffers.append(buffer)
        name = f'constant_{len(self._buffers)}'
        self._index[name] = self._tensor(
            name, values.shape, values.dtype.name, len(self._buffers) - 1)
        return name

    def integers(self, *values: int) -> str:
        """Add a constant int32 (values,), and give its name."""
        return self.constant(np.array(values, np.int32))

    def operator(self, kind: str, options: Any, inputs: Sequence[str], name: str,
                 shape: tuple[int, ...]) -> None:
        """Add an operator (a name of BuiltinOperator) that gives maps ``name`` of ``shape``."""
        operator = schema.OperatorT()
        operator.opcodeIndex = self._opcode(getattr(schema.BuiltinOperator, kind))
        operator.inputs = [self._index[one] for one in inputs]
        self.maps(name, shape)
        operator.outputs = [self._index[name]]
        if options is not None:
            operator.builtinOptionsType = getattr(
                schema.BuiltinOptions, type(options).__name__[:-1])
            operator.builtinOptions = options
        self._operators.append(operator)

    def alias(self, name: str, original: str) -> None:
        """Give a tensor a second name."""
        self._index[name] = self._index[original]

    def shape(self, name: str) -> tuple[int, ...]:
        """Give the shape of a tensor."""
        return tuple(self._tensors[self._index[name]].shape)

    def file(self) -> bytes:
        """Give the whole file."""
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = 'main', self._tensors, self._operators
        graph.inputs, graph.outputs = [self._index[INPUT]], [self._index[OUTPUT]]
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = VERSION, [graph], self._buffers
        model.operatorCodes = [_operator_code(code) for code in self._codes]
        model.signatureDefs = [self._signature()]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())

    def _opcode(self, code: int) -> int:
        if code not in self._codes:
            self._codes.append(code)
        return self._codes.index(code)

    def _tensor(self, name: str, shape: tuple[int, ...], dtype: str, buffer: int) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
        tensor.type = TYPES[dtype]
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _signature(self) -> Any:
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = 'serving_default', 0
        signature.inputs, signature.outputs = [self._named(INPUT)], [self._named(OUTPUT)]
        return signature

    def _named(self, name: str) -> Any:
        found = schema.TensorMapT()
        found.name, found.tensorIndex = name, self._index[name]
        return found


def _operator_code(code: int) -> Any:
    found = schema.OperatorCodeT()
    found.builtinCode = found.deprecatedBuiltinCode = code
    found.version = 1
    return found
