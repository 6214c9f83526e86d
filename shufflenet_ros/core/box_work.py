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
The boxes of a detector for the images of one camera: joined, classified, counted.

Images are kept by whoever takes them, boxes are taken here, and a worker serves one image with its
boxes in each of its turns. Results go to a sink; nothing here knows how boxes come.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
import threading
import time
from typing import Any, NamedTuple, Protocol

from shufflenet_ros.core.classifier import Classifier, Durations
from shufflenet_ros.core.frame import (
    AnyFrame,
    PartResult,
    ROI_COUNTERS,
    RoiCounters,
    StageTimings,
)
from shufflenet_ros.core.parts import Part
from shufflenet_ros.core.roi_join import Joined, Pair, RoiJoin
from shufflenet_ros.core.rois import choose, Chosen, RoiBox, RoiSettings

NEVER_NS = 10 ** 18
MOST_FOR_PUBLISHING = 0.25
"""Of the time for one image: so much is kept free for publishing, where that takes as long."""


@dataclass(frozen=True, slots=True)
class Rois:
    """The boxes of one image as a detector sent them."""

    stamp_ns: int
    """Of their image; 0 where that is unknown."""
    received_ns: int
    """Monotonic clock (ns) at the moment they reached this process."""
    boxes: Sequence[RoiBox]
    ids: Sequence[str]
    """As long as ``boxes``."""
    source: Any = None
    """What they came in, carried through untouched and never read here."""


class Answer(NamedTuple):
    """The boxes of one image that were classified, and what became of the others."""

    frame: AnyFrame
    rois: Rois
    indices: Sequence[int]
    """Which of the detector's boxes have a result."""
    results: Sequence[PartResult]
    """As long as ``indices``."""
    left_out: int
    refused: Counter[str]
    """Reason to the number of boxes refused for it."""


class BoxTimings(NamedTuple):
    """How long the stages of one image took for all its boxes together."""

    stages: StageTimings
    """The queue lasts from the receipt of the image until a worker had taken both."""
    waited_ns: int
    """Of the queue: from the receipt of the image until the boxes had come."""


class BoxSink(Protocol):
    """Where answers go; called from the threads of workers."""

    def publish(self, answer: Answer) -> None:
        """Send the results; the time this takes is the ``publish`` stage."""

    def report(self, answer: Answer, timings: BoxTimings) -> None:
        """Send the timings, after the results were sent."""

    def reject(self, error: Exception) -> None:
        """Take note that no box of an image could be classified, and why."""

    def unmatched(self, joined: Joined) -> None:
        """Take note of boxes that found no image."""


class _Ready(NamedTuple):
    pair: Pair
    joined_ns: int


class BoxWork:
    """What a worker has to do for the boxes of one camera; see ``core.pipeline.Work``."""

    def __init__(self, take: Callable[[], Rois | None], sink: BoxSink,
                 settings: RoiSettings = RoiSettings()) -> None:
        """``take`` gives the boxes that came next, or None; it runs on a worker's thread."""
        self._take = take
        self._sink = sink
        self._settings = settings
        self._lock = threading.Lock()
        self._join = RoiJoin()
        self._ready: deque[_Ready] = deque()
        self._counts = dict.fromkeys(ROI_COUNTERS, 0)
        self._publish_ns = 0.0  # as it was lately
        self.use(settings)

    def use(self, settings: RoiSettings) -> None:
        """Go by these settings from now on."""
        self._settings = settings
        with self._lock:
            self._join.limit(round(settings.tolerance_ms * 1e6), ceil(settings.wait_s * 1e9),
                             settings.memory_mb * 1e6)

    def keep(self, frame: AnyFrame) -> None:
        """Let an image wait for its boxes."""
        with self._lock:
            self._join.add_frame(frame.stamp_ns, frame, frame.received_ns, len(frame.data))

    def waits_ns(self) -> int:
        """How long until there is something to do although no boxes come (ns); 0 for now."""
        with self._lock:
            if self._ready:
                return 0
            next_ns = self._join.next_ns()
        return int(min(max(0.0, next_ns - time.monotonic_ns()), NEVER_NS))

    def serve(self, classifier: Classifier, check: Callable[[], None]) -> None:
        """Take the boxes that came, and classify those of one image."""
        begun_ns = time.monotonic_ns()
        budget_ns = round(self._settings.max_ms * 1e6)
        if self._take_all(begun_ns + budget_ns):
            self._join_all()
        pair = self._next()
        if pair is None:
            return
        try:
            answer, timings = self._answer(pair, classifier, check, begun_ns + budget_ns)
        except Exception as error:
            self._add(failed=1)
            self._sink.reject(error)
            return
        self._add(answered=1, boxes=len(answer.rois.boxes), classified=len(answer.results),
                  left_out=answer.left_out, refused=answer.refused.total())
        self._sink.report(answer, timings)

    def restart(self) -> None:
        """Let go of all that waits; from any thread."""
        with self._lock:
            joined = self._join.restart()
            expired = len(self._ready)
            self._ready.clear()
            self._count(_counts_of(joined) | {'expired': expired})

    def counters(self) -> RoiCounters:
        """Count what became of the boxes so far."""
        with self._lock:
            return RoiCounters(**self._counts)

    def _take_all(self, until_ns: int) -> bool:
        """Take the boxes that came; False where some are left when the time is over."""
        while True:
            rois = self._take()
            if rois is None:
                return True
            with self._lock:
                self._join.add_rois(rois.stamp_ns, rois, rois.received_ns)
                self._counts['received'] += 1
            if time.monotonic_ns() > until_ns:
                return False

    def _join_all(self) -> None:
        now_ns = time.monotonic_ns()
        with self._lock:
            joined = self._join.due(now_ns)
            self._ready.extend(_Ready(pair, now_ns) for pair in joined.pairs)
            self._count(_counts_of(joined))
        if joined.unmatched:
            self._sink.unmatched(joined)

    def _next(self) -> Pair | None:
        """Give the pair that has waited longest for a worker, unless it has for too long."""
        oldest_ns = time.monotonic_ns() - self._settings.wait_s * 1e9
        with self._lock:
            most = self._settings.memory_mb * 1e6
            while self._ready and (self._ready[0].joined_ns <= oldest_ns or (
                    sum(len(one.pair.frame.data) for one in self._ready) > most)):
                self._ready.popleft()
                self._counts['expired'] += 1
            return self._ready.popleft().pair if self._ready else None

    def _answer(self, pair: Pair, classifier: Classifier, check: Callable[[], None],
                until_ns: int) -> tuple[Answer, BoxTimings]:
        frame, rois, taken_ns = pair.frame, pair.rois, time.monotonic_ns()
        chosen, results, durations = self._classify(frame, rois, classifier, until_ns - taken_ns)
        check()
        answer = Answer(frame, rois, chosen.indices[:len(results)], results,
                        chosen.left_out + len(chosen.parts) - len(results), chosen.refused)
        classified_ns = taken_ns + sum(durations)
        self._sink.publish(answer)
        publish_ns = time.monotonic_ns() - classified_ns
        self._publish_ns += 0.2 * (publish_ns - self._publish_ns)
        stages = StageTimings(frame.age_at_receipt_ns, taken_ns - frame.received_ns, *durations,
                              publish_ns)
        return answer, BoxTimings(stages, max(0, pair.rois_since_ns - pair.frame_since_ns))

    def _classify(self, frame: AnyFrame, rois: Rois, classifier: Classifier,
                  budget_ns: int) -> tuple[Chosen, Sequence[PartResult], Durations]:
        if not rois.boxes:
            return Chosen(), (), (0, 0, 0, 0)
        chosen = Chosen()

        def boxes_of(height: int, width: int) -> Sequence[Part]:
            nonlocal chosen
            chosen = choose(rois.boxes, rois.ids, height, width, self._settings)
            return chosen.parts

        kept_ns = min(self._publish_ns, MOST_FOR_PUBLISHING * self._settings.max_ms * 1e6)
        results, durations = classifier.classify_boxes(
            frame, boxes_of, max(0, budget_ns - round(kept_ns)), at_least=1)
        return chosen, results, durations

    def _add(self, **counts: int) -> None:
        with self._lock:
            self._count(counts)

    def _count(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self._counts[name] += count


def _counts_of(joined: Joined) -> dict[str, int]:
    return {'matched': len(joined.pairs), 'unmatched': joined.unmatched, 'late': joined.late,
            'duplicate': joined.duplicate, 'no_image': joined.no_image, 'missing': joined.missing}
