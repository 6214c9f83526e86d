"""Our int8 against fp32 and against what onnxruntime's own quantizer makes of the same model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from shufflenet_ros.bench.candidate import Candidate
from shufflenet_ros.bench.contest import Contender, Contest, hold_all, Outcome
from shufflenet_ros.bench.request import Request
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.engine import Engine, logits_of, open_session
from shufflenet_ros.model_card import ModelSpec

ROUNDS = 300
PAPER_SIZE = (224, 224)
QDQ = ('s8s8', 'u8s8')
"""Activation and weight types; s8s8 is the first choice of onnxruntime's documentation."""


def measure(request: Request) -> Outcome:
    """Hold the contests of :func:`contests`."""
    return hold_all(contests(request), request.rounds or ROUNDS, request.warm_up)


def contests(request: Request) -> Iterator[Contest]:
    """Give one contest for each size: the model's own and the paper's, unless others are asked."""
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        contenders, absent = onnxruntimes(spec, request)
        yield Contest('int8', height, width, contenders, request.tensors(height, width),
                      absent=absent)


def sizes_of(request: Request) -> tuple[tuple[int, int], ...]:
    """Give the sizes asked for, else the model's own and the paper's."""
    geometry = request.spec.geometry
    return request.sizes or tuple(dict.fromkeys(((geometry.height, geometry.width), PAPER_SIZE)))


def resized(request: Request, height: int, width: int) -> ModelSpec:
    """Give the model for that size; only another size than its own needs the package onnx."""
    geometry = request.spec.geometry
    if (height, width) == (geometry.height, geometry.width):
        return request.spec
    from shufflenet_ros.bench.resized import at_size
    return at_size(request.spec, height, width, request.folder)


def onnxruntimes(spec: ModelSpec, request: Request) -> tuple[list[Contender], dict[str, str]]:
    """Make all engines of onnxruntime for one model, and say why one is absent."""
    geometry = spec.geometry
    calibration = request.calibration(geometry.height, geometry.width)
    found = [Contender('ours_int8', spec.name, Candidate(Engine(spec, precision='int8').run)),
             Contender('ort_fp32', spec.name, Candidate(Engine(spec, precision='fp32').run))]
    absent = {}
    for types in QDQ:
        try:
            run = qdq(spec.onnx_path('fp32'), types, calibration, request.folder)
        except ImportError as error:
            absent[f'ort_qdq_{types}'] = f'{error}; pip install onnx'
        else:
            found.append(Contender(f'ort_qdq_{types}', spec.name, Candidate(run)))
    return found, absent


def qdq(fp32: Path, types: str, calibration: Sequence[np.ndarray],
        folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Give the engine of :func:`qdq_file`, with our own session settings."""
    return partial(logits_of, open_session(qdq_file(fp32, types, calibration, folder)))


def qdq_file(fp32: Path, types: str, calibration: Sequence[np.ndarray], folder: Path) -> Path:
    """Quantize with onnxruntime's own tool; ``calibration`` are uint8 (1, height, width, 3)."""
    from shufflenet_ros.training.qdq import quantize_qdq
    path = folder / f'{fp32.parent.name}.{fp32.stem}.qdq_{types}.onnx'
    if not path.exists():
        height, width = calibration[0].shape[1:3]
        # They are tensors already: the whole of each is the region of its own size.
        quantize_qdq(fp32, path, [tensor[0] for tensor in calibration],
                     Geometry(height, width, 1.0), types)
    return path
