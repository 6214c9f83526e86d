"""
From the newest frame to the published result: one worker, a time stamp after every stage.

``Classifier`` is the straight line decode, preprocess, inference, postprocess; offline tools call
it directly. ``Pipeline`` puts it behind the mailbox on a thread of its own, so that whoever
delivers frames never waits. This file knows no publisher: results go to a ``Sink``.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Protocol

import numpy as np

from shufflenet_ros.core.decode import decode
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.mailbox import Mailbox
from shufflenet_ros.core.postprocess import classify
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.core.types import Classification, Counters, Frame, StageTimings


class Engine(Protocol):
    """What the classifier needs of an inference engine."""

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """Logits, float32 (classes,), of a uint8 tensor (1, height, width, 3) in RGB."""


class Sink(Protocol):
    """Where the pipeline's results go; called from its worker thread."""

    def publish(self, camera: str, frame: Frame, classification: Classification) -> None:
        """Send the result; the time this takes is the frame's ``publish`` stage."""

    def report(self, camera: str, frame: Frame, timings: StageTimings) -> None:
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
        pixels = decode(frame)
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
    """Mailbox, worker thread and counters around a classifier."""

    def __init__(self, classifier: Classifier, sink: Sink) -> None:
        self._classifier = classifier
        self._sink = sink
        self._mailbox = Mailbox()
        self._counts: Counter = Counter()
        self._lock = threading.Lock()
        self._worker = threading.Thread(target=self._work, name='classify', daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Drop what waits, and wait for the frame at work."""
        self._mailbox.close()
        self._worker.join(timeout_s)

    def submit(self, camera: str, frame: Frame) -> None:
        """Take over a frame; never blocks. It replaces an older one that still waits."""
        self._count(camera, 'received')
        self._mailbox.post(camera, frame)

    def refuse(self, camera: str, error: Exception) -> None:
        """Count something that arrived but cannot even be a frame."""
        self._count(camera, 'received')
        self._fail(camera, error)

    def counters(self, camera: str) -> Counters:
        """Count what became of the camera's frames so far."""
        with self._lock:
            counts = {key: self._counts[camera, key]
                      for key in ('received', 'classified', 'failed')}
        return Counters(replaced=self._mailbox.replaced(camera), **counts)

    def _work(self) -> None:
        while (delivery := self._mailbox.take()) is not None:
            camera, frame = delivery
            try:
                self._process(camera, frame)
            except Exception as error:  # whatever one frame does, the next one is served
                self._fail(camera, error)

    def _process(self, camera: str, frame: Frame) -> None:
        taken_ns = time.monotonic_ns()
        classification, durations = self._classifier.classify(frame)
        classified_ns = taken_ns + sum(durations)
        self._sink.publish(camera, frame, classification)
        publish_ns = time.monotonic_ns() - classified_ns
        self._count(camera, 'classified')
        self._sink.report(camera, frame, StageTimings(
            frame.age_at_receipt_ns, taken_ns - frame.received_ns, *durations, publish_ns))

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
    return f'{type(error).__name__}: {" ".join(str(error).split())}'
