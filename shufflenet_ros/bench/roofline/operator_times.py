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

"""Where the time of a graph goes, node by node, as onnxruntime's own profiler measures it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper
from shufflenet_ros.bench.networks.multiply_adds import (
    multiply_adds_of,
    WEIGHT_INPUT,
    weight_shapes,
)
from shufflenet_ros.inference.model_card import INPUT, OUTPUT
from shufflenet_ros.inference.onnx_runtime import ort
from shufflenet_ros.native.library import library_path
from shufflenet_ros.quantization.native_graph import OPERATOR

WHOLE = 'whole network'
KINDS = {
    'Gemm': 'classifier', 'FusedGemm': 'classifier', 'QGemm': 'classifier',
    'MatMulIntegerToFloat': 'classifier',
    'Transpose': 'moving data', 'Gather': 'moving data', 'ReorderInput': 'moving data',
    'ReorderOutput': 'moving data', 'Reshape': 'moving data', 'Flatten': 'moving data',
    'QuantizeLinear': 'quantize, dequantize', 'DequantizeLinear': 'quantize, dequantize',
    'Add': 'add, concatenate', 'QLinearAdd': 'add, concatenate', 'Concat': 'add, concatenate',
    'QLinearConcat': 'add, concatenate', 'MaxPool': 'pool', 'NhwcMaxPool': 'pool',
    'AveragePool': 'pool', 'QLinearAveragePool': 'pool', 'GlobalAveragePool': 'pool',
    'QLinearGlobalAveragePool': 'pool', OPERATOR: WHOLE}
"""Operator to its purpose, convolutions aside; any other is 'other'."""
CONVOLUTIONS = ('Conv', 'FusedConv', 'QLinearConv')
KERNEL = '_kernel_time'
"""End of the names of the profiler's events that are the work of a node."""


@dataclass(frozen=True, slots=True)
class NodeTime:
    """One node of the graph as it was executed, after onnxruntime's rewrites."""

    name: str
    kind: str
    """Its purpose: 'pointwise', 'grouped pointwise', 'depthwise', 'moving data', ..."""
    ms: float
    """Median over the runs."""
    multiply_adds: int


def operator_times(path: Path, tensors: Sequence[np.ndarray], folder: Path) -> list[NodeTime]:
    """Run a network of ours on tensors, one thread, and give its nodes in their order."""
    optimized = folder / f'{path.stem}.optimized.onnx'
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / path.stem)
    options.optimized_model_filepath = str(optimized)
    if any(node.op_type == OPERATOR for node in onnx.load(path).graph.node):
        options.register_custom_ops_library(str(library_path()))
    session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    for tensor in tensors:
        session.run((OUTPUT,), {INPUT: tensor})
    events = json.loads(Path(session.end_profiling()).read_text())
    graph = onnx.load(optimized).graph
    nodes, weights = {node.name: node for node in graph.node}, weight_shapes(graph)
    return [NodeTime(name, _kind(nodes[name], weights), float(np.median(times_ms)),
                     multiply_adds_of(nodes[name], weights, shape))
            for name, (times_ms, shape) in _kernels(events).items()]


def _kernels(
        events: list[dict[str, Any]]) -> dict[str, tuple[list[float], tuple[int, ...]]]:
    """Node name to its times (ms) and the shape of its output."""
    times_ms: defaultdict[str, list[float]] = defaultdict(list)
    shapes = {}
    for event in events:
        if event.get('cat') == 'Node' and event['name'].endswith(KERNEL):
            name = event['name'].removesuffix(KERNEL)
            times_ms[name].append(event['dur'] / 1e3)
            shapes[name] = tuple(next(iter(event['args']['output_type_shape'][0].values())))
    return {name: (times, shapes[name]) for name, times in times_ms.items()}


def _kind(node: onnx.NodeProto, weights: dict[str, tuple[int, ...]]) -> str:
    if node.op_type not in CONVOLUTIONS:
        return KINDS.get(node.op_type, 'other')
    shape = weights[node.input[WEIGHT_INPUT[node.op_type]]]
    groups = next((helper.get_attribute_value(one) for one in node.attribute
                   if one.name == 'group'), 1)
    if groups == 1:
        return 'pointwise' if prod(shape[2:]) == 1 else 'stem'
    return 'depthwise' if shape[1] == 1 and prod(shape[2:]) > 1 else 'grouped pointwise'
