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
The same network quantized by onnxruntime's own tool, with our own session settings.

What the tool makes depends on how the graph it gets does the channel shuffle. Exporters write
Reshape, Transpose, Reshape, so this is what users of the tool have. Our fp32 file has a Gather
instead, through which onnxruntime moves its transposes: u8s8 then takes two thirds of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from shufflenet_ros.bench.engines.interface import Calibration, floats
from shufflenet_ros.bench.runner.comparison import Candidate
from shufflenet_ros.inference.sessions import logits_of, open_session

TYPES = ('s8s8', 'u8s8')
"""Activations and weights; s8s8 is the first choice of onnxruntime's documentation."""


def as_exported(fp32: Path, types: str, calibration: Calibration, folder: Path) -> Candidate:
    """Quantize the graph that exporters write: float32 NCHW, shuffles by Reshape, Transpose."""
    return Candidate(_run(exported_file(fp32, types, calibration, folder)), floats)


def as_it_is(fp32: Path, types: str, calibration: Calibration, folder: Path) -> Candidate:
    """Quantize an fp32 file of ours, uint8 NHWC, as it is."""
    return Candidate(_run(own_file(fp32, types, calibration, folder)))


def exported_file(fp32: Path, types: str, calibration: Calibration, folder: Path) -> Path:
    """Give the file that :func:`as_exported` runs; its input is float32 (1, 3, height, width)."""
    from shufflenet_ros.bench.engines.float_input import reshape_shuffles, write_float_input
    exported = folder / f'{fp32.parent.name}.{fp32.stem}.exported.onnx'
    write_float_input(fp32, exported, reshape_shuffles)
    return own_file(exported, types, [floats(tensor) for tensor in calibration], folder)


def own_file(fp32: Path, types: str, tensors: Sequence[np.ndarray], folder: Path) -> Path:
    """Quantize a graph as it is, once; ``tensors`` are inputs of it."""
    from shufflenet_ros.quantization.qdq import quantize_qdq
    path = folder / f'{fp32.parent.name}.{fp32.stem}.qdq_{types}.onnx'
    if not path.exists():
        quantize_qdq(fp32, path, tensors, types)
    return path


def _run(path: Path) -> partial:
    return partial(logits_of, open_session(path))
