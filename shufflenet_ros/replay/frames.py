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

from shufflenet_ros.core.encoding.image_header import codec_of, PNG_START
from shufflenet_ros.core.encoding.jpeg_header import read_jpeg
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, Classification, CompressedFrame
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.image_messages import Arrival
from shufflenet_ros.replay.results import clean, FrameResult, FrameTimes, NamedHypothesis

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


def classify_all(arrivals: Iterable[Arrival], recording: str,
                 by: NamedClassifier) -> Iterator[tuple[FrameResult, FrameTimes]]:
    """Give the result of each arrival in order, also of those that are damaged."""
    before_s = perf_counter()
    for arrival in arrivals:
        read_ms = (perf_counter() - before_s) * 1e3
        yield classify_one(arrival, recording, by, read_ms)
        before_s = perf_counter()


def classify_one(arrival: Arrival, recording: str, by: NamedClassifier,
                 read_ms: float = 0.0) -> tuple[FrameResult, FrameTimes]:
    """Classify one arrival that took ``read_ms`` to be read."""
    frame = arrival.frame
    encoding, width, height = ('', 0, 0) if frame is None else _described(frame)
    known = (clean(recording), clean(arrival.topic), arrival.received_ns, arrival.stamp_ns,
             clean(arrival.frame_id), clean(encoding), width, height)
    if frame is None:
        return FrameResult(*known, problem=_shown(arrival.problem)), FrameTimes(read_ms)
    try:
        classification, durations_ns = by.classifier.classify(frame)
    except FrameError as error:
        return FrameResult(*known, problem=_shown(str(error))), FrameTimes(read_ms)
    best = classification.best
    hypotheses = tuple(NamedHypothesis(one.index, by.labels[one.index], one.score)
                       for one in classification.hypotheses)
    result = FrameResult(
        *known, best='' if best is None else by.labels[best.index],
        score=0.0 if best is None else best.score,
        label=hypotheses[0].label if hypotheses else '', hypotheses=hypotheses)
    return result, FrameTimes(read_ms, *(one / 1e6 for one in durations_ns))


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
