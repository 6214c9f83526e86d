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
Google's LiteRT with its default delegate XNNPACK, which takes every operator.

The fp32 file is written by us from ONNX (see ``tflite_file``). The 8 bits are made of it by the
vendor's ai-edge-quantizer with its recipe for static 8-bit weights and activations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from shufflenet_ros.bench.engines.interface import Calibration
from shufflenet_ros.bench.runner.comparison import Candidate
from shufflenet_ros.inference.model_card import INPUT


def fp32(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Float32 throughout."""
    del calibration
    return _candidate(convert_fp32(source, folder).read_bytes())


def int8(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Calculate in 8 bits from pixels to logits, calibrated on all of ``calibration``."""
    return _candidate(convert_int8(source, folder, calibration))


def convert_fp32(source: Path, folder: Path) -> Path:
    """Write the fp32 file."""
    from shufflenet_ros.bench.engines.tflite_file import write_tflite
    path = folder / 'network.tflite'
    write_tflite(source, path)
    return path


def convert_int8(source: Path, folder: Path, calibration: Calibration) -> bytes:
    """Give the content of the int8 file; see :func:`int8`."""
    from ai_edge_quantizer import quantizer, recipe
    quantization = quantizer.Quantizer(convert_fp32(source, folder), recipe.static_wi8_ai8())
    pixels = [{INPUT: tensor.astype(np.float32)} for tensor in calibration]
    ranges = quantization.calibrate({'serving_default': pixels}, num_threads=1)
    result = quantization.quantize(ranges, enable_progress_bar=False,
                                   enable_progress_report=False)
    return bytes(result.quantized_model)


def _candidate(content: bytes) -> Candidate:
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(pixels: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(entry['index'], pixels)
        interpreter.invoke()
        return _from_native(interpreter.get_tensor(end['index'])[0], end)

    return Candidate(run, lambda tensor: _to_native(tensor.astype(np.float32), entry))


def _to_native(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Bring float32 to the type of an interpreter's tensor."""
    if details['dtype'] == np.float32:
        return values
    scale, zero = details['quantization']
    limits = np.iinfo(details['dtype'])
    return np.clip(np.rint(values / scale) + zero, limits.min, limits.max).astype(
        details['dtype'])


def _from_native(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Bring what an interpreter's tensor holds to float32."""
    if details['dtype'] == np.float32:
        return values
    scale, zero = details['quantization']
    return (values.astype(np.float32) - zero) * np.float32(scale)


FACTORIES = {'litert_fp32': fp32, 'litert_int8': int8}
