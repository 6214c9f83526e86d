"""Where the time goes: our int8, fp32 and onnxruntime's own int8, node by node."""

from __future__ import annotations

from collections import defaultdict
from itertools import cycle, islice

from shufflenet_ros.bench.engines import onnxruntime_qdq as qdq
from shufflenet_ros.bench.engines.maker import floats
from shufflenet_ros.bench.roofline.operator_times import profile, Ran
from shufflenet_ros.bench.runner.comparison import Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.bench.suites.int8 import resized, sizes_of
from shufflenet_ros.inference.forms import int8_form

ROUNDS = 60


def measure(request: Request) -> Outcome:
    """Give one row for each engine and each kind of work, with its time and share."""
    outcome = Outcome()
    for height, width in sizes_of(request):
        spec = resized(request, height, width)
        fp32 = spec.onnx_path('fp32')
        calibration = request.calibration(height, width)
        tensors = list(islice(cycle(request.tensors(height, width)), request.rounds or ROUNDS))
        runs = {'ours_int8': (spec.onnx_path('int8', int8_form()), tensors),
                'ort_fp32': (fp32, tensors)}
        for types in qdq.TYPES:
            path = qdq.exported_file(fp32, types, calibration, request.folder)
            runs[f'ort_qdq_{types}'] = path, [floats(tensor) for tensor in tensors]
        for engine, (path, inputs) in runs.items():
            for row in _rows(profile(path, inputs, request.folder)):
                outcome.rows.append({'suite': 'profile', 'engine': engine, 'model': spec.name,
                                     'height': height, 'width': width, **row})
    return outcome


def _rows(nodes: list[Ran]) -> list[dict]:
    """Sum the nodes up by kind, largest first."""
    ms, count, work = defaultdict(float), defaultdict(int), defaultdict(int)
    for node in nodes:
        ms[node.kind] += node.ms
        count[node.kind] += 1
        work[node.kind] += node.multiply_adds
    total = sum(ms.values())
    return [{'kind': kind, 'nodes': count[kind], 'median_ms': ms[kind],
             'share': ms[kind] / total, 'multiply_adds': work[kind]}
            for kind in sorted(ms, key=ms.__getitem__, reverse=True)]
