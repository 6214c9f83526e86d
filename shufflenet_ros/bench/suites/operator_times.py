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

"""Where the time goes: our int8, fp32 and onnxruntime's own int8, node by node."""

from __future__ import annotations

from collections import defaultdict
from itertools import cycle, islice
from typing import Any

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.interface import floats
from shufflenet_ros.bench.engines.ours import engines_of
from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.bench.roofline.operator_times import NodeTime, operator_times, WHOLE
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites.int8 import resized, sizes_of

ROUNDS = 60


def measure(request: BenchRequest) -> Results:
    """Give one row for each engine and each kind of work, with its time and share."""
    results = Results()
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        fp32 = spec.onnx_path('fp32')
        calibration = request.calibration(height, width)
        tensors = list(islice(cycle(request.tensors(height, width)), request.rounds or ROUNDS))
        engines, absent = engines_of(spec)
        results.absent |= {f'profile/{name}': reason for name, reason in absent.items()}
        runs = {name: (engine.path, tensors) for name, engine in engines.items()}
        for types in qdq.TYPES:
            path = qdq.exported_file(fp32, types, calibration, request.folder)
            runs[f'ort_qdq_{types}'] = path, [floats(tensor) for tensor in tensors]
        for engine, (path, inputs) in runs.items():
            for row in _rows(operator_times(path, inputs, request.folder), multiply_adds(fp32)):
                results.rows.append({'suite': 'profile', 'engine': engine, 'model': spec.name,
                                     'height': height, 'width': width, **row})
    return results


def _rows(nodes: list[NodeTime], whole: int) -> list[dict[str, Any]]:
    """Sum the nodes up by kind, largest first; ``whole``: what the fused operator has to do."""
    ms: defaultdict[str, float] = defaultdict(float)
    count: defaultdict[str, int] = defaultdict(int)
    work: defaultdict[str, int] = defaultdict(int)
    for node in nodes:
        ms[node.kind] += node.ms
        count[node.kind] += 1
        work[node.kind] += whole if node.kind == WHOLE else node.multiply_adds
    total = sum(ms.values())
    return [{'kind': kind, 'nodes': count[kind], 'median_ms': ms[kind],
             'share': ms[kind] / total, 'multiply_adds': work[kind]}
            for kind in sorted(ms, key=ms.__getitem__, reverse=True)]
