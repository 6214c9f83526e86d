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

"""The model of the baseline node: our fp32 network for the input that tutorials feed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.bench.engines.float_input import write_float_input

HIGHEST = 255
"""Of a pixel: the baseline node divides by it."""


def write_zero_to_one(fp32: Path, path: Path) -> None:
    """Write the network for float32 pixels (1, 3, height, width) from 0 to 1; same logits."""
    write_float_input(fp32, path, _scale_first_weights)


def _scale_first_weights(model: onnx.ModelProto) -> None:
    """Undo the division in the first convolution; the zeros of its border stay zeros."""
    weight = model.graph.node[0].input[1]
    for constant in model.graph.initializer:
        if constant.name == weight:
            scaled = numpy_helper.to_array(constant) * np.float32(HIGHEST)
            constant.CopyFrom(numpy_helper.from_array(scaled, weight))
