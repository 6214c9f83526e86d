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
Weights in an ONNX file that are no numbers, found with the standard library alone.

Only as much of Protocol Buffers' wire format is read as it takes to walk over the tensors of
onnx.proto3. Whether a file is valid is onnxruntime's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
import struct

from shufflenet_ros.core.errors import ModelError
from shufflenet_ros.core.text import plain

Field = tuple[int, int, memoryview]
"""Number, value of a varint, and bytes of anything else."""

CHILDREN = {
    'model': {7: 'graph', 25: 'function'}, 'graph': {1: 'node', 5: 'tensor', 15: 'sparse'},
    'function': {7: 'node'}, 'node': {5: 'attribute'}, 'sparse': {1: 'tensor'},
    'attribute': {5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse'}}
"""Messages that may hold tensors: numbers of their fields, and what those are."""
DATA_TYPE, FLOAT_DATA, INT32_DATA, NAME, RAW_DATA, DOUBLE_DATA = 2, 4, 5, 8, 9, 10
"""Fields of TensorProto."""
FLOAT, FLOAT16, DOUBLE, BFLOAT16 = 1, 10, 11, 16
"""Values of its data_type."""
FORMATS = {FLOAT: 'f', FLOAT16: 'e', DOUBLE: 'd', BFLOAT16: 'H'}
"""Those of the module struct."""
BFLOAT16_EXPONENT = 0x7f80
MOST_FIELDS = 200_000
"""A file of ours has some thousand; no file may keep the reader busy."""


def check_weights(path: Path) -> None:
    """Raise ModelError that names the first tensor in which a value is NaN or infinite."""
    try:
        for tensor in _tensors(memoryview(path.read_bytes())):
            broken, values = _count_broken(tensor)
            if broken:
                name = plain(_bytes(tensor, NAME))
                raise ModelError(
                    f"{path}: tensor '{name}' holds NaN or infinity in {broken} of {values} "
                    'values, expected numbers; export the model again')
    except (IndexError, ValueError, struct.error):  # no valid file, or more fields than ours
        return
    except OSError as error:
        raise ModelError(f'{path}: cannot be read ({error.strerror})') from error


def _tensors(content: memoryview) -> Iterator[list[Field]]:
    """Give the fields of each TensorProto in a ModelProto."""
    waiting, count = [('model', content)], 0
    while waiting:
        kind, message = waiting.pop()
        fields = []
        for field in _fields(message):
            count += 1
            if count > MOST_FIELDS:
                raise ValueError('more fields than any file of ours')
            fields.append(field)
        if kind == 'tensor':
            yield fields
            continue
        waiting += [(CHILDREN[kind][number], data) for number, _, data in fields
                    if number in CHILDREN[kind]]


def _fields(message: memoryview) -> Iterator[Field]:
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, place = _varint(message, place)
            yield number, value, message[:0]
            continue
        if wire == 2:
            size, place = _varint(message, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f'wire type {wire}')
        if place + size > len(message):
            raise ValueError('truncated')
        yield number, 0, message[place:place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError('varint of more than ten bytes')


def _count_broken(tensor: list[Field]) -> tuple[int, int]:
    """Count the values of a tensor of floats that are no numbers, and all of them."""
    numbers = {number: value for number, value, _ in tensor}
    kind = numbers.get(DATA_TYPE, 0)
    if kind not in FORMATS:
        return 0, 0
    if RAW_DATA in numbers:
        content = _bytes(tensor, RAW_DATA)
    elif kind in (FLOAT, DOUBLE):
        content = _bytes(tensor, FLOAT_DATA if kind == FLOAT else DOUBLE_DATA)
    else:
        content = b''.join(value.to_bytes(2, 'little') for value in _int32_data(tensor))
    layout = struct.Struct(f'<{FORMATS[kind]}')
    values = (value for value, in layout.iter_unpack(content))
    broken = (sum(bits & BFLOAT16_EXPONENT == BFLOAT16_EXPONENT for bits in values)
              if kind == BFLOAT16 else sum(not isfinite(value) for value in values))
    return broken, len(content) // layout.size


def _bytes(tensor: list[Field], wanted: int) -> bytes:
    return b''.join(data for number, _, data in tensor if number == wanted)


def _int32_data(tensor: list[Field]) -> Iterator[int]:
    for number, value, part in tensor:
        if number == INT32_DATA and not part:
            yield value & 0xffff
        place = 0
        while number == INT32_DATA and place < len(part):
            value, place = _varint(part, place)
            yield value & 0xffff
