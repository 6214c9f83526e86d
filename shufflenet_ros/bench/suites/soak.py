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
Ten thousand images of 1280x720 through the node, and how its memory grows.

They come faster than 30 Hz, so that it takes a minute or two: their number is what matters.
"""

from __future__ import annotations

from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import run_trial, Scene
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites.node import our_node
from shufflenet_ros.process.middleware import prepare_middleware

ROUNDS = 10_000
RATE_HZ = 120.0
SIZE = (720, 1280)
WARM_UP = 0.1
"""Share of the images that come before the memory is measured."""
WARM_UP_FASTER = 4.0
"""
Times as fast as the others: every queue was full once.

Otherwise the first stall of the machine, sooner or later, would look like growth by one image.
"""


def measure(request: BenchRequest) -> Results:
    """Give one row for each size, with the memory over time as ``extra``."""
    results = Results()
    prepare_middleware()
    rounds = request.rounds or ROUNDS
    with on_cores(request.cores):
        for height, width in request.sizes or (SIZE,):
            results.add(_soak(Scene(
                height, width, 1, RATE_HZ, rounds, max(request.warm_up, round(WARM_UP * rounds)),
                WARM_UP_FASTER), request))
    return results


def _soak(scene: Scene, request: BenchRequest) -> Results:
    node = our_node(request)
    trial = run_trial(node, scene, request.folder)
    row = {'suite': 'soak', 'engine': node.engine, 'model': request.spec.name,
           **row_of(scene, [trial])}
    start_mb = trial.rss_mb[0][1]
    row |= {'rss_growth_mb': row['rss_end_mb'] - start_mb,
            'rss_peak_growth_mb': max(mb for _, mb in trial.rss_mb) - start_mb}
    size = f'{scene.width}x{scene.height}'
    results = Results(rows=[row], extra={f'rss_{size}': [
        {'second': round(second, 1), 'rss_mb': mb} for second, mb in trial.rss_mb]})
    key = f'soak/{node.engine}/{request.spec.name}/{size}'
    results.raw_ns[key] = trial.ages_ns
    if reason := why_doubtful(scene, row):
        results.unstable[key] = reason
    return results
