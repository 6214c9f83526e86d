"""From bags to a folder of frames, one message after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from shufflenet_ros.core.errors import BagError, ConfigurationError, FrameError
from shufflenet_ros.core.image import bgr_image
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.recordings.counts import Tally
from shufflenet_ros.recordings.frame_choice import Gallery, Spacing
from shufflenet_ros.recordings.frame_folder import FrameFolder
from shufflenet_ros.recordings.reader import Arrival, Bag, image_topics, SECOND_NS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for."""

    topics: tuple[str, ...] = ()
    """None for all that carry images."""
    every_s: float = 0.5
    start_s: float = 0.0
    end_s: float | None = None
    """Both from the first message of each bag on."""
    limit: int | None = None
    """Frames in all; those of earlier runs count."""
    alike: float | None = None
    """Product of signatures from which on two frames are the same picture; None keeps all."""


class Export:
    """One run; ``tallies`` of each topic are good at any moment, also after an error."""

    def __init__(self, folder: FrameFolder, wanted: Wanted, stages: Progress) -> None:
        self._folder = folder
        self._wanted = wanted
        self._stages = stages
        self._gallery = None if wanted.alike is None else Gallery(wanted.alike)
        self.tallies: dict[str, Tally] = {}

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
                with Bag(path, self._stages.say) as bag:
                    self._export(bag)
            except BagError as error:
                damaged.append(str(error))
            if self._is_full():
                break
        if damaged:
            raise BagError('; '.join(damaged))

    def _look_at_folder(self) -> None:
        images = self._folder.images
        if self._gallery is None or not images:
            return
        update = self._stages.start('images there', len(images))
        for number, picture in enumerate(self._folder.pictures(), 1):
            if picture is not None:
                self._gallery.add(picture)
            update(number)

    def _export(self, bag: Bag) -> None:
        topics = _chosen(bag.topics, self._wanted.topics)
        start_s = self._wanted.start_s
        end_s = bag.seconds if self._wanted.end_s is None else min(self._wanted.end_s, bag.seconds)
        update = self._stages.start(f'{bag.name}, seconds', max(1, ceil(end_s - start_s)))
        # Topics begin anew with each bag: its clock need not be that of the last one.
        spacing = Spacing(round(self._wanted.every_s * SECOND_NS))
        for arrival in bag.images(topics, start_s, self._wanted.end_s):
            if self._is_full():
                break
            self._take(bag, arrival, spacing)
            done_s = (arrival.received_ns - bag.start_ns) / SECOND_NS - start_s
            # The last second is told below, once.
            update(max(0, min(int(done_s), ceil(end_s - start_s) - 1)), self._note())
        update(max(1, ceil(end_s - start_s)), self._note())

    def _take(self, bag: Bag, arrival: Arrival, spacing: Spacing) -> None:
        tally = self.tallies.setdefault(arrival.topic, Tally())
        tally.messages += 1
        stamp_ns = arrival.stamp_ns or arrival.received_ns
        tally.unstamped += not arrival.stamp_ns and not arrival.trouble
        if not spacing.is_due(arrival.topic, stamp_ns):
            tally.too_soon += 1
            return
        source = self._folder.source(bag.path, arrival.topic, stamp_ns)
        if self._folder.holds(source):
            tally.there += 1
        else:
            if arrival.frame is None:
                tally.fail(arrival.trouble)
                return
            try:
                picture = bgr_image(arrival.frame)
            except FrameError as error:
                tally.fail(str(error))
                return
            if self._gallery is not None and self._gallery.has(picture):
                tally.alike += 1
            else:
                written = self._folder.write(picture, source, bag.name, arrival.frame_id)
                tally.written += 1
                # As it is read again: a second run must find the very same likeness.
                if self._gallery is not None:
                    self._gallery.add(written)
        spacing.take(arrival.topic, stamp_ns)

    def _is_full(self) -> bool:
        chosen = sum(tally.written + tally.there for tally in self.tallies.values())
        return self._wanted.limit is not None and chosen >= self._wanted.limit

    def _note(self) -> str:
        return f'{sum(tally.written for tally in self.tallies.values())} frames'


def check_bags(paths: Sequence[Path], topics: Sequence[str]) -> None:
    """
    Open each bag and see that there are images on the topics wanted, before anything is written.

    Raises BagError for a bag that cannot be opened or has no image, and ConfigurationError for a
    topic that no bag has.
    """
    found: dict[str, str] = {}
    for path in paths:
        with Bag(path) as bag:
            if not image_topics(bag.topics):
                raise BagError(f'{path}: no topic with images; it has {_listed(bag.topics)}')
            found |= bag.topics
    for topic in topics:
        if topic not in image_topics(found):
            kind = f'carries {found[topic]}' if topic in found else 'is in no bag'
            raise ConfigurationError(f'--topic {topic}: {kind}; topics with images: '
                                     f'{", ".join(image_topics(found))}')


def _chosen(topics: dict[str, str], wanted: Sequence[str]) -> list[str]:
    return [topic for topic in image_topics(topics) if not wanted or topic in wanted]


def _listed(topics: dict[str, str]) -> str:
    return ', '.join(f'{topic} ({kind})' for topic, kind in topics.items()) or 'none at all'
