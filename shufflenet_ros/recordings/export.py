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

"""From bags to a folder of frames, one message after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from shufflenet_ros.core.errors import BagError, FrameError
from shufflenet_ros.core.image import bgr_image
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.image_files import SMALLEST_SIDE
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.recordings.counts import TopicCounts
from shufflenet_ros.recordings.frame_choice import RateLimiter, SeenImages
from shufflenet_ros.recordings.frame_folder import FrameFolder, Source
from shufflenet_ros.recordings.image_messages import Arrival, SECOND_NS
from shufflenet_ros.recordings.open_recording import open_recording, Recording
from shufflenet_ros.recordings.patches import Patches
from shufflenet_ros.recordings.topic_choice import (
    check_images,
    check_wanted,
    default_topics,
    matching,
)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Which frames are written."""

    topics: tuple[str, ...] = ()
    """None for all that carry images."""
    every_s: float = 0.5
    start_s: float = 0.0
    end_s: float | None = None
    """Both from the first message of each bag on."""
    limit: int | None = None
    """Images in all; those of earlier runs count."""
    min_similarity: float | None = None
    """Of signatures, from which on two images are near-duplicates; None keeps all."""
    view: View | None = None
    """
    What is written of each frame: the cells of a grid, or without one the region; None for all.
    """


class Export:
    """One run; ``counts`` of each topic are good at any moment, also after an error."""

    def __init__(self, folder: FrameFolder, options: ExportOptions, stages: Progress) -> None:
        self._folder = folder
        self._options = options
        self._stages = stages
        self._patches = Patches(options.view) if options.view else None
        self._seen = SeenImages(options.min_similarity)
        self.counts: dict[str, TopicCounts] = {}

    def run(self, paths: Sequence[Path]) -> None:
        """
        Write the frames of all bags.

        Raises BagError where one is damaged, after what is good in all of them was written, and
        ConfigurationError where the folder cannot be written.
        """
        self._look_at_folder()
        damaged = []
        for path in paths:
            try:
                with open_recording(path, self._stages.say) as bag:
                    self._export(bag)
            except BagError as error:
                damaged.append(str(error))
            if self._is_full():
                break
        if damaged:
            raise BagError('; '.join(damaged))

    def _look_at_folder(self) -> None:
        images = self._folder.images
        if self._options.min_similarity is None or not images:
            return
        update = self._stages.start('images there', len(images))
        for number, image in enumerate(self._folder.read_images(), 1):
            if image is not None:
                self._seen.add(image)
            update(number)

    def _export(self, bag: Recording) -> None:
        wanted = self._options.topics
        topics = (matching(bag.topics, wanted) if wanted
                  else default_topics(bag, self._stages.say))
        start_s, end_s = self._options.start_s, self._options.end_s
        total = max(1, ceil((bag.seconds if end_s is None else min(end_s, bag.seconds)) - start_s))
        update = self._stages.start(f'{plain(bag.name)}, seconds', total)
        # Intervals start again with each bag: its clock need not be that of the last one.
        limiter = RateLimiter(round(self._options.every_s * SECOND_NS))
        for arrival in bag.images(topics, start_s, end_s):
            if self._is_full():
                break
            self._take(bag, arrival, limiter)
            done_s = (arrival.received_ns - bag.start_ns) / SECOND_NS - start_s
            # The last second is told below, once.
            update(max(0, min(int(done_s), total - 1)), self._note())
        update(total, self._note())

    def _take(self, bag: Recording, arrival: Arrival, limiter: RateLimiter) -> None:
        """Put a message into one of the counts; the time to the next frame starts with one."""
        counts = self.counts.setdefault(
            arrival.topic, TopicCounts(cut=0 if self._patches else None))
        counts.messages += 1
        counts.unstamped += not arrival.stamp_ns and not arrival.problem
        stamp_ns = arrival.stamp_ns or arrival.received_ns
        times_ns = stamp_ns, arrival.received_ns
        if not limiter.is_due(arrival.topic, *times_ns):
            counts.too_soon += 1
            return
        if limiter.stands_still(arrival.topic, *times_ns):
            counts.standing += 1
            stamp_ns = arrival.received_ns
        frame = self._folder.source(bag.path, arrival.topic, stamp_ns)
        sources = self._patches.sources(frame) if self._patches else [frame]
        new = [source for source in sources if not self._folder.holds(source)]
        counts.written_before += len(sources) - len(new)
        try:
            if new and not self._write_new(arrival, new, bag.name, counts):
                return
        except FrameError as error:
            counts.add_undecodable(str(error))
            return
        if counts.cut is not None:
            counts.cut += 1
        limiter.take(arrival.topic, *times_ns)

    def _write_new(self, arrival: Arrival, new: list[Source], bag: str,
                   counts: TopicCounts) -> bool:
        """Write a frame, or those of its patches; return whether they are large enough."""
        image = _image_of(arrival)
        if self._patches is None:
            self._write(image, new[0], bag, arrival.frame_id, counts)
            return True
        patches = self._patches.cut(image)
        if any(min(patch.shape[:2]) < SMALLEST_SIDE for patch in patches.values()):
            counts.too_small += 1
            return False
        for source in new:
            if not self._is_full():
                self._write(patches[source.cell], source, bag, arrival.frame_id, counts)
        return True

    def _write(self, image: np.ndarray, source: Source, bag: str, frame_id: str,
               counts: TopicCounts) -> None:
        if self._seen.has_near_duplicate(image):
            counts.near_duplicates += 1
            return
        written = self._folder.write(image, source, bag, frame_id)
        counts.written += 1
        # As it is read again: a second run must find the very same signature.
        self._seen.add(written)

    def _is_full(self) -> bool:
        chosen = sum(one.written + one.written_before for one in self.counts.values())
        return self._options.limit is not None and chosen >= self._options.limit

    def _note(self) -> str:
        what = 'patches' if self._patches else 'frames'
        return f'{sum(one.written for one in self.counts.values())} {what}'


def check_bags(paths: Sequence[Path], topics: Sequence[str]) -> None:
    """
    Open each bag and see that there are images on the given topics, before anything is written.

    Raises BagError for a bag that cannot be opened or has no image, and ConfigurationError for a
    topic that no bag has.
    """
    found: dict[str, str] = {}
    for path in paths:
        with open_recording(path) as bag:
            check_images(bag)
            found |= bag.topics
    check_wanted(found, topics)


def _image_of(arrival: Arrival) -> np.ndarray:
    """Decode it as BGR uint8 (height, width, 3). Raises FrameError where that cannot be."""
    if arrival.frame is None:
        raise FrameError(arrival.problem)
    return bgr_image(arrival.frame)
