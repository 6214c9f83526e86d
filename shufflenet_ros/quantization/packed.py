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
An integer network as bytes and back: the initializer of the fused operator.

Little endian, every part at a multiple of four bytes. Header: 12 int32. Each layer: int32
outputs, inputs per group, kernel, groups; float32 multipliers; int32 biases; int8 weights
(outputs, kernel, kernel, inputs per group), filled up with zero bytes to a multiple of four. Each
unit: int32 stride, branch first, zero points of depthwise and expand, factors of branch and
shortcut and shift of the addition, channels inside (zero at stride 2 what only stride 1 has);
int32 order; compress, depthwise, expand; at stride 2 float32 multipliers of the shortcut. Stem
before the units; after them the float32 multiplier of the features, and the classifier.
"""

from __future__ import annotations

import numpy as np
from shufflenet_ros.quantization.integer_network import (
    Addition,
    IntegerLayer,
    IntegerNetwork,
    IntegerUnit,
)

MAGIC = int.from_bytes(b'SNV1', 'little')
VERSION = 1
HEADER = 12
"""Numbers of int32."""
SIZE = 2
"""Place in the header of the size of the whole in bytes."""
ALIGNMENT = 4


def pack(network: IntegerNetwork) -> bytes:
    """Write a network as bytes."""
    parts = [b'', _layer(network.stem), *(_unit(unit) for unit in network.units),
             _floats(network.features), _layer(network.classifier)]
    header = [MAGIC, VERSION, 4 * HEADER + sum(map(len, parts)), network.height, network.width,
              network.classes, network.level, network.stem.outputs, len(network.units), 0, 0, 0]
    parts[0] = _ints(header)
    return b''.join(parts)


def unpack(content: bytes) -> IntegerNetwork:
    """Read a network; ValueError where the bytes are none."""
    reader = _Reader(content)
    magic, version, size, height, width, classes, level, stem, units = reader.ints(HEADER)[:9]
    if (magic, version, size) != (MAGIC, VERSION, len(content)):
        raise ValueError(f'magic {magic:#x}, version {version}, {size} bytes, expected '
                         f'{MAGIC:#x}, {VERSION}, {len(content)}')
    network = IntegerNetwork(
        int(height), int(width), int(level), reader.layer(),
        tuple(reader.unit() for _ in range(units)), reader.floats(1)[0], reader.layer())
    if reader.left or (network.stem.outputs, network.classes) != (stem, classes):
        raise ValueError(f'{reader.left} bytes too many, or layers that contradict the header')
    return network


def _layer(layer: IntegerLayer) -> bytes:
    outputs, kernel, _, inputs = layer.weight.shape
    weight = layer.weight.astype(np.int8).tobytes()
    return (_ints([outputs, inputs, kernel, layer.groups]) + _floats(layer.multiplier)
            + _ints(layer.bias) + weight + bytes(-len(weight) % ALIGNMENT))


def _unit(unit: IntegerUnit) -> bytes:
    added = unit.addition or Addition(0, 0, 0, 0)
    head = [unit.stride, unit.branch_first, unit.depthwise_zero, added.zero_point, added.branch,
            added.shortcut, added.shift, len(unit.order)]
    averages = b'' if unit.averages is None else _floats(unit.averages)
    return b''.join((_ints(head), _ints(unit.order), _layer(unit.compress),
                     _layer(unit.depthwise), _layer(unit.expand), averages))


def _ints(values: object) -> bytes:
    return np.asarray(values, '<i4').tobytes()


def _floats(values: object) -> bytes:
    return np.asarray(values, '<f4').tobytes()


class _Reader:
    """Takes one part after another off the front of a packed network."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    @property
    def left(self) -> int:
        """Bytes that nothing took."""
        return len(self._content) - self._place

    def ints(self, count: int) -> np.ndarray:
        return self._take(count, '<i4').astype(np.int32)

    def floats(self, count: int) -> np.ndarray:
        return self._take(count, '<f4').astype(np.float32)

    def layer(self) -> IntegerLayer:
        outputs, inputs, kernel, groups = (int(number) for number in self.ints(4))
        multiplier, bias = self.floats(outputs), self.ints(outputs)
        weight = self._take(outputs * kernel * kernel * inputs, 'i1')
        self._take(-len(weight) % ALIGNMENT, 'i1')
        return IntegerLayer(weight.reshape(outputs, kernel, kernel, inputs), bias, multiplier,
                            groups)

    def unit(self) -> IntegerUnit:
        stride, branch_first, zero, *added, middle = (int(number) for number in self.ints(8))
        order = self.ints(middle)
        compress, depthwise, expand = self.layer(), self.layer(), self.layer()
        return IntegerUnit(
            compress, order, depthwise, zero, expand,
            addition=Addition(*added) if stride == 1 else None,
            averages=self.floats(compress.inputs) if stride == 2 else None,
            branch_first=bool(branch_first))

    def _take(self, count: int, kind: str) -> np.ndarray:
        size = count * np.dtype(kind).itemsize
        if count < 0 or size > self.left:
            raise ValueError(f'truncated: {count} numbers expected, {self.left} bytes left')
        self._place += size
        return np.frombuffer(self._content, kind, count, self._place - size).copy()
