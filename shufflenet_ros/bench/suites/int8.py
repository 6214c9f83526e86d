"""
Our int8 against fp32 and against what onnxruntime's own quantizer makes of the same model.

``ort_qdq_s8s8`` and ``ort_qdq_u8s8`` are what it makes of the graph that exporters write,
``..._gather`` what it makes of our fp32 file; see
:mod:`shufflenet_ros.bench.engines.onnxruntime_qdq`.
"""

from __future__ import annotations

from collections.abc import Iterator

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.runner.candidate import Candidate
from shufflenet_ros.bench.runner.comparison import Contender, Contest, hold_all, Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 300
PAPER_SIZE = (224, 224)
QDQ = {f'ort_qdq_{types}{suffix}': (make, types)
       for make, suffix in ((qdq.as_exported, ''), (qdq.as_it_is, '_gather'))
       for types in qdq.TYPES}


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
    from shufflenet_ros.bench.networks.resized import at_size
    return at_size(request.spec, height, width, request.folder)


def onnxruntimes(spec: ModelSpec, request: Request) -> tuple[list[Contender], dict[str, str]]:
    """Make all engines of onnxruntime for one model, and say why one is absent."""
    geometry = spec.geometry
    calibration = request.calibration(geometry.height, geometry.width)
    found = [Contender('ours_int8', spec.name, Candidate(Engine(spec, precision='int8').run)),
             Contender('ort_fp32', spec.name, Candidate(Engine(spec, precision='fp32').run))]
    absent = {}
    for name, (make, types) in QDQ.items():
        try:
            candidate = make(spec.onnx_path('fp32'), types, calibration, request.folder)
        except ImportError as error:
            absent[name] = f'{error}; pip install onnx'
        else:
            found.append(Contender(name, spec.name, candidate))
    return found, absent
