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
``replay`` beside decoding and inference alone, on one core and on two, and its memory.

Each kind of recording is made of the demo's images. Every measurement is a process of its own;
all of a kind take turns, and ratios are those of medians. The recordings are in the memory of the
system: what a disk takes comes on top.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
import sys
from typing import Any

import numpy as np
from shufflenet_ros.bench.replays.memory import watched
from shufflenet_ros.bench.replays.takes import (
    alone,
    alone_on_each,
    check,
    Subject,
    Takes,
    whole,
    write_recordings,
)
from shufflenet_ros.bench.runner.comparison import Results
from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.bench.runner.request import BenchRequest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain

TURNS = 5
STEADY = 0.1
"""Quartiles further apart, divided by the median, are reported."""
SIZES = ((720, 1280),)
FRAMES = {'raw': 2000, 'raw_zstd': 800, 'jpeg': 2000, 'video': 800}
"""Of the longer recording of each kind; 2000 are four pieces of work, half of them two."""
ALONE = {'raw': 'core', 'raw_zstd': 'unpacked', 'jpeg': 'core', 'video': 'video'}
"""What decoding and inference alone is: a packed chunk is unpacked, a video decoded."""
UNHASHED = '--no-sha256'
REPLAYS = {
    'replay_mcap': ('--format', 'mcap', UNHASHED),
    'replay_mcap_csv': ('--format', 'mcap,csv', UNHASHED),
    'replay_all': ('--format', 'mcap,parquet,csv,jsonl', UNHASHED),
    'replay_with_sha256': ()}
USUAL, HASHED, TWO = 'replay_mcap_csv', 'replay_with_sha256', 'replay_2_jobs'
BOTH = 'alone_on_2_cores'
NO_MCAP = ('video',)
"""Kinds that a script cannot read with the package mcap."""
SHARED = ('raw', 'jpeg')
"""Kinds that two processes share."""
MEMORY_FRAMES, MEMORY_SIZE = 10_000, (240, 320)
REQUIRED_SHARE, REQUIRED_GAIN, ALLOWED_MB = 0.8, 1.7, 5.0
MILLION, PETABYTE, HOUR_S = 10 ** 6, 10 ** 15, 3600
Work = Callable[[Takes], None]


def measure(request: BenchRequest) -> Results:
    """Give one row for each kind and what is done with it, and one for the memory."""
    results = Results(extra={'replay_requirements': []})
    cores = sorted(request.cores)[-2:]
    if len(cores) < 2:
        results.absent[f'replay/{TWO}'] = 'this process may use one core'
    with on_cores(request.cores):
        for height, width in request.sizes or SIZES:
            for kind, frames in FRAMES.items():
                try:
                    subject = write_recordings(kind, height, width, frames,
                                               str(request.spec.folder), request.folder)
                except ConfigurationError as error:
                    results.absent[f'replay/{kind}'] = str(error)
                    continue
                print(plain(f'  {kind} {width}x{height} ...'), file=sys.stderr, flush=True)
                form = check(REPLAYS[USUAL], subject, {cores[-1]})
                takes = _turns(request, subject, cores)
                _add(results, (request.spec.name, form), subject, (height, width), takes)
                for path in (subject.long, subject.short):
                    path.unlink()
        _add_memory(results, request, {cores[-1]})
    return results


def _turns(request: BenchRequest, subject: Subject, cores: list[int]) -> dict[str, Takes]:
    """Measure everything in turns."""
    works = _works(subject, cores)
    takes = {name: Takes() for name in works}
    for _ in range(request.rounds or TURNS):
        for name, work in works.items():
            work(takes[name])
    return takes


def _works(subject: Subject, cores: list[int]) -> dict[str, Work]:
    """Give what is measured of a kind, by its name in the results."""
    one, both, work = {cores[-1]}, {*cores}, ALONE[subject.kind]
    works: dict[str, Work] = {'core': partial(alone, 'core', subject, one)}
    if work != 'core':
        works['alone'] = partial(alone, work, subject, one)
    works['read'] = partial(alone, 'read', subject, one)
    if subject.kind not in NO_MCAP:
        works['script'] = partial(alone, 'script', subject, one)
    for name, options in REPLAYS.items():
        if 'parquet' not in ' '.join(options) or find_spec('pyarrow') is not None:
            works[name] = partial(whole, options, subject, one)
    if len(both) > 1:
        works[BOTH] = partial(alone_on_each, work, subject, both)
        if subject.kind in SHARED:
            works[TWO] = partial(whole, (*REPLAYS[USUAL], '--jobs', '2'), subject, both)
    return works


def _add(results: Results, model: tuple[str, str], subject: Subject, size: tuple[int, int],
         takes: dict[str, Takes]) -> None:
    """Add the rows of a kind and of a model with its form, and what is required of them."""
    base = takes.get('alone', takes['core'])
    for name, found in takes.items():
        key = f'replay/{name}/{model[0]}/{size[1]}x{size[0]}/{subject.kind}'
        results.raw_ns[key] = [*map(round, found.frame_ns())]
        figures = _figures(found, base)
        if figures['spread'] > STEADY:
            results.unstable[key] = (f'the quartiles of the turns are {figures["spread"]:.0%} of '
                                     'the median apart: something else used the cores')
        results.rows.append({
            'suite': 'replay', 'engine': name, 'model': model[0], 'height': size[0],
            'width': size[1], 'kind': subject.kind, 'form': model[1], 'frames': subject.frames,
            **figures, **(_derived(found, subject) if 'replay' in name else {})})
    need = partial(_require, results, f'{subject.kind} {size[1]}x{size[0]}')
    for name in (name for name in (USUAL, HASHED) if name in takes):
        need(f'{name}: its rate, that of decoding and inference alone = 1', REQUIRED_SHARE,
             _ratio(base, takes[name]))
    if TWO in takes:
        need(f'{TWO}: its rate on two cores, that of {USUAL} on one = 1 (decoding and inference '
             f'alone, a process on each: {_ratio(base, takes[BOTH]):.2f})',
             REQUIRED_GAIN, _ratio(takes[USUAL], takes[TWO]))


def _figures(takes: Takes, base: Takes) -> dict[str, Any]:
    """Give medians over the turns, what lies between their quartiles, and ratios."""
    wall_ms = np.array(takes.frame_ns()) / 1e6
    low, middle, high = np.percentile(wall_ms, (25, 50, 75))
    return {'min_ms': float(wall_ms.min()), 'median_ms': float(middle),
            'spread': float((high - low) / middle), 'frames_per_s': float(1e3 / middle),
            'cpu_ms_per_frame': median(takes.frame_ns('cpu_ns')) / 1e6,
            'start_s': takes.start_ns() / 1e9, 'of_alone': _ratio(base, takes),
            'of_alone_cpu': _ratio(base, takes, 'cpu_ns')}


def _derived(takes: Takes, subject: Subject) -> dict[str, Any]:
    """Give what the median means for much data, on the cores that were used."""
    frame_s = median(takes.frame_ns()) / 1e9
    size = subject.bytes_per_frame
    return {'bytes_per_frame': size, 'million_frames_s': frame_s * MILLION,
            'petabyte_frames': PETABYTE / size, 'read_mb_per_s': size / frame_s / 1e6,
            'petabyte_hours': frame_s * PETABYTE / size / HOUR_S}


def _ratio(base: Takes, takes: Takes, what: str = 'wall_ns') -> float:
    """Give how many times as fast as the base."""
    return median(base.frame_ns(what)) / median(takes.frame_ns(what))


def _require(results: Results, where: str, what: str, required: float, measured: float) -> None:
    results.extra['replay_requirements'].append({
        'where': where, 'what': what, 'required': f'>= {required:g}', 'measured': measured,
        'is_reached': measured >= required})


def _add_memory(results: Results, request: BenchRequest, cores: set[int]) -> None:
    """Follow the memory over many small images."""
    height, width = MEMORY_SIZE
    subject = write_recordings('jpeg', height, width, MEMORY_FRAMES, str(request.spec.folder),
                               request.folder)
    found, series = watched(subject, cores)
    size = f'{width}x{height}'
    results.rows.append({
        'suite': 'replay', 'engine': HASHED, 'model': request.spec.name, 'height': height,
        'width': width, 'kind': 'jpeg', 'frames': MEMORY_FRAMES, **found})
    results.extra[f'rss_replay_{size}'] = series
    grown = max(found.get(name, 0.0) for name in ('rss_growth_mb', 'rss_end_growth_mb'))
    results.extra['replay_requirements'].append({
        'where': f'jpeg {size}', 'what': f'growth of RSS over {MEMORY_FRAMES} frames and the '
        'writing of the files, MB', 'required': f'< {ALLOWED_MB:g}', 'measured': grown,
        'is_reached': bool(found) and grown < ALLOWED_MB})
