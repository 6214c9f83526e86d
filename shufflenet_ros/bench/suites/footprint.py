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

"""Memory and start of a process with the engine alone: what it costs a robot."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from shufflenet_ros.bench.engines.ours import PRECISIONS
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.request import BenchRequest

ROUNDS = 5
PROGRAM = """
import json, sys, time
start = time.perf_counter()
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
imported = time.perf_counter()
engine = Engine(load_model(sys.argv[1]), precision=sys.argv[2])
loaded = time.perf_counter()
engine.warm_up(1)
first = time.perf_counter()
engine.warm_up(20)
with open('/proc/self/status') as status:
    kib = {line.split(':')[0]: int(line.split()[1]) for line in status if line.startswith('Vm')}
print(json.dumps({
    'rss_mb': kib['VmRSS'] / 1024, 'peak_rss_mb': kib['VmHWM'] / 1024,
    'import_ms': (imported - start) * 1e3, 'load_ms': (loaded - imported) * 1e3,
    'first_run_ms': (first - loaded) * 1e3}))
"""


def measure(request: BenchRequest) -> Results:
    """Give one row for each form; each figure is the smallest of a few new processes."""
    results = Results()
    geometry = request.spec.geometry
    for engine, precision in PRECISIONS.items():
        runs = [_run(str(request.spec.folder), precision) for _ in range(ROUNDS)]
        results.rows.append({
            'suite': 'footprint', 'engine': engine, 'model': request.spec.name,
            'height': geometry.height, 'width': geometry.width,
            **{name: min(run[name] for run in runs) for name in runs[0]}})
    return results


def _run(folder: str, precision: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, '-c', PROGRAM, folder, precision], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)
