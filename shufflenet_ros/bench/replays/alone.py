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
One part of a replay alone, in a process of its own; prints how long it took as JSON.

    python3 -m shufflenet_ros.bench.replays.alone WORK MODEL RECORDING FRAMES

WORK is one of ``WORKS``. The first frames of the recording are in memory before time is taken;
FRAMES are gone through, the same again and again where there are fewer in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import cycle, islice
import json
from pathlib import Path
import sys
from time import perf_counter_ns, process_time_ns

import cv2
import numpy as np
from shufflenet_ros.bench.replays.recordings import messages_of
from shufflenet_ros.core.frame import AnyFrame, CompressedFrame, Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.open_recording import open_recording
from shufflenet_ros.replay.frames import FrameClassifier
from shufflenet_ros.replay.model import loaded, Looks, ModelChoice
import zstandard

IN_MEMORY = 60
"""Frames; of 1280x720 more than the caches of most cores hold."""
WARM_UP = 20


def core(path: Path, frames: int, classifier: FrameClassifier) -> Iterator[None]:
    """Decode and classify frames that are in memory as their messages hold them."""
    held = _held(path, frames)
    yield
    for frame in islice(cycle(held), frames):
        classifier.classify(frame)


def unpacked(path: Path, frames: int, classifier: FrameClassifier) -> Iterator[None]:
    """Unpack frames that are in memory packed with zstd, as chunks are, and classify them."""
    packed = [(one, zstandard.compress(one.data)) for one in _held(path, frames)]
    yield
    for one, data in islice(cycle(packed), frames):
        unpacked = zstandard.ZstdDecompressor().decompress(data)
        classifier.classify(replace(one, data=np.frombuffer(unpacked, np.uint8)))


def video(path: Path, frames: int, classifier: FrameClassifier) -> Iterator[None]:
    """Decode frames with OpenCV and classify them, nothing else."""
    with closing(_Frames(path)) as found:
        yield
        for _ in range(frames):
            classifier.classify(found.next())


def script(path: Path, frames: int, classifier: FrameClassifier) -> Iterator[None]:
    """Read an mcap and classify it as a short script does, which keeps no result."""
    found = messages_of(path)
    yield
    for msg in islice(found, frames):
        classifier.classify(
            CompressedFrame(msg.data, msg.format) if hasattr(msg, 'format') else
            Frame(msg.data, msg.height, msg.width, msg.encoding, msg.step))


def read(path: Path, frames: int, classifier: FrameClassifier) -> Iterator[None]:
    """Read the messages as a replay does, and leave them; what they hold is not decoded."""
    with open_recording(path) as recording:
        arrivals = recording.images([*recording.topics])
        yield
        for _ in islice(arrivals, frames):
            pass


WORKS: dict[str, Callable[[Path, int, FrameClassifier], Iterator[None]]] = {
    'core': core, 'unpacked': unpacked, 'video': video, 'read': read, 'script': script}
"""Each prepares, yields once, and works."""


class _Frames:
    """The frames of a video, from its beginning on again and again."""

    def __init__(self, path: Path) -> None:
        self._video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)

    def next(self) -> Frame:
        done, image = self._video.read()
        if not done:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            _, image = self._video.read()
        height, width = image.shape[:2]
        return Frame(image, height, width, 'bgr8', image.strides[0])

    def close(self) -> None:
        self._video.release()


def main(work: str, model: str, recording: str, frames: str) -> None:
    """Do one work, and print its times (ns)."""
    path, number = Path(recording), int(frames)
    classifier = loaded(ModelChoice(model)).looking_at(Looks()).classifier
    for frame in _held(path, WARM_UP):
        classifier.classify(frame)
    running = WORKS[work](path, number, classifier)
    next(running)
    wall_ns, cpu_ns = perf_counter_ns(), process_time_ns()
    for _ in running:
        pass
    print(plain(json.dumps({'wall_ns': perf_counter_ns() - wall_ns,
                            'cpu_ns': process_time_ns() - cpu_ns, 'frames': number})))


def _held(path: Path, frames: int) -> list[AnyFrame]:
    """Read the first frames into memory of this process."""
    with open_recording(path) as recording:
        arrivals = islice(recording.images([*recording.topics]), min(frames, IN_MEMORY))
        return [replace(one.frame, data=np.array(one.frame.data))
                for one in arrivals if one.frame is not None]


if __name__ == '__main__':
    main(*sys.argv[1:])
