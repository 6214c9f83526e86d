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

"""Arrivals in, results out: each image goes through the core that the node runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
import struct
from time import perf_counter
from typing import NamedTuple, Protocol

from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.encoding.image_header import codec_of, PNG_START
from shufflenet_ros.core.encoding.jpeg_header import read_jpeg
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, Classification, CompressedFrame
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.image_messages import Arrival
from shufflenet_ros.replay.results import (
    Answer,
    Classified,
    clean,
    FrameResult,
    FrameTimes,
    KeptScores,
    NamedHypothesis,
    RegionResult,
)

PROBLEM_LENGTH = 300
"""Characters of why an image has no result."""
PNG_SIZE = len(PNG_START) + 8
"""Where a png says its size: behind the length and the name of its first chunk."""


class FrameClassifier(Protocol):
    """What classifies one frame: the core in this process, or a node."""

    def classify(self, frame: AnyFrame) -> tuple[Classification, tuple[int, int, int, int]]:
        """
        Give the classification, and the durations (ns) of decode, preprocess and so on.

        Raises FrameError for a frame that cannot be used.
        """


class NamedClassifier(NamedTuple):
    """A classifier with the names of its classes."""

    classifier: FrameClassifier
    labels: Sequence[str]
    keeps_scores: bool = False
    """Whether the scores of all classes are kept, to be averaged over time."""


class ViewClassifier:
    """The core, which looks at the same of each image."""

    def __init__(self, core: Classifier, view: View) -> None:
        self._core, self._view = core, view

    def classify(self, frame: AnyFrame) -> tuple[Classification, tuple[int, int, int, int]]:
        """See :class:`FrameClassifier`."""
        return self._core.classify(frame, self._view)


def classify_all(arrivals: Iterable[Arrival], recording: str,
                 by: NamedClassifier) -> Iterator[Classified]:
    """Give the result of each arrival in order, also of those that are damaged."""
    before_s = perf_counter()
    for arrival in arrivals:
        read_ms = (perf_counter() - before_s) * 1e3
        yield classify_one(arrival, recording, by, read_ms)
        before_s = perf_counter()


def classify_one(arrival: Arrival, recording: str, by: NamedClassifier,
                 read_ms: float = 0.0) -> Classified:
    """Classify one arrival that took ``read_ms`` to be read."""
    frame = arrival.frame
    encoding, width, height = ('', 0, 0) if frame is None else _described(frame)
    known = (clean(recording), clean(arrival.topic), arrival.received_ns, arrival.stamp_ns,
             clean(arrival.frame_id), clean(encoding), width, height)
    if frame is None:
        return Classified(FrameResult(*known, problem=_shown(arrival.problem)),
                          FrameTimes(read_ms))
    try:
        classification, durations_ns = by.classifier.classify(frame)
    except FrameError as error:
        return Classified(FrameResult(*known, problem=_shown(str(error))), FrameTimes(read_ms),
                          KeptScores([], []) if by.keeps_scores else None)
    parts = classification.parts
    result = FrameResult(*known, *answer_of(classification, by.labels), regions=tuple(
        RegionResult(one.part.id, one.part.box.left, one.part.box.top, one.part.box.width,
                     one.part.box.height, answer_of(one.classification, by.labels))
        for one in parts))
    scores = KeptScores([*classification.scores], [
        [*one.classification.scores] for one in parts]) if by.keeps_scores else None
    return Classified(result, FrameTimes(read_ms, *(one / 1e6 for one in durations_ns)), scores)


def answer_of(classification: Classification, labels: Sequence[str]) -> Answer:
    """Name the classes of a classification; nothing of one that was not asked for."""
    best = classification.best
    hypotheses = tuple(NamedHypothesis(one.index, labels[one.index], one.score)
                       for one in classification.hypotheses)
    return Answer('' if best is None else labels[best.index],
                  0.0 if best is None else best.score,
                  hypotheses[0].label if hypotheses else '', hypotheses)


def _described(frame: AnyFrame) -> tuple[str, int, int]:
    """Give encoding, width and height (pixels); 0 where the bytes do not say them."""
    if not isinstance(frame, CompressedFrame):
        return frame.encoding, frame.width, frame.height
    data = bytes(frame.data)
    try:
        if codec_of(data) == 'jpeg':
            header = read_jpeg(data)
            return frame.format, header.width, header.height
        if codec_of(data) == 'png':
            width, height = struct.unpack_from('>II', data, PNG_SIZE)
            return frame.format, width, height
    except (FrameError, struct.error):  # the classifier says what is wrong
        pass
    return frame.format, 0, 0


def _shown(problem: str) -> str:
    return plain(problem, PROBLEM_LENGTH)
