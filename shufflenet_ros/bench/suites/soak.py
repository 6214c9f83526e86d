"""
Ten thousand images of 1280x720 through the node, and what becomes of its memory.

They come faster than 30 Hz, so that it takes a minute or two; what counts is their number.
"""

from __future__ import annotations

import os

from shufflenet_ros.bench.nodes.rows import row_of, why_doubtful
from shufflenet_ros.bench.nodes.trial import run_trial, Scene
from shufflenet_ros.bench.runner.comparison import Outcome
from shufflenet_ros.bench.runner.request import Request
from shufflenet_ros.bench.suites.node import ours
from shufflenet_ros.process.middleware import prepare_middleware

ROUNDS = 10_000
RATE_HZ = 120.0
SIZE = (720, 1280)
WARM_UP = 0.1
"""Share of the images that come before the memory is looked at."""
WARM_UP_FASTER = 4.0
"""
Times as fast as the others: an image is once in every place where one can be.

Otherwise the first stall of the machine, sooner or later, would look like growth by one image.
"""


def measure(request: Request) -> Outcome:
    """Give one row for each size, with the memory over time as ``extra``."""
    outcome, pinned = Outcome(), os.sched_getaffinity(0)
    prepare_middleware()
    try:
        os.sched_setaffinity(0, request.cores)
        for height, width in request.sizes or (SIZE,):
            rounds = request.rounds or ROUNDS
            scene = Scene(height, width, 1, RATE_HZ, rounds,
                          max(request.warm_up, round(WARM_UP * rounds)), WARM_UP_FASTER)
            outcome.add(_soak(scene, request))
    finally:
        os.sched_setaffinity(0, pinned)
    return outcome


def _soak(scene: Scene, request: Request) -> Outcome:
    node = ours(request)
    trial = run_trial(node, scene, request.folder)
    row = {'suite': 'soak', 'engine': node.engine, 'model': request.spec.name,
           **row_of(scene, [trial])}
    start_mb = trial.rss_mb[0][1]
    row |= {'rss_growth_mb': row['rss_end_mb'] - start_mb,
            'rss_peak_growth_mb': max(mb for _, mb in trial.rss_mb) - start_mb}
    size = f'{scene.width}x{scene.height}'
    outcome = Outcome(rows=[row], extra={f'rss_{size}': [
        {'second': round(second, 1), 'rss_mb': mb} for second, mb in trial.rss_mb]})
    key = f'soak/{node.engine}/{request.spec.name}/{size}'
    outcome.raw_ns[key] = trial.ages_ns
    if reason := why_doubtful(scene, row):
        outcome.unstable[key] = reason
    return outcome
