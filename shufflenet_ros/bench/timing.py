"""
Time several engines in turns, one call each, over and over.

What disturbs a machine for a moment then disturbs all of them, so that their ratios hold. Nothing
is left out: warm-ups are made apart, and every value is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns

import numpy as np

Run = Callable[[np.ndarray], np.ndarray]
"""One inference: uint8 tensor (1, height, width, 3) to logits (classes,)."""
SPREAD = 1.25
"""A median this much above the minimum means that something else used the core."""
DRIFT = 1.05
"""Minima of the two halves of a run this far apart mean that the clock of the core changed."""


def interleave(engines: Mapping[str, Run], tensors: Sequence[np.ndarray], rounds: int,
               warm_up: int) -> dict[str, list[int]]:
    """Nanoseconds of every call, by engine; tensors are used in turn."""
    for run in engines.values():
        for number in range(warm_up):
            run(tensors[number % len(tensors)])
    times_ns: dict[str, list[int]] = {name: [] for name in engines}
    for number in range(rounds):
        tensor = tensors[number % len(tensors)]
        for name, run in engines.items():
            start = perf_counter_ns()
            run(tensor)
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
