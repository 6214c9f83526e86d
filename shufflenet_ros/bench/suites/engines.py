"""
The same network in the other engines, and the networks that a user would pick instead.

Peers that are not installed are reported as absent; environment/requirements/peers.txt lists them.
Conversion of the pixels to what an engine wants is outside the time of peers, inside that of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.registry import peers
from shufflenet_ros.bench.networks.zoo import write
from shufflenet_ros.bench.runner.candidate import Candidate
from shufflenet_ros.bench.runner.comparison import Contender, Contest, hold_all, Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.bench.suites.int8 import onnxruntimes, resized, sizes_of
from shufflenet_ros.inference.sessions import logits_of, open_session

ROUNDS = 150
INSTEAD = ('mobilenet_v1_0.25', 'mobilenet_v2_0.35', 'mobilenet_v3_small', 'shufflenet_v2_0.5x')
"""Of about the same cost; with random weights, so that their accuracy says nothing."""


def measure(request: Request) -> Outcome:
    """Hold the contests of :func:`contests`."""
    return hold_all(contests(request), request.rounds or ROUNDS, request.warm_up)


def contests(request: Request) -> Iterator[Contest]:
    """Give one contest for each size: the model's own and the paper's, unless others are asked."""
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        found, absent = onnxruntimes(spec, request)
        calibration = request.calibration(height, width)
        others, missing = peers(spec.onnx_path('fp32'), request.folder, calibration)
        found += [Contender(name, spec.name, one) for name, one in others.items()]
        for name in INSTEAD:
            found += _instead(name, height, width, request)
        yield Contest('peers', height, width, found, request.tensors(height, width),
                      absent=absent | missing)


def _instead(name: str, height: int, width: int, request: Request) -> list[Contender]:
    path = request.folder / f'{name}-{width}x{height}.onnx'
    net = write(name, height, width, path)
    facts = {'multiply_adds': net.multiply_adds, 'parameters': net.parameters}
    calibration = request.calibration(height, width)
    engines = {'ort_fp32': Candidate(partial(logits_of, open_session(path))),
               'ort_qdq_u8s8': qdq.as_it_is(path, 'u8s8', calibration, request.folder)}
    return [Contender(engine, name, one, facts) for engine, one in engines.items()]
