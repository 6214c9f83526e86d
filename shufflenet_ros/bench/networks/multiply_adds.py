"""Multiply-adds of an fp32 ONNX graph, counted the way the paper counts them."""

from __future__ import annotations

from math import prod
from pathlib import Path

import onnx


def multiply_adds(path: Path) -> int:
    """Count those of the convolutions and linear layers for one image."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
              for value in (*graph.value_info, *graph.output)}
    # Each weight is used once at every place of the output: (1, C, H, W), or (1, C).
    return sum(prod(weights[node.input[1]]) * prod(shapes[node.output[0]][2:])
               for node in graph.node if node.op_type in ('Conv', 'Gemm'))
