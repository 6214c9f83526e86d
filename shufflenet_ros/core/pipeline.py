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
From the newest frame of each camera to its published result: workers, counters.

A caller that delivers frames never waits. Every frame ends as a result or in one of the counters.
Results go to a ``Sink``; nothing here knows how they are published.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
import threading
import time
from typing import Protocol

from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.errors import describe, FrameError
from shufflenet_ros.core.frame import (
    AnyFrame,
    Classification,
    COUNTERS,
    Counters,
    StageTimings,
)
from shufflenet_ros.core.newest_only import NewestOnly
from shufflenet_ros.core.stamp_order import StampOrder

RESTART_AFTER_S = 0.1
"""Pause of a worker after an error that is no frame's: one that stays must not take a core."""


class Sink(Protocol):
    """
    Where the pipeline's results go; called from its worker threads.

    What it raises ends no worker: it is kept as the pipeline's ``fault``.
    """

    def publish(self, camera: str, frame: AnyFrame, classification: Classification) -> None:
        """Send the result; the time this takes is the frame's ``publish`` stage."""

    def report(self, camera: str, frame: AnyFrame, classification: Classification,
               timings: StageTimings) -> None:
        """Send the frame's timings, after its result was sent."""

    def reject(self, camera: str, error: Exception) -> None:
        """Take note that a frame could not be classified, and why."""


class Pipeline:
    """
    NewestOnly, worker threads and counters around a classifier; can be started again when stopped.

    Several workers never serve one camera at once, so that its results keep their order.
    """

    def __init__(self, classifier: Classifier, sink: Sink, workers: int = 1) -> None:
        self._classifier = classifier
        self._sink = sink
        self._worker_count = workers
        self._workers: list[threading.Thread] = []
        self._newest: NewestOnly[AnyFrame] = NewestOnly()
        self._max_rate_hz = 0.0
        self._max_age_ns = 0
        self._is_stopped = True
        self._counts: Counter[tuple[str, str]] = Counter()
        self._stamp_orders: defaultdict[str, StampOrder] = defaultdict(StampOrder)
        self._lock = threading.Lock()
        self._fault: tuple[int, str] = (0, '')

    @property
    def fault(self) -> tuple[int, str]:
        """How many errors there were that no frame caused, and the last one in a line."""
        return self._fault

    def start(self) -> None:
        """Start the workers, without any frame."""
        self._newest = NewestOnly()
        self._newest.limit(self._max_rate_hz)
        self._workers = [
            threading.Thread(target=self._work, args=(self._newest,), name=f'classify-{number}',
                             daemon=True) for number in range(self._worker_count)]
        self._is_stopped = False  # only now that workers of an earlier start are none of these
        for worker in self._workers:
            worker.start()

    def stop(self, drop: bool = True, timeout_s: float = 1.0) -> None:
        """Finish the frames at work; those that wait are dropped, or finished without ``drop``."""
        self._newest.close(drop)
        deadline_s = time.monotonic() + timeout_s
        for worker in self._workers:
            worker.join(max(0.0, deadline_s - time.monotonic()))
        self._is_stopped = True

    def limit(self, max_age_ns: int = 0, max_rate_hz: float = 0.0) -> None:
        """Drop frames that are older than that, and those beyond that rate; 0 for no limit."""
        self._max_age_ns = max_age_ns
        if max_rate_hz != self._max_rate_hz:
            self._max_rate_hz = max_rate_hz
            self._newest.limit(max_rate_hz)

    @contextmanager
    def between_frames(self, timeout_s: float | None = None) -> Iterator[bool]:
        """
        Hold the workers where no frame is at work; frames may go on arriving.

        Gives False where one is still at work after ``timeout_s``: see :meth:`give_up`.
        """
        with self._newest.paused(timeout_s) as is_at_rest:
            yield is_at_rest

    def give_up(self) -> None:
        """Publish no result of the frames at work: each fails when its inference ends."""
        self._workers = []

    def restart(self) -> None:
        """Give the frames at work up, and serve those that wait with new workers."""
        if not self._is_stopped:
            before = self._newest
            self.start()
            before.move_to(self._newest)

    def use_classifier(self, classifier: Classifier) -> None:
        """Classify with this one from the next frame on."""
        self._classifier = classifier

    def restart_order(self) -> None:
        """Accept older stamps from all cameras: the clock has jumped."""
        with self._lock:
            self._stamp_orders.clear()

    def submit(self, camera: str, frame: AnyFrame) -> None:
        """Take over a frame; never blocks. It replaces an older one that still waits."""
        self._count(camera, 'received')
        dropped = self._newest.put(camera, frame)
        if dropped:
            self._count(camera, dropped)

    def reject(self, camera: str, error: Exception) -> None:
        """Count a message that cannot even become a frame."""
        self._count(camera, 'received')
        self._fail(camera, error)

    def counters(self, camera: str) -> Counters:
        """Count what became of the camera's frames so far."""
        with self._lock:
            return Counters(**{name: self._counts[camera, name] for name in COUNTERS})

    def _work(self, newest: NewestOnly[AnyFrame]) -> None:
        while True:
            try:
                self._serve(newest)
                return
            except BaseException as error:  # nothing may leave the cameras without a worker
                self._record_fault(error)
                if newest.is_closed:
                    return
                time.sleep(RESTART_AFTER_S)

    def _serve(self, newest: NewestOnly[AnyFrame]) -> None:
        while (item := newest.take()) is not None:
            camera, frame = item
            try:
                self._process(camera, frame)
            except Exception as error:  # an error of the sink: the next frame must be served
                self._tell_sink(camera, error)
            finally:
                newest.done(camera)

    def _process(self, camera: str, frame: AnyFrame) -> None:
        taken_ns = time.monotonic_ns()
        with self._lock:
            order = self._stamp_orders[camera]
        reason = self._reason_to_drop(order, frame, taken_ns)
        if reason:
            self._count(camera, reason)
            return
        try:
            classification, timings = self._classify(camera, frame, taken_ns)
        except Exception as error:
            self._fail(camera, error)
            return
        order.record(frame.stamp_ns)
        self._count(camera, 'classified')
        self._sink.report(camera, frame, classification, timings)

    def _reason_to_drop(self, order: StampOrder, frame: AnyFrame, taken_ns: int) -> str:
        age_ns = frame.age_at_receipt_ns
        if self._max_age_ns and age_ns is not None and (
                age_ns + taken_ns - frame.received_ns > self._max_age_ns):
            return 'expired'
        return '' if order.accepts(frame.stamp_ns) else 'out_of_order'

    def _classify(self, camera: str, frame: AnyFrame,
                  taken_ns: int) -> tuple[Classification, StageTimings]:
        classification, durations = self._classifier.classify(frame)
        # A worker of an earlier start may only now come to an end of its inference.
        if self._is_stopped or threading.current_thread() not in self._workers:
            raise FrameError('the inference took longer than anything waited for it: too late for '
                             'a result; check the load of this machine, or set another model')
        classified_ns = taken_ns + sum(durations)
        self._sink.publish(camera, frame, classification)
        publish_ns = time.monotonic_ns() - classified_ns
        return classification, StageTimings(
            frame.age_at_receipt_ns, taken_ns - frame.received_ns, *durations, publish_ns)

    def _fail(self, camera: str, error: Exception) -> None:
        self._count(camera, 'failed')
        self._tell_sink(camera, error)

    def _tell_sink(self, camera: str, error: Exception) -> None:
        try:
            self._sink.reject(camera, error)
        except Exception as fault:
            self._record_fault(fault)

    def _record_fault(self, error: BaseException) -> None:
        with self._lock:
            self._fault = (self._fault[0] + 1, describe(error))

    def _count(self, camera: str, key: str) -> None:
        with self._lock:
            self._counts[camera, key] += 1
