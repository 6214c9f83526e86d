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
What was seen of one camera in the last seconds, kept for the next report.

Frames are recorded as they pass, by the workers, in a microsecond or two each; all arithmetic
waits for the report. Nothing here reads a clock: the caller gives the time of each event.
"""

from __future__ import annotations

from collections import deque
from math import exp, nan
import threading

import numpy as np
from shufflenet_ros.core.frame import COUNTERS, Counters, STAGES, StageTimings
from shufflenet_ros.monitoring.facts import CameraFacts
from shufflenet_ros.monitoring.rules import silence_limit_s
from shufflenet_ros.monitoring.thresholds import Thresholds
from shufflenet_ros.monitoring.windows import MIN_COUNT, summarize, Window

SPAN_NS = 5_000_000_000
"""Rates, ages and shares are those of the last five seconds, or of the last five images."""
SNAPSHOTS = 6
"""So many readings of the counters, a second apart, hold those five seconds."""
MAX_FRAMES = 300
USUAL_RATE_S = 60.0
"""Time constant of the usual rate where the rate falls: after it, two thirds of the way."""
SETTLED_NS = 1_000_000_000
"""A rate counts once it lasted so long: the first images may come in a burst."""
DROPS = ('replaced', 'limited', 'expired', 'out_of_order', 'lost')
SHARES = ('replaced', 'expired', 'out_of_order', 'lost')
"""Drops that are judged: those of ``max_rate_hz`` were asked for."""
UNKNOWN = {'frame_rate_msg': 0.0, 'current_delay_from_realtime_ms': nan,
           'mean_abs_jitter_ms': nan, 'max_abs_jitter_ms': nan}
"""Values of a silent camera."""


class CameraStatistics:
    """One camera: recorded by the workers, read by the report."""

    def __init__(self, now_ns: int, counters: Counters = Counters()) -> None:
        """
        Begin when the subscription is made.

        ``now_ns`` and all times: monotonic clock (ns). ``counters``: those of the camera by then.
        """
        self._lock = threading.Lock()
        self._since_ns = now_ns
        self._arrivals = Window(span_ns=SPAN_NS)
        self._stamps = Window(span_ns=SPAN_NS)
        self._results: deque[tuple[int, StageTimings]] = deque(maxlen=MAX_FRAMES)
        self._ahead: deque[tuple[int, int]] = deque(maxlen=MAX_FRAMES)
        self._latest_age_ns: int | None = None
        self._ages = Window(span_ns=SPAN_NS)
        self._last_error = ''
        self._damage: deque[tuple[int, str]] = deque(maxlen=MAX_FRAMES)
        self._counters: deque[Counters] = deque([counters], maxlen=SNAPSHOTS)
        self._usual_hz = 0.0
        self._last_snapshot_ns = now_ns

    def record_arrival(self, now_ns: int, stamp_ns: int, age_ns: int | None,
                       arrived: int = 1) -> None:
        """
        Record an image: its stamp (ns, 0 for none), its age at receipt (None without stamp).

        ``arrived`` counts it and those that came since the last one but were not taken.
        """
        with self._lock:
            self._arrivals.add_even(now_ns, arrived)
            self._latest_age_ns = age_ns
            if age_ns is not None:
                self._stamps.add_even(stamp_ns, arrived)
                self._ages.add(now_ns, age_ns)
                if age_ns < 0:
                    self._ahead.append((now_ns, -age_ns))

    def record_result(self, now_ns: int, timings: StageTimings) -> None:
        """Record how long the stages of an image took, now that its result was sent."""
        with self._lock:
            self._results.append((now_ns, timings))

    def record_failure(self, reason: str) -> None:
        """Record why an image could not be classified."""
        with self._lock:
            self._last_error = reason

    def record_damage(self, now_ns: int, reason: str) -> None:
        """Record that an image was classified although its data are damaged, and how."""
        with self._lock:
            self._damage.append((now_ns, reason))

    def reset_ages(self) -> None:
        """Drop all that was measured with the node's clock: it has jumped since."""
        with self._lock:
            self._results.clear()
            self._ahead.clear()
            self._stamps.clear()
            self._ages.clear()
            self._latest_age_ns = None

    def snapshot(self, now_ns: int, counters: Counters, publishers: int = 1,
                 incompatible: str = '', silence_s: float = Thresholds().silence_s,
                 at_work_s: float = 0.0) -> tuple[CameraFacts, dict[str, float]]:
        """
        Sum up: facts for the rules, and values by the name they are shown under.

        ``counters`` are those of the camera since it started. NaN stands for what is not known,
        as all but the rate and the counters of a camera without an image for ``silence_s``.
        ``at_work_s`` is how long no worker has been free for the camera.
        """
        with self._lock:
            rate_hz = self._arrivals.rate_hz(now_ns)
            self._update_usual_rate(now_ns, rate_hz)
            self._counters.append(counters)
            self._last_snapshot_ns = now_ns
            # What was measured before a silence would look as if it went on.
            is_silent = self._is_silent(now_ns, silence_s)
            stages = _stage_summaries([] if is_silent else self._recent_timings(now_ns))
            facts = self._facts(now_ns, 0.0 if is_silent else rate_hz, at_work_s,
                                stages['total'].get('p95', nan), publishers, incompatible)
            values = self._values(facts.rate_hz, stages)
            return facts, values | UNKNOWN if is_silent else values

    def _facts(self, now_ns: int, rate_hz: float, at_work_s: float, age_p95_ms: float,
               publishers: int, incompatible: str) -> CameraFacts:
        last_ns = self._arrivals.last_ns
        counters, previous = self._counters[-1], self._counters[-2]
        shares = _shares(self._counters[0], counters)
        return CameraFacts(
            publishers=publishers, incompatible=incompatible,
            silent_s=(now_ns - (self._since_ns if last_ns is None else last_ns)) / 1e9,
            has_arrived=last_ns is not None, rate_hz=rate_hz, usual_hz=self._usual_hz,
            age_p95_ms=age_p95_ms, ahead_ms=self._ahead_ns(now_ns) / 1e6,
            age_at_receipt_ms=self._ages.summary_ms().get('p50', nan), stuck_s=at_work_s,
            replaced_share=shares['replaced'], expired_share=shares['expired'],
            out_of_order_share=shares['out_of_order'], lost_share=shares['lost'],
            lost=counters.lost - self._counters[0].lost,
            is_new=len(self._counters) < SNAPSHOTS,
            received=counters.received - previous.received,
            classified=counters.classified - previous.classified,
            failed=counters.failed - previous.failed, last_error=self._last_error,
            damaged=sum(now_ns - time_ns <= SPAN_NS for time_ns, _ in self._damage),
            last_damage=self._damage[-1][1] if self._damage else '')

    def _values(self, rate_hz: float, stages: dict[str, dict[str, float]]) -> dict[str, float]:
        age_ns, counters = self._latest_age_ns, self._counters[-1]
        mean_jitter_ms, max_jitter_ms = self._arrivals.jitter_ms()
        return {
            'frame_rate_node': rate_hz, 'frame_rate_msg': self._stamps.rate_hz(),
            'current_delay_from_realtime_ms': nan if age_ns is None else age_ns / 1e6,
            'total_dropped_frames': _sum_of(counters, DROPS),
            'mean_abs_jitter_ms': mean_jitter_ms, 'max_abs_jitter_ms': max_jitter_ms,
            **{name: getattr(counters, name) for name in COUNTERS},
            **{f'{stage}_{name}_ms': summary.get(name, nan)
               for stage, summary in stages.items() for name in ('p50', 'p95', 'max')}}

    def _update_usual_rate(self, now_ns: int, rate_hz: float) -> None:
        """Follow a higher rate at once, a lower one slowly, silence not at all."""
        passed_s = (now_ns - self._last_snapshot_ns) / 1e9
        last_ns = self._arrivals.last_ns
        if last_ns is None or self._arrivals.covered_ns < SETTLED_NS or (
                now_ns - last_ns > SPAN_NS):
            return
        kept = exp(-passed_s / USUAL_RATE_S)
        self._usual_hz = max(rate_hz, kept * self._usual_hz + (1.0 - kept) * rate_hz)

    def _is_silent(self, now_ns: int, silence_s: float) -> bool:
        last_ns = self._arrivals.last_ns
        limit_s = silence_limit_s(self._usual_hz, silence_s)
        return last_ns is not None and now_ns - last_ns > limit_s * 1e9

    def _ahead_ns(self, now_ns: int) -> int:
        """How far the stamps of the last seconds lay in the future, at most; 0 for none."""
        return max((ahead_ns for time_ns, ahead_ns in self._ahead if now_ns - time_ns <= SPAN_NS),
                   default=0)

    def _recent_timings(self, now_ns: int) -> list[StageTimings]:
        recent = [timings for time_ns, timings in self._results if now_ns - time_ns <= SPAN_NS]
        if len(recent) >= MIN_COUNT:
            return recent
        return [timings for _, timings in list(self._results)[-MIN_COUNT:]]


def _stage_summaries(timings: list[StageTimings]) -> dict[str, dict[str, float]]:
    """Summary of each stage and of ``total``; an empty one where no value is known."""
    table_ms = np.array([frame.values() for frame in timings], np.float64) / 1e6
    table_ms = table_ms.reshape(-1, len(STAGES))  # (frames, stages), NaN for an unknown age
    columns = (*table_ms.T, table_ms.sum(1))
    return {name: summarize(column[~np.isnan(column)])
            for name, column in zip((*STAGES, 'total'), columns)}


def _shares(before: Counters, after: Counters) -> dict[str, float]:
    """Shares of the images published between two readings that were dropped, by the reason."""
    published = after.received + after.missed - before.received - before.missed
    dropped = {name: getattr(after, name) - getattr(before, name) for name in SHARES}
    return {name: min(1.0, max(0.0, count / published)) if published > 0 else 0.0
            for name, count in dropped.items()}


def _sum_of(counters: Counters, names: tuple[str, ...]) -> int:
    return sum(getattr(counters, name) for name in names)
