"""
What was seen of one camera lately, kept for the next report; and how the node's clock went.

Frames are noted as they pass, by two threads, in a microsecond or two each; all arithmetic waits
for the report. Nothing here reads a clock: whoever tells of an event says when it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from math import exp, nan
from operator import attrgetter
import threading

import numpy as np

from shufflenet_ros.core.frame import Counters, STAGES, StageTimings
from shufflenet_ros.monitoring.rules import CameraFacts, ClockFacts
from shufflenet_ros.monitoring.windows import FEWEST, summarize, Window

SPAN_NS = 5_000_000_000
"""Rates, ages and shares speak of the last five seconds, or of the last five images."""
USUAL_S = 60.0
"""In so many seconds two thirds of a lower rate have become the usual one."""
SETTLED_NS = 1_000_000_000
"""A rate is not believed before it lasted so long: the first images may come in a burst."""
NOT_DROPPED = frozenset(('received', 'classified', 'failed'))
NS_OF_STAGES = attrgetter(*(f'{stage}_ns' for stage in STAGES))
BY_WISH = frozenset(('limited',))
"""Counters of images that were left out because the user asked for it (max_rate_hz)."""
JUMP_S = 0.5
"""A node clock that strays further from the steady one between two looks has jumped."""
REMEMBERED_NS = 10_000_000_000
"""For so long a jump is told."""


class Vitals:
    """One camera: noted from the callback and the worker, looked at by the report."""

    def __init__(self, now_ns: int) -> None:
        """``now_ns`` and all times: monotonic clock (ns), when the subscription was made."""
        self._lock = threading.Lock()
        self._since_ns = now_ns
        self._arrivals = Window(span_ns=SPAN_NS)
        self._stamps = Window(span_ns=SPAN_NS)
        self._frames: deque[tuple[int, StageTimings]] = deque(maxlen=300)
        self._ahead: deque[tuple[int, int]] = deque(maxlen=300)
        self._latest_age_ns: int | None = None
        self._last_error = ''
        self._counts: deque[Counters] = deque([Counters()], maxlen=6)
        self._usual_hz = 0.0
        self._looked_ns = now_ns

    def arrive(self, now_ns: int, stamp_ns: int, age_ns: int | None) -> None:
        """Note an image: its stamp (ns, 0 for none) and age at receipt (None without stamp)."""
        with self._lock:
            self._arrivals.add(now_ns)
            self._latest_age_ns = age_ns
            if age_ns is not None:
                self._stamps.add(stamp_ns)
                if age_ns < 0:
                    self._ahead.append((now_ns, -age_ns))

    def finish(self, now_ns: int, timings: StageTimings) -> None:
        """Note how long the stages of an image took, now that its result is out."""
        with self._lock:
            self._frames.append((now_ns, timings))

    def fail(self, reason: str) -> None:
        """Note why an image could not be classified."""
        with self._lock:
            self._last_error = reason

    def forget_ages(self) -> None:
        """Begin anew whatever was measured with a clock that has jumped since."""
        with self._lock:
            self._frames.clear()
            self._ahead.clear()
            self._stamps.clear()
            self._latest_age_ns = None

    def look(self, now_ns: int, counters: Counters, publishers: int = 1,
             incompatible: str = '') -> tuple[CameraFacts, dict[str, float]]:
        """
        Sum up: facts for the rules, and values by the name they are shown under.

        ``counters`` are those of the camera since it started. NaN stands for what is not known.
        """
        with self._lock:
            rate_hz = self._arrivals.rate_hz(now_ns)
            self._learn(now_ns, rate_hz)
            last_ns = self._arrivals.last_ns
            timings = [frame for time_ns, frame in self._recent(now_ns, self._frames)]
            ahead_ns = max((by for time_ns, by in self._ahead if now_ns - time_ns <= SPAN_NS),
                           default=0)
            self._counts.append(counters)
            stages = _stages(timings)
            values = self._values(rate_hz, stages, counters)
            previous = self._counts[-2]
            facts = CameraFacts(
                publishers=publishers, incompatible=incompatible,
                silent_s=(now_ns - (self._since_ns if last_ns is None else last_ns)) / 1e9,
                ever=last_ns is not None, rate_hz=rate_hz, usual_hz=self._usual_hz,
                age_p95_ms=stages['total'].get('p95', nan), ahead_ms=ahead_ns / 1e6,
                dropped_share=_dropped_share(self._counts[0], counters),
                received=counters.received - previous.received,
                classified=counters.classified - previous.classified,
                failed=counters.failed - previous.failed, last_error=self._last_error)
        return facts, values

    def _learn(self, now_ns: int, rate_hz: float) -> None:
        """Take a higher rate for usual at once, a lower one little by little, silence never."""
        passed_s = (now_ns - self._looked_ns) / 1e9
        self._looked_ns = now_ns
        last_ns = self._arrivals.last_ns
        if self._arrivals.covered_ns < SETTLED_NS or now_ns - last_ns > SPAN_NS:
            return
        kept = exp(-passed_s / USUAL_S)
        self._usual_hz = max(rate_hz, kept * self._usual_hz + (1.0 - kept) * rate_hz)

    def _values(self, rate_hz: float, stages: dict[str, dict[str, float]],
                counters: Counters) -> dict[str, float]:
        age_ns = self._latest_age_ns
        mean_jitter_ms, max_jitter_ms = self._arrivals.jitter_ms()
        values = {
            'frame_rate_node': rate_hz, 'frame_rate_msg': self._stamps.rate_hz(),
            'current_delay_from_realtime_ms': nan if age_ns is None else age_ns / 1e6,
            'total_dropped_frames': sum(_dropped(counters).values()),
            'mean_abs_jitter_ms': mean_jitter_ms, 'max_abs_jitter_ms': max_jitter_ms,
            **{field.name: getattr(counters, field.name) for field in fields(counters)}}
        for stage, summary in stages.items():
            for name in ('p50', 'p95', 'max'):
                values[f'{stage}_{name}_ms'] = summary.get(name, nan)
        return values

    def _recent(self, now_ns: int, items: deque) -> list:
        recent = [item for item in items if now_ns - item[0] <= SPAN_NS]
        return recent if len(recent) >= FEWEST else list(items)[-FEWEST:]


class ClockWatch:
    """The node's clock beside a steady one: where it jumped."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._jumped_ns: int | None = None
        self._jump_s = 0.0

    def look(self, steady_ns: int, node_ns: int, is_simulated: bool) -> ClockFacts:
        """
        Compare with the last look, and tell of a jump for ten seconds.

        Simulated time may stand still or run at any pace, but not back; it has not begun while it
        is 0.
        """
        is_waiting = is_simulated and node_ns == 0
        jump_s = 0.0
        if self._last is not None and not is_waiting:
            passed_s = (node_ns - self._last[1]) / 1e9
            stray_s = passed_s - (steady_ns - self._last[0]) / 1e9
            has_jumped = passed_s < 0 if is_simulated else abs(stray_s) > JUMP_S
            jump_s = (passed_s if is_simulated else stray_s) if has_jumped else 0.0
        self._last = None if is_waiting else (steady_ns, node_ns)
        if jump_s:
            self._jumped_ns, self._jump_s = steady_ns, jump_s
        elif self._jumped_ns is not None and steady_ns - self._jumped_ns > REMEMBERED_NS:
            self._jumped_ns, self._jump_s = None, 0.0
        return ClockFacts(self._jump_s, is_waiting, bool(jump_s))


def _stages(timings: list[StageTimings]) -> dict[str, dict[str, float]]:
    """Summary of each stage and of ``total``; an empty one where no value is known."""
    table_ms = np.array([NS_OF_STAGES(frame) for frame in timings], np.float64) / 1e6
    table_ms = table_ms.reshape(-1, len(STAGES))  # (frames, stages), NaN for an unknown age
    columns = (*table_ms.T, table_ms.sum(1))
    return {name: summarize(column[~np.isnan(column)])
            for name, column in zip((*STAGES, 'total'), columns)}


def _dropped(counters: Counters) -> dict[str, int]:
    return {field.name: getattr(counters, field.name) for field in fields(counters)
            if field.name not in NOT_DROPPED}


def _dropped_share(before: Counters, after: Counters) -> float:
    """Share of the images received between two counts that gave way against the user's wish."""
    received = after.received - before.received
    earlier = _dropped(before)
    dropped = sum(count - earlier[name] for name, count in _dropped(after).items()
                  if name not in BY_WISH)
    return min(1.0, max(0.0, dropped / received)) if received > 0 else 0.0
