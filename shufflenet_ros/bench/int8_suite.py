"""Our int8 against fp32 and against what onnxruntime's own quantizer makes of the same model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from shufflenet_ros.bench.timing import Run
from shufflenet_ros.engine import Engine, logits_of, open_session
from shufflenet_ros.model_card import ModelSpec

REFERENCE = 'ort_fp32'
QDQ = ('s8s8', 'u8s8')
"""Activation and weight types; s8s8 is the first choice of onnxruntime's documentation."""


def engines(spec: ModelSpec, photographs: Sequence[np.ndarray],
            folder: Path) -> tuple[dict[str, Run], dict[str, str]]:
    """
    Make all engines of the suite, and say why one is absent.

    The QDQ files are made in ``folder`` and calibrated on ``photographs`` (RGB uint8).
    """
    found: dict[str, Run] = {
        'ours_int8': Engine(spec, precision='int8').run,
        REFERENCE: Engine(spec, precision='fp32').run}
    absent = {}
    try:
        from shufflenet_ros.training.qdq import quantize_qdq
    except ImportError as error:
        absent = {f'ort_qdq_{types}': f'{error}; pip install onnx' for types in QDQ}
    else:
        for types in QDQ:
            path = folder / f'{spec.name}.qdq_{types}.onnx'
            quantize_qdq(spec.onnx_path('fp32'), path, photographs, spec.geometry, types)
            # The same settings as ours, so that only the graphs differ.
            found[f'ort_qdq_{types}'] = partial(logits_of, open_session(path))
    return found, absent
