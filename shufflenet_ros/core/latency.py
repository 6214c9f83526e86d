"""
Windows of latencies: what p50, p95, p99 and max say about the last frames.

Integer ns go in; milliseconds come out, for printing. Tails are never trimmed. This file prints
nothing and reads no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

PERCENTILES = (50, 95, 99)


def summarize(values_ms: Iterable[float]) -> dict[str, float]:
    """``p50``, ``p95``, ``p99`` and ``max`` of milliseconds; an empty dict without values."""
    values = np.fromiter(values_ms, np.float64)
    if not values.size:
        return {}
    summary = {f'p{q}': float(np.percentile(values, q)) for q in PERCENTILES}
    return {**summary, 'max': float(values.max())}


class Window:
    """The last ``size`` pairs of (time, value) and what they amount to."""

    def __init__(self, size: int = 300) -> None:
        self._times_ns: deque[int] = deque(maxlen=size)
        self._values_ns: deque[int] = deque(maxlen=size)

    def __len__(self) -> int:
        return len(self._times_ns)

    def add(self, time_ns: int, value_ns: int) -> None:
        """Add one value; a clock that jumped back starts the window anew."""
        if self._times_ns and time_ns < self._times_ns[-1]:
            self._times_ns.clear()
            self._values_ns.clear()
        self._times_ns.append(time_ns)
        self._values_ns.append(value_ns)

    def summary_ms(self) -> dict[str, float]:
        """Percentiles and maximum in milliseconds; see :func:`summarize`."""
        return summarize(value / 1e6 for value in self._values_ns)

    def rate_hz(self) -> float:
        """Mean rate over the window; 0.0 while it spans no time."""
        if len(self._times_ns) < 2:
            return 0.0
        span_ns = self._times_ns[-1] - self._times_ns[0]
        return (len(self._times_ns) - 1) * 1e9 / span_ns if span_ns > 0 else 0.0
