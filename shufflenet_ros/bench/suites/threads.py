"""
What a second or fourth thread brings, and what it costs the robot's other nodes.

Frames come at a camera's pace, since that is where a spinning pool shows: its threads burn the
time between two frames. Each setting has the machine to itself for a moment, again and again;
nothing is pinned but the number of cores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle
import os
import time
from typing import Any

import numpy as np

from shufflenet_ros.bench.runner.comparison import Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.bench.runner.timing import summary_ms
from shufflenet_ros.bench.suites.int8 import resized, sizes_of
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import ModelSpec

ROUNDS = 120
THREADS = (1, 2, 4)
TURNS = 4
PERIOD_S = 1 / 30


def measure(request: Request) -> Outcome:
    """Give one row for each precision, number of threads, and spinning or not."""
    outcome, pinned = Outcome(), os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, request.cores)
        for height, width in sizes_of(request):
            spec = resized(request, height, width)
            tensors = request.tensors(height, width)
            outcome.add(_compare(spec, tensors, len(request.cores),
                                 -(-(request.rounds or ROUNDS) // TURNS)))
    finally:
        os.sched_setaffinity(0, pinned)
    return outcome


def _compare(spec: ModelSpec, tensors: Sequence[np.ndarray], cores: int, frames: int) -> Outcome:
    outcome, cpu_ms = Outcome(), defaultdict(float)
    geometry = spec.geometry
    size = f'{geometry.width}x{geometry.height}'
    for threads in THREADS:
        if threads > cores:
            outcome.absent[f'threads/{threads}'] = f'this process may use {cores} cores'
    settings = list(_settings(cores))
    for _ in range(TURNS):
        for name, options in settings:
            times_ns, used_ms = _paced(Engine(spec, **options), tensors, frames)
            key = f'threads/{name}/{spec.name}/{size}'
            outcome.raw_ns.setdefault(key, []).extend(times_ns)
            cpu_ms[key] += used_ms / TURNS
    for name, options in settings:
        key = f'threads/{name}/{spec.name}/{size}'
        outcome.rows.append({
            'suite': 'threads', 'engine': name, 'model': spec.name, 'height': geometry.height,
            'width': geometry.width, **summary_ms(outcome.raw_ns[key]), 'agreement': None,
            'sqnr_db': None, 'threads': options['intra_op_num_threads'],
            'spinning': options['allow_spinning'], 'cpu_ms_per_frame': cpu_ms[key]})
    return outcome


def _settings(cores: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for precision, engine in (('int8', 'ours_int8'), ('fp32', 'ort_fp32')):
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
