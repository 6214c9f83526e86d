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
Networks of torchvision with random weights, exported to ONNX.

Each takes uint8 pixels (1, height, width, 3) like ours. Batch normalisation is folded by the
exporter.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
import warnings

from shufflenet_ros.inference.model_card import INPUT, OUTPUT
from shufflenet_ros.quantization.onnx_graph import OPSET
import torch
from torch import nn, Tensor

NETWORKS: dict[str, Callable[[Any], nn.Module]] = {
    'squeezenet': lambda models: models.squeezenet1_0(),
    'resnet18': lambda models: models.resnet18(),
    'resnet50': lambda models: models.resnet50(),
    'resnext50': lambda models: models.resnext50_32x4d(),
    'mobilenet_v2_1.0': lambda models: models.mobilenet_v2(),
    'mobilenet_v2_0.35': lambda models: models.mobilenet_v2(width_mult=0.35),
    'mobilenet_v3_small': lambda models: models.mobilenet_v3_small(),
}
"""Name in the results to what makes it of ``torchvision.models``; all name 1000 classes."""
DETECTORS = ('nms', 'qnms')
"""Operators that torchvision declares in its compiled library, and needs when it is imported."""


class _Pixels(nn.Module):
    """A network behind the input of ours."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Uint8 (1, height, width, 3) to logits (1, classes)."""
        return self.network(pixels.float().permute(0, 3, 1, 2))


def write(name: str, height: int, width: int, path: Path) -> None:
    """Write one of ``NETWORKS``; ImportError where torchvision cannot be used."""
    models = torchvision_models()
    torch.manual_seed(0)
    network = _Pixels(NETWORKS[name](models)).eval()
    pixels = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # dynamo=True, which the warning recommends, needs the package onnxscript.
        warnings.simplefilter('ignore')
        torch.onnx.export(network, (pixels,), path, dynamo=False, opset_version=OPSET,
                          input_names=[INPUT], output_names=[OUTPUT])


def torchvision_models() -> Any:
    """
    Import ``torchvision.models``, beside a CPU build of torch as well.

    PyPI's torchvision is built for torch with CUDA. Beside another torch its compiled library does
    not load, and its import fails at two operators, which only detectors use. They are declared
    here, so that the networks can be used. Raises ImportError where that does not help either.
    """
    try:
        from torchvision import models
    except RuntimeError:
        try:
            for name in DETECTORS:
                torch.library.define(f'torchvision::{name}',
                                     '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
            from torchvision import models
        except RuntimeError as error:
            raise ImportError(f'torchvision does not fit this torch: {error}') from error
    return models
