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
Alibaba's MNN; its own converter makes the file from ONNX.

The converter is called below its command line ``mnnconvert``, which installs a package and sends
usage reports.
"""

from __future__ import annotations

from pathlib import Path
import sys
from typing import Any

import numpy as np
from shufflenet_ros.bench.engines.interface import Calibration, convert, floats
from shufflenet_ros.bench.runner.comparison import Candidate

CONVERT = 'import sys, _tools; _tools.mnnconvert(sys.argv)'


def fp32(source: Path, folder: Path, calibration: Calibration) -> Candidate:
    """Float32 in a session for the CPU: precision normal is that everywhere, low is not."""
    import MNN
    del calibration
    interpreter = MNN.Interpreter(str(convert_fp32(source, folder)))
    session = interpreter.createSession(
        {'backend': 'CPU', 'numThread': 1, 'precision': 'normal'})
    entry, end = interpreter.getSessionInput(session), interpreter.getSessionOutput(session)
    host = _tensor(np.zeros(end.getShape(), np.float32))
    logits = host.getNumpyData()  # a view

    def run(pixels: Any) -> np.ndarray:
        entry.copyFrom(pixels)
        interpreter.runSession(session)
        end.copyToHostTensor(host)
        return logits[0].copy()

    return Candidate(run, lambda tensor: _tensor(floats(tensor)))


def _tensor(values: np.ndarray) -> Any:
    import MNN
    return MNN.Tensor(values.shape, MNN.Halide_Type_Float, values, MNN.Tensor_DimensionType_Caffe)


def convert_fp32(source: Path, folder: Path) -> Path:
    """Write MNN's file, which a session runs in the precision that it is asked for."""
    from shufflenet_ros.bench.engines.float_input import reshape_shuffles, write_float_input
    write_float_input(source, folder / 'mnn.onnx', reshape_shuffles)
    path = folder / 'network.mnn'
    convert([sys.executable, '-c', CONVERT, '-f', 'ONNX', '--modelFile',
             str(folder / 'mnn.onnx'), '--MNNModel', str(path), '--bizCode', 'bench'])
    return path


FACTORIES = {'mnn_fp32': fp32}
