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
Time several engines in turns, over and over.

What disturbs the machine for a moment then disturbs all of them, so that their ratios are right.
Nothing is left out: warm-up calls are made apart, and every value is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from time import perf_counter_ns
from typing import Any, TypeVar

import numpy as np

Key = TypeVar('Key', bound=Hashable)
TURN = 3
"""
Calls in one turn. The first finds the caches full of what the other engines left, as on a robot
whose other nodes run in between; the next ones find them warm.
"""
SPREAD = 1.25
"""A median this much above the minimum means that something else used the core."""
DRIFT = 1.05
"""Minima of the two halves of a run this far apart mean that the clock of the core changed."""


def interleave(engines: Mapping[Key, tuple[Callable[[Any], Any], Sequence[Any]]], rounds: int,
               warm_up: int) -> dict[Key, list[int]]:
    """
    Nanoseconds of every call, by engine.

    Each engine comes with its inputs, which are used in turn; all get at least ``rounds`` calls.
    """
    for run, inputs in engines.values():
        for number in range(warm_up):
            run(inputs[number % len(inputs)])
    times_ns: dict[Key, list[int]] = {name: [] for name in engines}
    for first in range(0, rounds, TURN):
        for name, (run, inputs) in engines.items():
            for number in range(first, first + TURN):
                native = inputs[number % len(inputs)]
                start = perf_counter_ns()
                run(native)
                times_ns[name].append(perf_counter_ns() - start)
    return times_ns


def summary_ms(times_ns: Sequence[int]) -> dict[str, float]:
    """``min_ms``, ``median_ms`` and ``p99_ms``; the tail is never trimmed."""
    values = np.asarray(times_ns) / 1e6
    return {'min_ms': float(values.min()), 'median_ms': float(np.median(values)),
            'p99_ms': float(np.percentile(values, 99))}


def why_unstable(times_ns: Sequence[int]) -> str:
    """Give a reason to doubt the figures of one engine, or an empty string."""
    values = np.asarray(times_ns)
    ratio = np.median(values) / values.min()
    if ratio > SPREAD:
        return f'median is {ratio:.2f} times the minimum: something else used the core'
    halves = [half.min() for half in np.array_split(values, 2)]
    drift = max(halves) / min(halves)
    if drift > DRIFT:
        return f'minima of the two halves differ by {drift - 1:.0%}: the core changed its clock'
    return ''
