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
Intel's OpenVINO: one thread, one stream, for latency; static shapes, one request used again.

Its 8 bits are what its vendor recommends: post-training quantization by nncf with its defaults.
The precision of the float networks is always set, since OpenVINO's own choice differs from CPU to
CPU; what stays in floats beside the 8 bits runs in the precision that it chooses.
"""

from __future__ import annotations

from functools import partial
import os
from pathlib import Path
from typing import Any

import numpy as np
from shufflenet_ros.bench.engines.interface import Absent, Calibration, Factory, floats
from shufflenet_ros.bench.runner.comparison import Candidate

CAPABILITIES = {'bf16': 'BF16', 'f16': 'FP16'}
"""What OpenVINO calls the ability of a CPU to calculate in a precision."""


def in_floats(precision: str, source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Calculate in ``f32``, ``bf16`` or ``f16``; Absent where the CPU has no such arithmetic."""
    import openvino as ov
    del calibration
    core = ov.Core()
    wanted = CAPABILITIES.get(precision)
    if wanted and wanted not in core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES'):
        raise Absent(f'this CPU has no {precision} arithmetic that OpenVINO uses')
    return _candidate(core, _read(core, source, folder),
                      INFERENCE_PRECISION_HINT=precision)


def int8(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Calculate in 8 bits by nncf, calibrated on all of ``calibration``."""
    import openvino as ov
    # Without this variable nncf sends usage reports; it is read when nncf is imported.
    os.environ.setdefault('NNCF_CI', '1')
    import nncf
    core = ov.Core()
    pixels = [floats(tensor) for tensor in calibration]
    model = nncf.quantize(_read(core, source, folder), nncf.Dataset(pixels),
                          subset_size=len(pixels))
    return _candidate(core, model)


def _read(core: Any, source: Path, folder: Path) -> Any:
    from shufflenet_ros.bench.engines.float_input import reshape_shuffles, write_float_input
    path = folder / 'openvino.onnx'
    write_float_input(source, path, reshape_shuffles)
    return core.read_model(path)


def _candidate(core: Any, model: Any, **options: str) -> Candidate:
    import openvino as ov
    compiled = core.compile_model(model, 'CPU', {
        'INFERENCE_NUM_THREADS': 1, 'NUM_STREAMS': 1, 'PERFORMANCE_HINT': 'LATENCY', **options})
    request = compiled.create_infer_request()
    logits = request.get_output_tensor(0).data

    def run(pixels: Any) -> np.ndarray:
        request.set_input_tensor(pixels)
        request.infer()
        return logits[0].copy()

    return Candidate(run, lambda tensor: ov.Tensor(floats(tensor)))


FACTORIES: dict[str, Factory] = {
    **{f'openvino_{name}': partial(in_floats, name) for name in ('f32', 'bf16', 'f16')},
    'openvino_int8': int8}
