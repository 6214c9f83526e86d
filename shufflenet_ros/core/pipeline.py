"""
From the newest frame to the published result: workers, and a time stamp after every stage.

``Classifier`` is the straight line decode, preprocess, inference, postprocess; offline tools call
it directly. ``Pipeline`` puts it behind the mailbox on threads of its own, so that whoever
delivers frames never waits; every frame ends as a result or in one of the counts. This file knows
no publisher: results go to a ``Sink``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
import threading
import time
from typing import Protocol

import numpy as np

from shufflenet_ros.core.encodings.decode import decode
from shufflenet_ros.core.errors import FrameError, one_line, ShufflenetRosError
from shufflenet_ros.core.frame import Classification, Counters, Frame, StageTimings
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.mailbox import Mailbox
from shufflenet_ros.core.postprocess import classify
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.core.stamp_order import StampOrder


class Engine(Protocol):
    """What the classifier needs of an inference engine."""

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """Logits, float32 (classes,), of a uint8 tensor (1, height, width, 3) in RGB."""


class Sink(Protocol):
    """Where the pipeline's results go; called from its worker threads."""

    def publish(self, camera: str, frame: Frame, classification: Classification) -> None:
        """Send the result; the time this takes is the frame's ``publish`` stage."""

    def report(self, camera: str, frame: Frame, classification: Classification,
               timings: StageTimings) -> None:
        """Send the frame's timings, when its result is out."""

    def reject(self, camera: str, error: Exception) -> None:
        """Tell that a frame could not be classified, and why."""


class Classifier:
    """One frame to one classification, with the moments at which each stage ended."""

    def __init__(self, engine: Engine, geometry: Geometry, top_k: int = 5,
                 threshold: float = 0.0) -> None:
        self._engine = engine
        self._geometry = geometry
        self._top_k = top_k
        self._threshold = threshold

    def classify(self, frame: Frame) -> tuple[Classification, tuple[int, int, int, int]]:
        """
        Give the frame's classification, and four durations in ns.

        The durations are those of decode, preprocess, inference and postprocess. Raises
        FrameError for a frame that cannot be used.
        """
        start = time.monotonic_ns()
        pixels = decode(frame, self._geometry)
        decoded = time.monotonic_ns()
        tensor = preprocess(pixels, self._geometry)
        preprocessed = time.monotonic_ns()
        logits = self._engine.run(tensor)
        inferred = time.monotonic_ns()
        classification = classify(logits, self._top_k, self._threshold)
        end = time.monotonic_ns()
        return classification, (
            decoded - start, preprocessed - decoded, inferred - preprocessed, end - inferred)


class Pipeline:
    """
    Mailbox, worker threads and counters around a classifier; can be started again when stopped.

    Several workers never serve one camera at once, so that its results keep their order.
    """

    def __init__(self, classifier: Classifier, sink: Sink, workers: int = 1) -> None:
        self._classifier = classifier
        self._sink = sink
        self._workers_wanted = workers
        self._workers: list[threading.Thread] = []
        self._mailbox = Mailbox()
        self._max_rate_hz = 0.0
        self._max_age_ns = 0
        self._stopped = True
        self._counts: Counter = Counter()
        self._orders: defaultdict[str, StampOrder] = defaultdict(StampOrder)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the workers, on an empty mailbox."""
        self._mailbox = Mailbox()
        self._mailbox.limit(self._max_rate_hz)
        self._stopped = False
        self._workers = [
            threading.Thread(target=self._work, args=(self._mailbox,), name=f'classify-{number}',
                             daemon=True) for number in range(self._workers_wanted)]
        for worker in self._workers:
            worker.start()

    def stop(self, drop: bool = True, timeout_s: float = 1.0) -> None:
        """Wait for the frames at work, and for those that wait as well unless they ``drop``."""
        self._mailbox.close(drop)
        deadline_s = time.monotonic() + timeout_s
        for worker in self._workers:
            worker.join(max(0.0, deadline_s - time.monotonic()))
        self._stopped = True

    def limit(self, max_age_ns: int = 0, max_rate_hz: float = 0.0) -> None:
        """Drop frames that are older than that, and those beyond that rate; 0 for no limit."""
        self._max_age_ns = max_age_ns
        if max_rate_hz != self._max_rate_hz:
            self._max_rate_hz = max_rate_hz
            self._mailbox.limit(max_rate_hz)

    @contextmanager
    def between_frames(self) -> Iterator[None]:
        """Hold the workers where no frame is at work; frames may go on arriving."""
        with self._mailbox.paused():
            yield

    def exchange(self, classifier: Classifier) -> None:
        """Classify with another classifier from the next frame on."""
        self._classifier = classifier

    def restart_order(self) -> None:
        """Accept older stamps from all cameras: the clock has jumped."""
        with self._lock:
            self._orders.clear()

    def submit(self, camera: str, frame: Frame) -> None:
        """Take over a frame; never blocks. It replaces an older one that still waits."""
        self._count(camera, 'received')
        gave_way = self._mailbox.post(camera, frame)
        if gave_way:
            self._count(camera, gave_way)

    def refuse(self, camera: str, error: Exception) -> None:
        """Count something that arrived but cannot even be a frame."""
        self._count(camera, 'received')
        self._fail(camera, error)

    def counters(self, camera: str) -> Counters:
        """Count what became of the camera's frames so far."""
        with self._lock:
            return Counters(**{field.name: self._counts[camera, field.name]
                               for field in fields(Counters)})

    def _work(self, mailbox: Mailbox) -> None:
        while (delivery := mailbox.take()) is not None:
            camera, frame = delivery
            try:
                self._serve(camera, frame)
            except Exception as error:  # whatever one frame does, the next one is served
                self._sink.reject(camera, error)
            finally:
                mailbox.done(camera)

    def _serve(self, camera: str, frame: Frame) -> None:
        taken_ns = time.monotonic_ns()
        with self._lock:
            order = self._orders[camera]
        reason = self._reason_to_drop(order, frame, taken_ns)
        if reason:
            self._count(camera, reason)
            return
        try:
            classification, timings = self._classify(camera, frame, taken_ns)
        except Exception as error:
            self._fail(camera, error)
            return
        order.passed(frame.stamp_ns)
        self._count(camera, 'classified')
        self._sink.report(camera, frame, classification, timings)

    def _reason_to_drop(self, order: StampOrder, frame: Frame, taken_ns: int) -> str:
        age_ns = frame.age_at_receipt_ns
        if self._max_age_ns and age_ns is not None and (
                age_ns + taken_ns - frame.received_ns > self._max_age_ns):
            return 'expired'
        return '' if order.accepts(frame.stamp_ns) else 'out_of_order'

    def _classify(self, camera: str, frame: Frame,
                  taken_ns: int) -> tuple[Classification, StageTimings]:
        classification, durations = self._classifier.classify(frame)
        if self._stopped:
            raise FrameError('the inference took longer than the pipeline took to stop')
        classified_ns = taken_ns + sum(durations)
        self._sink.publish(camera, frame, classification)
        publish_ns = time.monotonic_ns() - classified_ns
        return classification, StageTimings(
            frame.age_at_receipt_ns, taken_ns - frame.received_ns, *durations, publish_ns)

    def _fail(self, camera: str, error: Exception) -> None:
        self._count(camera, 'failed')
        self._sink.reject(camera, error)

    def _count(self, camera: str, key: str) -> None:
        with self._lock:
            self._counts[camera, key] += 1


def describe(error: Exception) -> str:
    """One line for a log: the message alone for an error of ours, its type for any other."""
    if isinstance(error, ShufflenetRosError):
        return str(error)
    return f'{type(error).__name__}: {one_line(error)}'
