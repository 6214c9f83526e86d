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

"""8 bits by onnxruntime's own static quantizer, in QDQ format: what we compare our int8 with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
import tempfile

import numpy as np
import shufflenet_ros.process.no_telemetry  # noqa: F401

# isort: split
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    quant_pre_process,
    QuantFormat,
    quantize_static,
    QuantType,
)
from shufflenet_ros.inference.model_card import INPUT


class _Reader(CalibrationDataReader):
    """Hands the calibration tensors to the quantizer one by one."""

    def __init__(self, tensors: Iterable[np.ndarray]) -> None:
        self._tensors = iter(tensors)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next input, or None at the end."""
        tensor = next(self._tensors, None)
        return None if tensor is None else {INPUT: tensor}


TYPES = {'u8': QuantType.QUInt8, 's8': QuantType.QInt8}


def quantize_qdq(fp32: Path, int8: Path, tensors: Iterable[np.ndarray], types: str) -> None:
    """
    Write the QDQ form of an fp32 graph, with weights per output channel and MinMax ranges.

    ``tensors`` are inputs of the graph to find ranges on; ``types`` of activations and weights are
    ``u8s8``, ``s8s8`` or ``u8u8``.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / 'prepared.onnx'
        quant_pre_process(str(fp32), str(prepared))
        quantize_static(
            str(prepared), str(int8), _Reader(tensors), quant_format=QuantFormat.QDQ,
            per_channel=True, activation_type=TYPES[types[:2]],
            weight_type=TYPES[types[2:]], calibrate_method=CalibrationMethod.MinMax)
