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
How far each engine is from the fastest that this core can be; ``peak`` measures that.

The peaks are the larger ones of two measurements, before and after the engines.
"""

from __future__ import annotations

from typing import Any

from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.bench.roofline.operator_times import operator_times
from shufflenet_ros.bench.roofline.peak import copy_rate, peak_fp32, peak_int8
from shufflenet_ros.bench.runner.comparison import Results, run
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites import int8
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 150


def measure(request: BenchRequest) -> Results:
    """Give the peaks as ``extra``, and the int8 suite's rows with the time at the roofline."""
    results = Results()
    before = _peaks()
    for comparison in int8.comparisons(request):
        comparison.suite = 'floor'
        results.add(run(comparison, request.rounds or ROUNDS, request.warm_up))
    peaks = {name: max(before[name], value) for name, value in _peaks().items()}
    for height, width in {(row['height'], row['width']) for row in results.rows}:
        spec = int8.resized(request, height, width)
        work = multiply_adds(spec.onnx_path('fp32'))
        for row in results.rows:
            if (row['height'], row['width']) == (height, width):
                row |= _at_roofline(row, work, peaks)
                if row['engine'] == 'ours_int8_graph':
                    row |= _executed(spec, request, peaks)
    results.extra['peaks'] = peaks
    return results


def _peaks() -> dict[str, float]:
    return {'fp32_multiply_adds_per_s': peak_fp32(),
            'int8_multiply_adds_per_s': peak_int8(int8_form()),
            'copied_bytes_per_s': copy_rate()}


def _at_roofline(row: dict[str, Any], work: int, peaks: dict[str, float]) -> dict[str, Any]:
    precision = 'fp32' if row['engine'].endswith('fp32') else 'int8'
    fastest_ms = work / peaks[f'{precision}_multiply_adds_per_s'] * 1e3
    return {'multiply_adds': work, 'floor_ms': fastest_ms,
            'times_floor': row['min_ms'] / fastest_ms}


def _executed(spec: ModelSpec, request: BenchRequest, peaks: dict[str, float]) -> dict[str, Any]:
    """Count what the graph's dense layers really do, and the time to read all weights once."""
    path, geometry = spec.onnx_path('int8', int8_form()), spec.geometry
    tensors = request.tensors(geometry.height, geometry.width)[:3]
    executed = sum(node.multiply_adds for node in operator_times(path, tensors, request.folder))
    return {'executed_multiply_adds': executed,
            'executed_floor_ms': executed / peaks['int8_multiply_adds_per_s'] * 1e3,
            'weights_read_ms': path.stat().st_size / peaks['copied_bytes_per_s'] * 1e3}
