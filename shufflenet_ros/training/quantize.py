"""
int8 by onnxruntime's own static quantizer, in QDQ format.

Calibration images pass through the one preprocess and come from the training split only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
import tempfile

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader, CalibrationMethod, quant_pre_process, quantize_static, QuantFormat,
    QuantType)

from shufflenet_ros.core.decode import Pixels
from shufflenet_ros.core.preprocess import Geometry, preprocess
from shufflenet_ros.model_card import INPUT


class _Reader(CalibrationDataReader):
    """Hands the calibration tensors to the quantizer one by one."""

    def __init__(self, images: Sequence[np.ndarray], geometry: Geometry) -> None:
        self._tensors: Iterator[np.ndarray] = (
            preprocess(Pixels(image, None), geometry) for image in images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next input, or None at the end."""
        tensor = next(self._tensors, None)
        return None if tensor is None else {INPUT: tensor}


def quantize_qdq(fp32: Path, int8: Path, images: Sequence[np.ndarray], geometry: Geometry) -> None:
    """
    Write the 8-bit form of an fp32 graph: uint8 activations, uint8 weights per output channel.

    ``images`` are RGB uint8 of any size. Weights are unsigned because x86 cores without VNNI add
    pairs of products of unsigned and signed bytes in 16 bits, which saturate: the same file would
    be several points of top-1 worse there.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / 'prepared.onnx'
        quant_pre_process(str(fp32), str(prepared))
        quantize_static(
            str(prepared), str(int8), _Reader(images, geometry), quant_format=QuantFormat.QDQ,
            per_channel=True, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QUInt8, calibrate_method=CalibrationMethod.MinMax)
