"""The textbook node's model: our fp32 network in the form that tutorials feed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from shufflenet_ros.bench.engines import float_input

HIGHEST = 255
"""Of a pixel: the textbook divides by it."""


def write(fp32: Path, path: Path) -> None:
    """Write the network for float32 pixels (1, 3, height, width) from 0 to 1; same logits."""
    float_input.write(fp32, path, _take_zero_to_one)


def _take_zero_to_one(model: onnx.ModelProto) -> None:
    """Give the scale back to the first convolution; its border of zeros stays what it was."""
    weight = model.graph.node[0].input[1]
    for constant in model.graph.initializer:
        if constant.name == weight:
            scaled = numpy_helper.to_array(constant) * np.float32(HIGHEST)
            constant.CopyFrom(numpy_helper.from_array(scaled, weight))
