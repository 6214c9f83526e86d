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

"""The most that this core reaches: measured, not read from a data sheet."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns

import numpy as np
from onnx import helper, NodeProto, numpy_helper, TensorProto
from shufflenet_ros.inference.onnx_runtime import ort

SHAPES = ((14, 128), (14, 256), (28, 128), (28, 256))
"""Side of the feature maps and channels in and out: they stay in the cache."""
LAYERS = 4
REPEATS = 40
COPIED_BYTES = 64 * 2 ** 20
"""Much larger than the last cache of a companion computer."""


def peak_fp32() -> float:
    """Multiply-adds per second of onnxruntime's fp32 matrix product, the best of some shapes."""
    return max(_rate(_float_chain(side * side, channels),
                     np.zeros((side * side, channels), np.float32),
                     LAYERS * (side * channels) ** 2) for side, channels in SHAPES)


def peak_int8(form: str) -> float:
    """Multiply-adds per second of its fused int8 pointwise convolution on ``u8`` or ``s8``."""
    kind = {'u8': np.uint8, 's8': np.int8}[form]
    return max(_rate(_int8_chain(side, channels, kind),
                     np.zeros((1, side, side, channels), kind),
                     LAYERS * (side * channels) ** 2) for side, channels in SHAPES)


def copy_rate() -> float:
    """Bytes read and written per second by a copy that no cache holds."""
    source, target = np.zeros(COPIED_BYTES, np.uint8), np.ones(COPIED_BYTES, np.uint8)
    return 2 * COPIED_BYTES / _fastest_s(lambda: np.copyto(target, source), 10)


def _rate(model: bytes, values: np.ndarray, multiply_adds: int) -> float:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
    return multiply_adds / _fastest_s(lambda: session.run(None, {'x': values}), REPEATS)


def _fastest_s(work: Callable[[], object], repeats: int) -> float:
    times_ns = []
    for _ in range(repeats):
        start = perf_counter_ns()
        work()
        times_ns.append(perf_counter_ns() - start)
    return min(times_ns) / 1e9


def _float_chain(rows: int, channels: int) -> bytes:
    weight = np.random.default_rng(0).standard_normal((channels, channels), np.float32)
    nodes = [helper.make_node('MatMul', [name, 'weight'], [result]) for name, result in _names()]
    return _model(nodes, {'weight': weight}, TensorProto.FLOAT, (rows, channels))


def _int8_chain(side: int, channels: int, kind: type) -> bytes:
    weight = np.random.default_rng(0).integers(-127, 128, (channels, channels, 1, 1), np.int8)
    constants = {
        'scale': np.float32(1), 'zero': kind(0), 'weight': weight,
        'weight_scale': np.ones(channels, np.float32), 'weight_zero': np.zeros(channels, np.int8)}
    nodes = [helper.make_node(
        'QLinearConv', [name, 'scale', 'zero', 'weight', 'weight_scale', 'weight_zero', 'scale',
                        'zero'], [result], domain='com.microsoft', channels_last=1,
        kernel_shape=[1, 1]) for name, result in _names()]
    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    return _model(nodes, constants, element, (1, side, side, channels))


def _names() -> list[tuple[str, str]]:
    names = ['x', *(f'y{layer}' for layer in range(LAYERS))]
    return list(zip(names, names[1:]))


def _model(nodes: list[NodeProto], constants: dict[str, np.ndarray], element: int,
           shape: tuple[int, ...]) -> bytes:
    graph = helper.make_graph(
        nodes, 'peak', [helper.make_tensor_value_info('x', element, shape)],
        [helper.make_tensor_value_info(nodes[-1].output[0], element, shape)],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()])
    return helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid('', 17), helper.make_opsetid('com.microsoft', 1)]).SerializeToString()
