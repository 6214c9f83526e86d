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

"""Trials of one node in one scene as a row of figures, and the reasons to doubt such a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from shufflenet_ros.bench.nodes.trial import Scene, Trial
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.monitoring.windows import summarize

SPREAD = 1.25
"""Medians of the turns this far apart mean that something else used the machine."""
BEHIND = 0.95
"""Cameras slower than this share of their rate show another scene than the one asked for."""


def row_of(scene: Scene, trials: Sequence[Trial]) -> dict[str, Any]:
    """Sum up the trials of one node; every age counts, and tails are never trimmed."""
    ages_ms = [age / 1e6 for trial in trials for age in trial.ages_ns]
    found = summarize(ages_ms) or dict.fromkeys(('p50', 'p95', 'p99', 'max'))
    results, seconds = len(ages_ms), sum(trial.seconds for trial in trials)
    published, cpu_s = sum(trial.published for trial in trials), sum(
        trial.cpu_s for trial in trials)
    return {
        'height': scene.height, 'width': scene.width, 'cameras': scene.cameras,
        'form': ', '.join(dict.fromkeys(trial.form for trial in trials)),
        'rate_hz': published / seconds / scene.cameras,
        'min_ms': min(ages_ms, default=None), 'median_ms': found['p50'],
        'p95_ms': found['p95'], 'p99_ms': found['p99'], 'max_ms': found['max'],
        'turn_medians_ms': [summarize(age / 1e6 for age in trial.ages_ns).get('p50')
                            for trial in trials],
        'results_per_s': results / seconds, 'published': published,
        'lost': published - results, 'lost_share': 1 - results / published,
        'cpu_ms_per_frame': cpu_s * 1e3 / results if results else None,
        'cpu_share': cpu_s / seconds,
        'camera_cpu_share': sum(trial.camera_cpu_s for trial in trials) / seconds,
        'camera_latest_ms': max(trial.latest_ms for trial in trials),
        'rss_start_mb': max(trial.rss_mb[0][1] for trial in trials),
        'rss_end_mb': max(trial.rss_mb[-1][1] for trial in trials),
        **_fairness(scene, trials), **_own_latency(trials)}


def why_doubtful(scene: Scene, row: dict[str, Any]) -> str:
    """Give a reason not to trust a row, or an empty string."""
    if row['rate_hz'] < BEHIND * scene.rate_hz:
        return (f'the cameras reached {row["rate_hz"]:.0f} of {scene.rate_hz:.0f} Hz: they, not '
                'the node, set the pace')
    medians = [median for median in row['turn_medians_ms'] if median]
    if len(medians) > 1 and max(medians) > SPREAD * min(medians):
        return (f'medians of the turns from {min(medians):.2f} to {max(medians):.2f} ms: '
                'something else used the machine')
    return ''


def _fairness(scene: Scene, trials: Sequence[Trial]) -> dict[str, Any]:
    """Results of each camera, and how far the worst served is behind the best one."""
    counts = [sum(len(trial.results[name]) for trial in trials) for name in scene.names]
    behind = 1 - min(counts) / max(counts) if max(counts) else None
    return {'results_of_cameras': counts, 'unfairness': behind}


def _own_latency(trials: Sequence[Trial]) -> dict[str, Any]:
    """Median of each stage and percentiles of the total, as the node itself reports them."""
    values = [one for trial in trials for one in trial.latencies]
    if not values:
        return {}
    return {'own_total_ms': summarize(one['total_ms'] for one in values),
            'own_stages_ms': {stage: float(np.median([one[f'{stage}_ms'] for one in values]))
                              for stage in STAGES}}
