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

"""A model's ONNX files for another input size, with exactly the same weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.quantization.int8_graph import BLOCK
from shufflenet_ros.quantization.native_graph import write_native
from shufflenet_ros.quantization.upgrade import integers_of


def at_size(spec: ModelSpec, height: int, width: int, folder: Path) -> ModelSpec:
    """
    Write the model for images of that size below ``folder``, unless it is there, and return it.

    The network ends in a global average, so it takes any size; only the shapes of the input and of
    the stem's reshapes are in the files. Raises ConfigurationError where the height is odd or the
    width no multiple of 4: the stem reads blocks of 4 pixels.
    """
    old = spec.geometry
    if (height, width) == (old.height, old.width):
        return spec
    if height % 2 or width % BLOCK:
        raise ConfigurationError(
            f'size {width}x{height}: the height must be even and the width a multiple of {BLOCK}')
    target = folder / f'{spec.name}-{width}x{height}'
    resized = replace(spec, folder=target, geometry=replace(
        old, height=height, width=width))
    if target.exists():  # the suites of one run ask for the same sizes
        return resized
    target.mkdir(parents=True)
    for name, entry in spec.files.items():
        if name.endswith('.onnx') and entry.get('form') != NATIVE:
            model = onnx.load(spec.folder / name)
            _resize(model, height, width)
            onnx.save(model, target / name)
    if spec.has_form('int8', NATIVE):
        write_native(integers_of(resized), resized.onnx_path('int8', NATIVE))
    return resized


def _resize(model: onnx.ModelProto, height: int, width: int) -> None:
    rows, columns = model.graph.input[0].type.tensor_type.shape.dim[1:3]
    old_width = columns.dim_value
    rows.dim_value, columns.dim_value = height, width
    shapes = {node.input[1] for node in model.graph.node if node.op_type == 'Reshape'}
    for constant in model.graph.initializer:
        if constant.name in shapes:
            batch, _, blocks, channels = numpy_helper.to_array(constant)
            # Into blocks of pixels (H, W / 4), then back to the stem's output (H / 2, W / 2).
            shape = [height, width // BLOCK] if blocks * BLOCK == old_width else [
                height // 2, width // 2]
            constant.CopyFrom(numpy_helper.from_array(
                np.array([batch, *shape, channels], np.int64), constant.name))
