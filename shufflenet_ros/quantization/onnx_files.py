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

"""The ONNX files of a model folder: fp32, and int8 as two graphs and as the fused operator."""

from __future__ import annotations

from pathlib import Path

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.inference.forms import NATIVE
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.model_folder import complete, Facts, FILES
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.integers import integer_network
from shufflenet_ros.quantization.native_graph import write_native
from shufflenet_ros.quantization.quantize import QuantizedModel


def write_onnx_files(model: QuantizedModel, geometry: Geometry, folder: Path) -> None:
    """Write every ONNX file that a model folder has, for one input size."""
    for name, entry in FILES.items():
        if entry['precision'] == 'fp32':
            write_fp32(model.fp32, geometry, folder / name)
        elif entry['form'] == NATIVE:
            integers = integer_network(model.int8.network, model.int8.grids, geometry)
            write_native(integers, folder / name)
        else:
            write_int8(model.int8.network, model.int8.grids, geometry, folder / name,
                       entry['form'])


def write_model(model: QuantizedModel, facts: Facts, folder: Path, name: str) -> ModelSpec:
    """Write the ONNX files, then labels and card of a model called ``name``, and check them."""
    write_onnx_files(model, facts.geometry, folder)
    return complete(folder, name, facts)
