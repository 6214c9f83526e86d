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
What a second or fourth thread gains, and what it costs the robot's other nodes.

Frames come at a camera's rate, since that is where a spinning pool shows: its threads use the CPU
between two frames. Each setting has the machine to itself for a moment, again and again;
nothing is pinned but the number of cores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
import time
from typing import Any

import numpy as np
from shufflenet_ros.bench.engines.ours import PRECISIONS
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.runner.timing import summary_ms
from shufflenet_ros.bench.suites.int8 import resized, sizes_of
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 120
THREADS = (1, 2, 4)
TURNS = 4
PERIOD_S = 1 / 30


def measure(request: BenchRequest) -> Results:
    """Give one row for each form, number of threads, and spinning or not."""
    cores = len(request.cores)
    results = Results(absent={f'threads/{threads}': f'this process may use {cores} cores'
                              for threads in THREADS if threads > cores})
    frames = -(-(request.rounds or ROUNDS) // TURNS)
    with on_cores(request.cores):
        for height, width in sizes_of(request):
            spec = resized(request, height, width)
            results.add(_compare(spec, request.tensors(height, width), cores, frames))
    return results


def _compare(spec: ModelSpec, tensors: Sequence[np.ndarray], cores: int, frames: int) -> Results:
    results, geometry = Results(), spec.geometry
    settings = {f'threads/{name}/{spec.name}/{geometry.width}x{geometry.height}': (name, options)
                for name, options in _settings(cores)}
    cpu_ms = dict.fromkeys(settings, 0.0)
    for _ in range(TURNS):
        for key, (_, options) in settings.items():
            times_ns, used_ms = _paced(Engine(spec, **options), tensors, frames)
            results.raw_ns.setdefault(key, []).extend(times_ns)
            cpu_ms[key] += used_ms / TURNS
    for key, (name, options) in settings.items():
        results.rows.append({
            'suite': 'threads', 'engine': name, 'model': spec.name, 'height': geometry.height,
            'width': geometry.width, **summary_ms(results.raw_ns[key]), 'agreement': None,
            'sqnr_db': None, 'threads': options['intra_op_num_threads'],
            'spinning': options['allow_spinning'], 'cpu_ms_per_frame': cpu_ms[key]})
    return results


def _settings(cores: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for engine, precision in PRECISIONS.items():
        for threads in THREADS:
            for spinning in (False, True):
                # One thread has no pool that could spin.
                if threads <= cores and (threads > 1 or not spinning):
                    name = f'{engine}_{threads}_threads' + '_spinning' * spinning
                    yield name, {'precision': precision, 'intra_op_num_threads': threads,
                                 'allow_spinning': spinning}


def _paced(engine: Engine, tensors: Sequence[np.ndarray],
           frames: int) -> tuple[list[int], float]:
    """Run frames at the camera's rate: time of each (ns), and CPU time of the process (ms)."""
    engine.warm_up()
    times_ns, cpu_s = [], time.process_time()
    due = time.perf_counter()
    for _, tensor in zip(range(frames), cycle(tensors)):
        start = time.perf_counter_ns()
        engine.run(tensor)
        times_ns.append(time.perf_counter_ns() - start)
        due += PERIOD_S
        time.sleep(max(0.0, due - time.perf_counter()))
    return times_ns, (time.process_time() - cpu_s) / frames * 1e3
