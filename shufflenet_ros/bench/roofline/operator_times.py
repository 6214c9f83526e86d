"""Where the time of a graph goes, node by node, as onnxruntime's own profiler sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
import json
from math import prod
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from shufflenet_ros.inference.model_card import INPUT, OUTPUT

KINDS = {
    'Conv': 'convolution', 'FusedConv': 'convolution', 'QLinearConv': 'convolution',
    'Gemm': 'classifier', 'FusedGemm': 'classifier', 'QGemm': 'classifier',
    'MatMulIntegerToFloat': 'classifier',
    'Transpose': 'moving data', 'Gather': 'moving data', 'ReorderInput': 'moving data',
    'ReorderOutput': 'moving data', 'Reshape': 'moving data', 'Flatten': 'moving data',
    'QuantizeLinear': 'quantize, dequantize', 'DequantizeLinear': 'quantize, dequantize',
    'Add': 'add, concatenate', 'QLinearAdd': 'add, concatenate', 'Concat': 'add, concatenate',
    'QLinearConcat': 'add, concatenate', 'MaxPool': 'pool', 'NhwcMaxPool': 'pool',
    'AveragePool': 'pool', 'QLinearAveragePool': 'pool', 'GlobalAveragePool': 'pool',
    'QLinearGlobalAveragePool': 'pool'}
"""Operator to what it is there for; any other is 'other'."""
OPERATORS_WITH_WEIGHTS = {'Conv': 1, 'FusedConv': 1, 'QLinearConv': 3}
"""Convolution operator to the place of the weight among its inputs."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One node of the graph that really ran, after onnxruntime's rewrites."""

    name: str
    kind: str
    """What it is there for: 'pointwise', 'grouped pointwise', 'depthwise', 'moving data', ..."""
    ms: float
    """Median over the runs."""
    multiply_adds: int


def profile(path: Path, tensors: Sequence[np.ndarray], folder: Path) -> list[Ran]:
    """Run a network of ours on tensors, one thread, and give its nodes in their order."""
    optimized = folder / f'{path.stem}.optimized.onnx'
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / path.stem)
    options.optimized_model_filepath = str(optimized)
    session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    for tensor in tensors:
        session.run((OUTPUT,), {INPUT: tensor})
    events = json.loads(Path(session.end_profiling()).read_text())
    graph = onnx.load(optimized).graph
    nodes = {node.name: node for node in graph.node}
    weights = _weight_shapes(graph)
    return [_ran(nodes[name], times_ms, shape, weights)
            for name, (times_ms, shape) in _kernels(events).items()]


def _weight_shapes(graph: onnx.GraphProto) -> dict[str, tuple[int, ...]]:
    """Shape of each constant, and of each that is dequantized as the graph runs."""
    found = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    return found | {node.output[0]: found[node.input[0]] for node in graph.node
                    if node.op_type == 'DequantizeLinear' and node.input[0] in found}


def _kernels(events: list[dict]) -> dict[str, tuple[list[float], tuple[int, ...]]]:
    """Node name to its times (ms) and the shape of its output."""
    times_ms, shapes = defaultdict(list), {}
    suffix = '_kernel_time'
    for event in events:
        if event.get('cat') == 'Node' and event['name'].endswith(suffix):
            name = event['name'].removesuffix(suffix)
            times_ms[name].append(event['dur'] / 1e3)
            shapes[name] = tuple(next(iter(event['args']['output_type_shape'][0].values())))
    return {name: (times, shapes[name]) for name, times in times_ms.items()}


def _ran(node: onnx.NodeProto, times_ms: list[float], shape: tuple[int, ...],
         weights: dict[str, tuple[int, ...]]) -> Ran:
    kind, count = KINDS.get(node.op_type, 'other'), 0
    if node.op_type in OPERATORS_WITH_WEIGHTS:
        weight = weights[node.input[OPERATORS_WITH_WEIGHTS[node.op_type]]]
        options = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        kind = _convolution(weight, options.get('group', 1))
        # Places of the output: NHWC or NCHW (blocks of channels keep that order of the shape).
        places = prod(shape[1:3]) if options.get('channels_last') else prod(shape[2:4])
        count = prod(weight) * places
    return Ran(node.name, kind, float(np.median(times_ms)), count)


def _convolution(weight: tuple[int, ...], groups: int) -> str:
    if groups == 1:
        return 'pointwise' if prod(weight[2:]) == 1 else 'stem'
    return 'depthwise' if weight[1] == 1 and prod(weight[2:]) > 1 else 'grouped pointwise'
