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
Four cameras at 30 Hz with and without each monitor: whether watching makes the node slower.

``none`` is the node that nobody watches but the bench, ``terminal`` is ``shufflenet_ros monitor``
in a terminal of 80x24, ``rqt`` the plugin in a window of its own. They take turns, each turn with
new processes, and each round of turns begins with another one. A monitor is within noise where
both the median and the p95 of the ages are, by the rule of :mod:`..runner.noise`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import sys
from typing import Any

from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import run_trial, Scene, Trial
from shufflenet_ros.bench.nodes.watcher import Watcher
from shufflenet_ros.bench.nodes.watchers import RQT, rqt, terminal, why_no_rqt
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.noise import ratio_of
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.bench.suites.node import our_node
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.windows import summarize
from shufflenet_ros.process.middleware import prepare_middleware

ROUNDS = 1500
"""Counted images of each camera, all turns together."""
TURNS = 5
SHORTEST_TURN = 10
"""Images: with fewer there are fewer turns."""
CAMERAS, RATE_HZ, SIZES = 4, 30.0, ((480, 640),)
WARM_UP = 90
"""Images of each camera before those, at least: a window has been drawn and laid out by then."""
NONE = 'none'
JUDGED = {'median': 'p50', 'p95': 'p95'}
"""Figures of the ages that the verdict is about."""


def measure(request: BenchRequest) -> Results:
    """Give one row for each monitor and one without, for each size."""
    results = Results()
    prepare_middleware()
    watchers = [terminal()]
    if reason := why_no_rqt():
        results.absent[f'monitors/{RQT}'] = reason
    else:
        watchers.append(rqt(request.folder))
    with on_cores(request.cores):
        for height, width in request.sizes or SIZES:
            results.add(_compare(watchers, height, width, request))
    return results


def _compare(watchers: Sequence[Watcher], height: int, width: int,
             request: BenchRequest) -> Results:
    rounds = request.rounds or ROUNDS
    turns = max(1, min(TURNS, rounds // SHORTEST_TURN))
    scene = Scene(height, width, CAMERAS, RATE_HZ, -(-rounds // turns),
                  max(request.warm_up, WARM_UP))
    subjects: dict[str, Watcher | None] = {NONE: None, **{one.name: one for one in watchers}}
    results = Results()
    trials = _take_turns(subjects, scene, turns, request, results)
    for name, found in trials.items():
        _add_row(results, name, subjects[name], scene, found, trials[NONE], request)
    return results


def _take_turns(subjects: Mapping[str, Watcher | None], scene: Scene, turns: int,
                request: BenchRequest, results: Results) -> dict[str, list[Trial]]:
    """Run all turns; what cannot run here shows that in the first one, and is left out."""
    trials: dict[str, list[Trial]] = {name: [] for name in subjects}
    for turn in range(turns):
        print(plain(f'  turn {turn + 1} of {turns} ...'), file=sys.stderr, flush=True)
        for name in _rotated([*trials], turn):
            try:
                trials[name].append(run_trial(our_node(request), scene, request.folder,
                                              subjects[name]))
            except ShufflenetRosError as error:
                if name == NONE or turn:
                    raise
                results.absent[f'monitors/{name}'] = str(error)
                del trials[name]
    return trials


def _rotated(names: list[str], turn: int) -> list[str]:
    """Let each turn begin with another one: a machine gets slower or quicker with time."""
    first = turn % len(names)
    return names[first:] + names[:first]


def _add_row(results: Results, name: str, watcher: Watcher | None, scene: Scene,
             found: Sequence[Trial], without: Sequence[Trial], request: BenchRequest) -> None:
    row = {'suite': 'monitors', 'engine': name, 'model': request.spec.name,
           **row_of(scene, found), **_use(found), **_judged(found, without)}
    if watcher is not None:
        row['shown'] = watcher.shown
    if name == NONE:
        row['verdict'] = ''
    key = f'monitors/{name}/{request.spec.name}/{scene.width}x{scene.height}'
    results.rows.append(row)
    results.raw_ns[key] = [age for trial in found for age in trial.ages_ns]
    if reason := why_doubtful(scene, row):
        results.unstable[key] = reason


def _judged(found: Sequence[Trial], without: Sequence[Trial]) -> dict[str, Any]:
    """Compare with the node that nobody watches: ratios, noise, verdict."""
    row: dict[str, Any] = {}
    verdicts = {}
    for name, percentile in JUDGED.items():
        turns = _turns_ms(found, percentile)
        ratio = ratio_of(turns, _turns_ms(without, percentile))
        row |= {f'turn_{name}s_ms': turns, f'{name}_times_none': ratio.times,
                f'{name}_noise': ratio.noise}
        verdicts[name] = ratio.verdict
    same = len({*verdicts.values()}) == 1
    return row | {'verdict': verdicts['median'] if same else ', '.join(
        f'{name} {verdict}' for name, verdict in verdicts.items())}


def _turns_ms(trials: Sequence[Trial], percentile: str) -> list[float | None]:
    return [summarize(age / 1e6 for age in trial.ages_ns).get(percentile) for trial in trials]


def _use(trials: Sequence[Trial]) -> dict[str, Any]:
    """Sum up what the watcher used, per second of the scene."""
    uses = [trial.watcher for trial in trials if trial.watcher is not None]
    if not uses:
        return {}
    seconds = sum(trial.seconds for trial in trials)
    written = sum(use.terminal_bytes for use in uses)
    return {'watcher_cpu_share': sum(use.cpu_s for use in uses) / seconds,
            'watcher_rss_mb': max(use.rss_mb for use in uses),
            'terminal_bytes_per_s': written / seconds if written else None}
