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
The same network in the other engines, and the networks that a user would choose instead.

What is not installed is reported as absent; environment/requirements/engines.txt lists it. The
conversion of the pixels to an engine's input is outside the time of other engines, and inside that
of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.registry import INSTALL, other_engines
from shufflenet_ros.bench.networks.multiply_adds import multiply_adds, parameters
from shufflenet_ros.bench.networks.other_networks import write_network
from shufflenet_ros.bench.runner.comparison import Candidate, Comparison, Entry, Results, run_all
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites.int8 import onnxruntime_entries, resized, sizes_of
from shufflenet_ros.inference.sessions import logits_of, open_session

ROUNDS = 150
INSTEAD = ('mobilenet_v1_0.25', 'mobilenet_v2_0.35', 'mobilenet_v3_small', 'shufflenet_v2_0.5x')
"""Of about the same cost; with random weights, so that their accuracy says nothing."""


def measure(request: BenchRequest) -> Results:
    """Run the comparisons of :func:`comparisons`."""
    return run_all(comparisons(request), request.rounds or ROUNDS, request.warm_up)


def comparisons(request: BenchRequest) -> Iterator[Comparison]:
    """Give one for each size: the model's own and the paper's, unless others are asked for."""
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        entries, absent = onnxruntime_entries(spec, request)
        calibration = request.calibration(height, width)
        others, missing = other_engines(spec.onnx_path('fp32'), request.folder, calibration)
        entries += [Entry(name, spec.name, one) for name, one in others.items()]
        absent |= missing
        for name in INSTEAD:
            try:
                entries += _instead(name, height, width, request)
            except ImportError as error:
                absent[name] = f'{error}; {INSTALL}'
        yield Comparison('peers', height, width, entries, request.tensors(height, width),
                         absent=absent)


def _instead(name: str, height: int, width: int, request: BenchRequest) -> list[Entry]:
    path = request.folder / f'{name}-{width}x{height}.onnx'
    write_network(name, height, width, path)
    facts = {'multiply_adds': multiply_adds(path), 'parameters': parameters(path)}
    calibration = request.calibration(height, width)
    engines = {'ort_fp32': Candidate(partial(logits_of, open_session(path))),
               'ort_qdq_u8s8': qdq.as_it_is(path, 'u8s8', calibration, request.folder)}
    return [Entry(engine, name, one, facts) for engine, one in engines.items()]
