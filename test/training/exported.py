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

"""Costs of a network of PyTorch, counted in the ONNX file that is written of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.training.fold import fold


def exported_multiply_adds(network, height=224, width=224):
    """Multiply-adds for one image (1, 3, height, width)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'fp32.onnx'
        write_fp32(fold(network), Geometry(height, width), path)
        return multiply_adds(path)


def trainable_parameters(network):
    """Count the values that training changes."""
    return sum(parameter.numel() for parameter in network.parameters())
