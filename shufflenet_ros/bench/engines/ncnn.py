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
Tencent's ncnn; its own converter pnnx makes the files from ONNX.

Its 8 bits need tools that have no wheel, so they are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from shufflenet_ros.bench.engines.interface import Absent, Calibration, convert, floats
from shufflenet_ros.bench.runner.comparison import Candidate

FP16 = ('use_fp16_packed', 'use_fp16_storage', 'use_fp16_arithmetic', 'use_bf16_storage',
        'use_bf16_packed')
"""Options that let ncnn calculate or keep floats in 16 bits."""


def fp32(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Float32 throughout: weights, activations and arithmetic."""
    del calibration
    return _candidate(source, folder, half=False)


def fp16(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Give ncnn's default on ARM with half-precision arithmetic; Absent anywhere else."""
    import ncnn
    del calibration
    if not ncnn.cpu_support_arm_asimdhp():
        raise Absent('this CPU has no ARM half-precision arithmetic')
    return _candidate(source, folder, half=True)


def _candidate(source: Path, folder: Path, half: bool) -> Candidate:
    import ncnn
    stem = _convert(source, folder, half)
    network = ncnn.Net()
    network.opt.num_threads = 1
    for name in () if half else FP16:
        if hasattr(network.opt, name):
            setattr(network.opt, name, False)
    if network.load_param(f'{stem}.param') or network.load_model(f'{stem}.bin'):
        raise Absent('ncnn does not load what pnnx made')

    def run(pixels: Any) -> np.ndarray:
        extractor = network.create_extractor()
        extractor.input('in0', pixels)
        return np.array(extractor.extract('out0')[1])

    def prepare(tensor: np.ndarray) -> Any:
        pixels = floats(tensor)[0]
        # A Mat of an array does not own its memory, its clone does.
        return ncnn.Mat(pixels).clone()

    return Candidate(run, prepare)


def _convert(source: Path, folder: Path, half: bool) -> Path:
    import pnnx
    from shufflenet_ros.bench.engines.float_input import reshape_shuffles, write_float_input
    folder = folder / ('ncnn_fp16' if half else 'ncnn_fp32')
    folder.mkdir(parents=True, exist_ok=True)
    write_float_input(source, folder / 'network.onnx', reshape_shuffles)
    convert([pnnx.EXEC_PATH, str(folder / 'network.onnx'), f'fp16={int(half)}'])
    return folder / 'network.ncnn'


FACTORIES = {'ncnn_fp32': fp32, 'ncnn_fp16': fp16}
