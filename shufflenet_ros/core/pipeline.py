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
From the newest image of each camera to its published result: workers, counters.

Each worker takes images from a source itself, and runs each through to its result before it takes
the next: no frame waits in here, and none is handed from one thread to another. Every frame ends
as a result or in one of the counters. Results go to a ``Sink``; nothing here knows where images
come from, or how results are published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
import threading
import time
from typing import Protocol

from shufflenet_ros.core.classifier import Classifier, Durations
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.errors import describe, FrameError
from shufflenet_ros.core.frame import (
    AnyFrame,
    Classification,
    COUNTERS,
    Counters,
    Delivery,
    StageTimings,
)
from shufflenet_ros.core.missed import MissedFrames
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.smoothing import Smoother
from shufflenet_ros.core.stamp_order import StampOrder
from shufflenet_ros.core.turns import Source, Turn, Turns

RESTART_AFTER_S = 0.1
"""Pause of a worker after an error that is no frame's: one that stays must not take a core."""


class FrameSource(Source, Protocol):
    """Where the workers take frames from; see :class:`Source` for which of them has one."""

    def take(self, camera: str) -> Delivery | None:
        """Take the newest frame of a camera, never with two workers at once; None without one."""


class Sink(Protocol):
    """
    Where the pipeline's results go; called from its worker threads.

    What it raises ends no worker: it is kept as the pipeline's ``fault``.
    """

    def publish(self, camera: str, frame: AnyFrame, classification: Classification,
                raw: Classification | None) -> None:
        """
        Send the result; the time this takes is the frame's ``publish`` stage.

        ``raw`` is the one of this frame alone, where the other is an average over time.
        """

    def report(self, camera: str, frame: AnyFrame, classification: Classification,
               timings: StageTimings) -> None:
        """Send the frame's timings, after its result was sent."""

    def reject(self, camera: str, error: Exception) -> None:
        """Take note that a frame could not be classified, and why."""

    def record(self, camera: str, delivery: Delivery, arrived: int) -> None:
        """
        Take note of a frame that was taken, after all that became of it.

        ``arrived`` counts it and those before it that reached this process and were not taken.
        """


class Work(Protocol):
    """What workers do in turn with the frames: see ``core.box_work``."""

    def serve(self, classifier: Classifier, check: Callable[[], None]) -> None:
        """
        Do what there is to do, and no more than a worker may be kept from the cameras.

        ``check`` raises FrameError where it has become too late for a result.
        """

    def restart(self) -> None:
        """Let go of what waits: the clock has jumped."""


class Pipeline:
    """
    Worker threads and counters around a classifier; can be started again when stopped.

    Several workers never serve one camera at once, so that its results keep their order.
    """

    def __init__(self, classifier: Classifier, sink: Sink, cameras: Sequence[str],
                 workers: int = 1, works: Mapping[str, Work] = {}) -> None:
        """Serve cameras, and the ``works`` that take turns with them under names of their own."""
        self._classifier = classifier
        self._sink = sink
        self._worker_count = workers
        self._workers: list[threading.Thread] = []
        self._works = dict(works)
        self._turns = Turns(cameras, self._works)
        self._source: FrameSource | None = None
        self._max_rate_hz = 0.0
        self._max_age_ns = 0
        self._views: Mapping[str, View] = {}
        self._grid_max_ns: int | None = None
        self._next_cells: dict[str, tuple[View, int]] = {}
        self._smoothers: Mapping[str, Smoother] = {}
        self._is_stopped = True
        self._counts = {camera: dict.fromkeys(COUNTERS, 0) for camera in cameras}
        self._stamp_orders = {camera: StampOrder() for camera in cameras}
        self._missed = {camera: MissedFrames() for camera in cameras}
        self._taken: dict[threading.Thread, tuple[str, int]] = {}
        self._lock = threading.Lock()
        self._fault: tuple[int, str] = (0, '')

    @property
    def fault(self) -> tuple[int, str]:
        """How many errors there were that no frame caused, and the last one in a line."""
        return self._fault

    def start(self, source: FrameSource) -> None:
        """Start the workers on that source; what was published before does not count."""
        self._source = source
        for missed in self._missed.values():
            missed.restart()
        self._start_workers(source)

    def stop(self, drop: bool = True, timeout_s: float = 1.0) -> None:
        """Finish the frames at work; those that wait stay, or are finished without ``drop``."""
        self._turns.close(drop)
        deadline_s = time.monotonic() + timeout_s
        for worker in self._workers:
            worker.join(max(0.0, deadline_s - time.monotonic()))
        self._is_stopped = True

    def limit(self, max_age_ns: int = 0, max_rate_hz: float = 0.0) -> None:
        """Drop frames that are older than that, and those beyond that rate; 0 for no limit."""
        self._max_age_ns = max_age_ns
        if max_rate_hz != self._max_rate_hz:
            self._max_rate_hz = max_rate_hz
            self._turns.limit(max_rate_hz)

    @contextmanager
    def between_frames(self, timeout_s: float | None = None) -> Iterator[bool]:
        """
        Hold the workers where no frame is at work; frames may go on arriving.

        Gives False where one is still at work after ``timeout_s``: see :meth:`give_up`.
        """
        with self._turns.paused(timeout_s) as is_at_rest:
            yield is_at_rest

    def give_up(self) -> None:
        """Publish no result of the frames at work: each fails when its inference ends."""
        self._workers = []

    def restart(self) -> None:
        """Give the frames at work up, and serve the source with new workers."""
        if not self._is_stopped and self._source is not None:
            self._start_workers(self._source)

    def use_classifier(self, classifier: Classifier) -> None:
        """Classify with this one from the next frame on."""
        self._classifier = classifier

    def look_at(self, views: Mapping[str, View], grid_max_ns: int | None = None) -> None:
        """
        Classify these parts of the images of a camera; all of them as a whole by default.

        After ``grid_max_ns`` of a frame no further cell is begun: the next frame goes on there.
        """
        self._views = views
        self._grid_max_ns = grid_max_ns

    def view_of(self, camera: str) -> View:
        """Give what of a camera's images is classified."""
        return self._views.get(camera, EVERYTHING)

    def use_smoothers(self, smoothers: Mapping[str, Smoother]) -> None:
        """Average the scores of these cameras over time, which the classifier must keep."""
        self._smoothers = smoothers

    def restart_order(self) -> None:
        """Accept older stamps from all cameras: the clock has jumped."""
        self._stamp_orders = {camera: StampOrder() for camera in self._stamp_orders}
        for smoother in self._smoothers.values():
            smoother.restart()
        for work in self._works.values():
            work.restart()

    def counters(self, camera: str) -> Counters:
        """Count what became of the camera's frames so far."""
        with self._lock:
            return Counters(*self._counts[camera].values())

    def at_work_s(self, camera: str) -> float:
        """
        How long a worker has been at a frame of the camera (s); 0.0 without one.

        Where no worker is free for the camera, how long the one that began last has been at its.
        """
        taken = [found for worker in self._workers
                 if (found := self._taken.get(worker)) is not None]
        own = [since_ns for name, since_ns in taken if name == camera]
        if not own and (not taken or len(taken) < len(self._workers)):
            return 0.0
        return (time.monotonic_ns() - max(own or [since_ns for _, since_ns in taken])) / 1e9

    def _start_workers(self, source: FrameSource) -> None:
        opening = self._turns.open()
        self._workers = [
            threading.Thread(target=self._work, args=(source, opening),
                             name=f'classify-{number}', daemon=True)
            for number in range(self._worker_count)]
        self._is_stopped = False  # only now that workers of an earlier start are none of these
        for worker in self._workers:
            worker.start()

    def _work(self, source: FrameSource, opening: int) -> None:
        while True:
            try:
                self._serve(source, opening)
                return
            except BaseException as error:  # nothing may leave the cameras without a worker
                self._record_fault(error)
                if not self._turns.is_open(opening):
                    return
                time.sleep(RESTART_AFTER_S)

    def _serve(self, source: FrameSource, opening: int) -> None:
        worker = threading.current_thread()
        while (turn := self._turns.next(source, opening)) is not None:
            self._taken[worker] = turn.camera, time.monotonic_ns()
            try:
                if turn.camera in self._works:
                    self._works[turn.camera].serve(self._classifier, self._check_in_time)
                else:
                    self._take(source, turn)
            except Exception as error:  # an error of the sink: the next frame must be served
                self._tell_sink(turn.camera, error)
            finally:
                del self._taken[worker]
                self._turns.done(turn.camera, opening)

    def _take(self, source: FrameSource, turn: Turn) -> None:
        camera = turn.camera
        try:
            delivery = source.take(camera)
        except Exception as error:  # the middleware cannot read the message: it is gone
            self._count(camera, 'received')
            self._fail(camera, error)
            return
        if delivery is None:
            return
        missed = self._missed[camera].before(delivery, turn.due_ns)
        with self._lock:
            counts = self._counts[camera]
            counts['received'] += 1 + missed.limited
            counts['limited'] += missed.limited
            counts['replaced'] += missed.replaced
            counts['lost'] += missed.lost
            counts['missed'] += missed.replaced + missed.lost
        try:
            self._process(camera, delivery.frame)
        finally:
            self._sink.record(camera, delivery, 1 + missed.limited + missed.replaced)

    def _process(self, camera: str, frame: AnyFrame | FrameError) -> None:
        if isinstance(frame, FrameError):
            self._fail(camera, frame)
            return
        taken_ns = time.monotonic_ns()
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
        classification, durations = self._look(camera, frame)
        self._check_in_time()
        classified_ns = taken_ns + sum(durations)
        raw, smoother = None, self._smoothers.get(camera)
        if smoother is not None:
            raw, classification = classification, smoother.smooth(classification, frame.stamp_ns)
        self._sink.publish(camera, frame, classification, raw)
        publish_ns = time.monotonic_ns() - classified_ns
        return classification, StageTimings(
            frame.age_at_receipt_ns, taken_ns - frame.received_ns, *durations, publish_ns)

    def _look(self, camera: str, frame: AnyFrame) -> tuple[Classification, Durations]:
        """Classify what a camera's frames are looked at for, from the next cell on."""
        view = self.view_of(camera)
        of_view, first = self._next_cells.get(camera, (view, 0))
        if of_view != view:
            first = 0
        classification, durations = self._classifier.classify(
            frame, view, self._grid_max_ns, first)
        done = len(classification.parts)
        if done:
            self._next_cells[camera] = view, (first + done) % (done + classification.left_out)
        return classification, durations

    def _check_in_time(self) -> None:
        # A worker of an earlier start may only now come to an end of its inference.
        if self._is_stopped or threading.current_thread() not in self._workers:
            raise FrameError('the inference took longer than anything waited for it: too late for '
                             'a result; check the load of this machine, or set another model')

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
            self._counts[camera][key] += 1
