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
Which topics of a recording are read: by type, and listed where the choice is not clear.

A camera that was recorded raw and compressed is read once. Images in forms that nothing here
decodes (depth as ``compressedDepth``, video as packets) are named, with what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.errors import (
    BagError,
    ConfigurationError,
    FrameError,
    UnsupportedEncodingError,
)
from shufflenet_ros.core.frame import AnyFrame, Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.open_recording import Recording
from shufflenet_ros.recordings.storage import COMPRESSED, IMAGES, RAW

SHOWN = 30
"""Topics that a message lists."""
DEPTH = '/compressedDepth'
"""How topics of depth images end, whose bytes are no jpeg or png."""
REPUBLISH = 'ros2 run image_transport republish {} raw, recorded while the bag plays, makes Images'
CURES = {
    'theora_image_transport/msg/Packet': REPUBLISH.format('theora'),
    'theora_image_transport/Packet': REPUBLISH.format('theora'),
    'ffmpeg_image_transport_msgs/msg/FFMPEGPacket': REPUBLISH.format('ffmpeg'),
    'ffmpeg_image_transport_msgs/FFMPEGPacket': REPUBLISH.format('ffmpeg'),
    'foxglove_msgs/msg/CompressedVideo': 'a decoder node must make Images of its packets',
    'foxglove.CompressedVideo': 'a decoder node must make Images of its packets',
    'foxglove_msgs/msg/CompressedImage': 'convert it to sensor_msgs/msg/CompressedImage',
    'foxglove.CompressedImage': 'convert it to sensor_msgs/msg/CompressedImage in cdr',
    'foxglove_msgs/msg/RawImage': 'convert it to sensor_msgs/msg/Image',
    'foxglove.RawImage': 'convert it to sensor_msgs/msg/Image in cdr',
    'stereo_msgs/msg/DisparityImage': 'it holds distances and no colours'}
"""Types of images that are not read, and what to do."""


class Candidate(NamedTuple):
    """One topic with images."""

    topic: str
    kind: str
    messages: int | None = None
    """How many, where that is known."""
    encoding: str = ''
    """Of its first image, or the format of a compressed one, where that is cheaply known."""
    unusable: str = ''
    """Why an image of that encoding can never be decoded; empty where it can, or is unknown."""

    def __str__(self) -> str:
        kind = self.kind.rpartition('/')[2]
        count = '' if self.messages is None else f', {self.messages} messages'
        encoding = f', {plain(self.encoding)}' if self.encoding else ''
        return f'{plain(self.topic)} ({kind}{count}{encoding})'


def image_topics(topics: dict[str, str]) -> list[str]:
    """Choose those that carry images."""
    return [topic for topic, kind in topics.items() if kind in IMAGES]


def candidates(recording: Recording,
               chosen: Collection[str] | None = None) -> list[Candidate]:
    """List the chosen topics, or all with images, with what is cheaply known about each."""
    counts, topics = recording.counts, recording.topics
    return [Candidate(topic, topics[topic], counts.get(topic), *_encoding(recording, topic))
            for topic in (image_topics(topics) if chosen is None else chosen)]


def choose_topics(recording: Recording, wanted: Collection[str] = (),
                  say: Callable[[str], None] = lambda line: None) -> list[str]:
    """
    Choose the topics to read: those that are ``wanted``, or all with images.

    A slash at the beginning makes no difference. Without a wish ``say`` is told where the choice
    is not clear, and what is left out. Raises ConfigurationError for a wish that is not there,
    and BagError where there are no images at all.
    """
    check_images(recording)
    if wanted:
        check_wanted(recording.topics, wanted)
        return matching(recording.topics, wanted)
    chosen = default_topics(recording, say)
    return chosen if len(chosen) < 2 else _usable(recording, chosen, say)


def check_images(recording: Recording) -> None:
    """Raise BagError where no topic has images that can be read."""
    if not image_topics(recording.topics):
        cures = _cures(recording.topics)
        raise BagError(f'{plain(recording.path)}: no topic with images; it has '
                       f'{listed(recording.topics)}{"; " if cures else ""}{"; ".join(cures)}')


def check_wanted(topics: dict[str, str], wanted: Collection[str]) -> None:
    """Raise ConfigurationError for a wish that is no topic with images."""
    for name in wanted:
        if matching(topics, [name]):
            continue
        there = {topic: topics[topic] for topic in image_topics(topics)}
        other = next((topic for topic in topics if _same(topic, name)), None)
        kind = 'is in no recording' if other is None else f'carries {plain(topics[other])}'
        raise ConfigurationError(f'--topic {plain(name)}: {kind}; topics with images: '
                                 f'{listed(there)}')


def matching(topics: dict[str, str], wanted: Collection[str]) -> list[str]:
    """Choose topics with images by their names, with or without a slash at the beginning."""
    return [topic for topic in image_topics(topics) if any(_same(topic, one) for one in wanted)]


def default_topics(recording: Recording, say: Callable[[str], None]) -> list[str]:
    """Choose all with images, but a camera once; ``say`` is told what is left out."""
    topics, counts = recording.topics, recording.counts
    chosen = image_topics(topics)
    for line in _cures(topics):
        say(f'{plain(recording.name)}: not read: {line}')
    depth = [topic for topic in chosen if topic.endswith(DEPTH)]
    if len(depth) < len(chosen):
        chosen = [topic for topic in chosen if topic not in depth]
    for raw in [topic for topic in chosen if topics[topic] == RAW]:
        packed = f'{raw}/compressed'
        if packed in chosen and topics[packed] == COMPRESSED:
            taken, left = (packed, raw) if counts.get(raw) == 0 else (raw, packed)
            chosen.remove(left)
            say(f'{plain(recording.name)}: {plain(left)} shows the same as {plain(taken)}, which '
                'is read; --topic chooses')
    return chosen


def listed(topics: dict[str, str]) -> str:
    """Give topics and their types in one line."""
    return _joined([f'{plain(topic)} ({plain(kind)})' for topic, kind in topics.items()])


def _usable(recording: Recording, chosen: list[str], say: Callable[[str], None]) -> list[str]:
    """Leave out topics whose encoding nothing decodes, unless all are such; list the others."""
    found = candidates(recording, chosen)
    unusable = [one for one in found if one.unusable]
    if unusable and len(unusable) < len(found):
        say(f'{plain(recording.name)}: not read: {_joined([str(one) for one in unusable])}; '
            f'{unusable[0].unusable}; --topic reads them all the same')
        found = [one for one in found if not one.unusable]
    if len(found) > 1:
        say(f'{plain(recording.name)}: {len(found)} topics with images, all are read: '
            f'{_joined([str(one) for one in found])}; --topic chooses')
    return [one.topic for one in found]


def _joined(shown: list[str]) -> str:
    return ', '.join(shown[:SHOWN]) + (
        f' and {len(shown) - SHOWN} more' if len(shown) > SHOWN else '') or 'none at all'


def _cures(topics: dict[str, str]) -> Iterable[str]:
    """Say what to do with images that are not read."""
    cures = [f'{plain(topic)} ({plain(kind)}): {cure}' for topic, kind in topics.items()
             if (cure := CURES.get(kind.partition(' in ')[0]))]
    return cures + [f'{plain(topic)} (depth): it holds distances and no colours'
                    for topic in image_topics(topics) if topic.endswith(DEPTH)]


def _same(topic: str, name: str) -> bool:
    return topic.lstrip('/') == name.lstrip('/')


def _encoding(recording: Recording, topic: str) -> tuple[str, str]:
    """
    Give encoding or format of the first message, and why nothing decodes that.

    Both are empty where they are not known without reading the messages of others.
    """
    if not recording.is_seekable:
        return '', ''
    try:
        first = next(iter(recording.images([topic])), None)
    except BagError:
        return '', ''
    if first is None or first.frame is None:
        return '', ''
    frame = first.frame
    name = frame.encoding if isinstance(frame, Frame) else frame.format
    return name, _why_not(frame)


def _why_not(frame: AnyFrame) -> str:
    """Say why an encoding is not decoded; damage of this one image is no reason."""
    if not len(frame.data):
        return ''
    try:
        decode(frame)
    except UnsupportedEncodingError as error:
        return plain(str(error))
    except FrameError:
        pass
    return ''
