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
The whole node beside two baseline nodes: stamp to result, CPU and memory, from outside.

Cameras, node and monitor are processes of their own over the real middleware. All nodes see the
same scenes in turns: every size with one and four cameras at 30 Hz, then small images at four
times the rate that each can serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from shufflenet_ros.bench.baseline.model import write_zero_to_one
from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import NodeUnderTest, run_trial, Scene, START, Trial
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.monitoring.windows import summarize
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import prepare_middleware

ROUNDS = 300
"""Counted images of each camera, all turns together."""
TURNS = 3
SHORTEST_TURN = 10
"""Images: with fewer there are fewer turns."""
RATE_HZ = 30.0
SIZES = ((480, 640), (720, 1280), (1080, 1920))
CAMERAS = (1, 4)
SMALL = (240, 320)
"""Size of the images under overload: a camera can publish thousands of these a second."""
FIRST_RATE_HZ = 100.0
LIMIT_S = 2.0
"""How long each rate is tried."""
SERVED = 0.9
"""A node that gives fewer results than this share of the images has reached its limit."""
OVERLOAD = 4
OVERLOAD_ROUNDS = 360
"""Images of the overload for each round of the rest: by default as many as 30 Hz give in 1 h."""


def measure(request: BenchRequest) -> Results:
    """Give one row for each node, size and number of cameras, and one each for the overload."""
    results = Results()
    prepare_middleware()
    nodes = (our_node(request), *baseline_nodes(request))
    with on_cores(request.cores):
        for (height, width), cameras in product(request.sizes or SIZES, CAMERAS):
            results.add(_compare(nodes, height, width, cameras, request))
        for node in nodes:
            results.add(_overload(node, request))
    return results


def our_node(request: BenchRequest) -> NodeUnderTest:
    """Give our node with its own defaults."""
    return NodeUnderTest('ours_node', (*START, 'node.classifier_node'),
                         {'model': str(request.spec.folder)}, reports_latency=True)


def baseline_nodes(request: BenchRequest) -> Iterator[NodeUnderTest]:
    """
    Give the baseline with the same network in fp32: as tutorials have it, and not spinning.

    It stretches every image, whatever the card says: its times are compared, never its results.
    """
    file = request.folder / 'baseline.onnx'
    write_zero_to_one(request.spec.onnx_path('fp32'), file)
    for engine, spinning in (('textbook_node', True), ('textbook_node_no_spinning', False)):
        yield NodeUnderTest(engine, (str(share_dir() / 'benchmarks' / 'baseline_node.py'),),
                            {'model_file': str(file), 'spinning': spinning},
                            reports_latency=False)


def _compare(nodes: Sequence[NodeUnderTest], height: int, width: int, cameras: int,
             request: BenchRequest) -> Results:
    rounds = request.rounds or ROUNDS
    turns = max(1, min(TURNS, rounds // SHORTEST_TURN))
    scene = Scene(height, width, cameras, RATE_HZ, -(-rounds // turns), request.warm_up)
    trials: dict[str, list[Trial]] = {node.engine: [] for node in nodes}
    for _, node in product(range(turns), nodes):
        trials[node.engine].append(run_trial(node, scene, request.folder))
    results = Results()
    for engine, found in trials.items():
        _add_row(results, engine, scene, found, request)
    return results


def _overload(node: NodeUnderTest, request: BenchRequest) -> Results:
    """Find the rate that the node can serve, then give it four times that from a cold start."""
    rounds = request.rounds or ROUNDS
    calm, limit = _limits(node, request)
    rate_hz = OVERLOAD * limit.results_per_s
    scene = Scene(*SMALL, 1, rate_hz, OVERLOAD_ROUNDS * rounds)
    trial = run_trial(node, scene, request.folder)
    results = Results()
    row = _add_row(results, node.engine, scene, [trial], request)
    row |= {'served_per_s': limit.results_per_s,
            'times_served': trial.published_per_s / limit.results_per_s,
            'calm_median_ms': _median_ms(calm.ages_ns), **_bound(calm), **_growth(trial.ages_ns)}
    # An hour of images: microseconds are enough, and they need not be in the record twice.
    results.raw_ns.clear()
    results.extra[f'overload_{node.engine}'] = {
        'since_first_image_us': [since // 1000 for since, _ in trial.results['']],
        'age_us': [age // 1000 for _, age in trial.results['']]}
    return results


def _limits(node: NodeUnderTest, request: BenchRequest) -> tuple[Trial, Trial]:
    """Double the rate until the node is too slow for it; give the first trial and the last."""
    rate_hz, calm = FIRST_RATE_HZ, None
    while True:
        scene = Scene(*SMALL, 1, rate_hz, round(LIMIT_S * rate_hz), request.warm_up)
        trial = run_trial(node, scene, request.folder)
        if not trial.ages_ns:
            raise ShufflenetRosError(f'the {node.engine} gave no result for {trial.published} '
                                     f'images at {rate_hz:.0f} Hz; see docs/troubleshooting.md')
        calm = calm or trial
        if len(trial.ages_ns) < SERVED * trial.published or (
                trial.published_per_s < SERVED * rate_hz):
            return calm, trial
        rate_hz *= 2


def _growth(ages_ns: Sequence[int]) -> dict[str, float | None]:
    """Median age of the first and of the last tenth of the results."""
    tenth = max(1, len(ages_ns) // 10)
    return {'first_tenth_ms': _median_ms(ages_ns[:tenth]),
            'last_tenth_ms': _median_ms(ages_ns[-tenth:])}


def _median_ms(ages_ns: Sequence[int]) -> float | None:
    return summarize(age / 1e6 for age in ages_ns).get('p50')


def _bound(calm: Trial) -> dict[str, float]:
    """Twice what every frame needs: its way to the node, and one inference."""
    if not calm.latencies:
        return {}
    medians = {f'calm_{key}': summarize(values[key] for values in calm.latencies)['p50']
               for key in ('age_at_receipt_ms', 'inference_ms')}
    return {**medians, 'bound_ms': 2 * sum(medians.values())}


def _add_row(results: Results, engine: str, scene: Scene, trials: Sequence[Trial],
             request: BenchRequest) -> dict[str, Any]:
    row = {'suite': 'node', 'engine': engine, 'model': request.spec.name,
           **row_of(scene, trials)}
    key = (f'node/{engine}/{request.spec.name}/{scene.width}x{scene.height}/'
           f'{scene.cameras}x{scene.rate_hz:.0f}Hz')
    results.rows.append(row)
    results.raw_ns[key] = [age for trial in trials for age in trial.ages_ns]
    if reason := why_doubtful(scene, row):
        results.unstable[key] = reason
    return row
