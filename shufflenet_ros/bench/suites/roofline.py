"""How far each engine is from what this core could do at best; ``peak`` measures that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.bench.roofline.operator_times import profile
from shufflenet_ros.bench.roofline.peak import copy_rate, peak_fp32, peak_int8
from shufflenet_ros.bench.runner.comparison import hold, Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.bench.suites import int8
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 150


def measure(request: Request) -> Outcome:
    """Give the peaks as ``extra``, and the int8 suite's rows with their floors."""
    peaks = {'fp32_multiply_adds_per_s': peak_fp32(),
             'int8_multiply_adds_per_s': peak_int8(int8_form()),
             'copied_bytes_per_s': copy_rate()}
    outcome = Outcome(extra={'peaks': peaks})
    for contest in int8.contests(request):
        contest.suite = 'floor'
        found = hold(contest, request.rounds or ROUNDS, request.warm_up)
        spec = int8.resized(request, contest.height, contest.width)
        work = multiply_adds(spec.onnx_path('fp32'))
        for row in found.rows:
            row |= _floor(row, work, peaks)
            if row['engine'] == 'ours_int8':
                row |= _ours(spec, request, peaks)
        outcome.add(found)
    return outcome


def _floor(row: dict[str, Any], work: int, peaks: dict[str, float]) -> dict[str, Any]:
    precision = 'fp32' if row['engine'].endswith('fp32') else 'int8'
    floor_ms = work / peaks[f'{precision}_multiply_adds_per_s'] * 1e3
    return {'multiply_adds': work, 'floor_ms': floor_ms, 'times_floor': row['min_ms'] / floor_ms}


def _ours(spec: ModelSpec, request: Request, peaks: dict[str, float]) -> dict[str, Any]:
    """Count what our dense convolutions really do, and the time to read all weights once."""
    path: Path = spec.onnx_path('int8', int8_form())
    geometry = spec.geometry
    nodes = profile(path, request.tensors(geometry.height, geometry.width)[:3], request.folder)
    executed = sum(node.multiply_adds for node in nodes)
    return {'executed_multiply_adds': executed,
            'executed_floor_ms': executed / peaks['int8_multiply_adds_per_s'] * 1e3,
            'weights_read_ms': path.stat().st_size / peaks['copied_bytes_per_s'] * 1e3}
