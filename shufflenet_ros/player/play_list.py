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

"""The messages of all recordings in the order in which they are played, and when each is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.errors import BagError, ConfigurationError, FrameError
from shufflenet_ros.core.text import plain
from shufflenet_ros.player.messages import message_of
from shufflenet_ros.player.request import PlayRequest
from shufflenet_ros.recordings.image_messages import Arrival, SECOND_NS
from shufflenet_ros.recordings.open_recording import (
    find_recordings,
    open_recording,
    Recording,
)
from shufflenet_ros.recordings.topic_choice import (
    check_images,
    check_wanted,
    image_topics,
    matching,
)

OVERTAKEN_NS = SECOND_NS
"""What was recorded longer before the message in front of it comes from a clock set back."""
LONGEST_GAP_NS = 3600 * SECOND_NS
"""No one waits longer for the next image: the clock was set forward, or the drive was paused."""


@dataclass(frozen=True, slots=True)
class Part:
    """One recording while it is played."""

    name: str
    seconds: float
    """From its first image to its end."""
    start_ns: int
    """When its first image is due."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message of the recordings."""

    topic: str
    """As recorded."""
    due_ns: int
    """On the clock of the recording."""
    part: Part
    msg: Image | CompressedImage | None = None
    problem: str = ''
    """Why there is no message."""
    is_jump: bool = False
    """Whether the time of the recording goes on from here, without a wait."""

    @property
    def size(self) -> int:
        """Bytes of its image."""
        return len(self.msg.data) if self.msg is not None else 0


class PlayList:
    """All recordings of a request, open until they are closed; used by one thread."""

    def __init__(self, request: PlayRequest, say: Callable[[str], None]) -> None:
        """Open them; raises BagError, or ConfigurationError for a topic that is not there."""
        self._request = request
        self._say = say
        self._stack = ExitStack()
        self._recordings: list[Recording] = []
        self.damaged: list[str] = []
        """What could not be read, once for each recording."""
        try:
            for path in (one for source in request.paths for one in find_recordings(source)):
                self._recordings.append(self._stack.enter_context(open_recording(path, say)))
            self.kinds = _chosen(self._recordings, request.topics)
            """Topic as recorded to the type of its messages."""
        except BaseException:
            self._stack.close()
            raise

    def close(self) -> None:
        """Close the recordings."""
        self._stack.close()

    @property
    def others(self) -> list[str]:
        """Topics of the recordings that carry no images."""
        kinds: dict[str, str] = {}
        for recording in self._recordings:
            kinds |= recording.topics
        return sorted(kinds.keys() - image_topics(kinds))

    def items(self) -> Iterator[Item]:
        """Give the messages of one recording after the other, again and again where looped."""
        while True:
            count = 0
            for recording in self._recordings:
                for item in self._items_of(recording):
                    count += 1
                    yield item
            if not self._request.is_looped or not count:
                return

    def _items_of(self, recording: Recording) -> Iterator[Item]:
        part: Part | None = None
        due_ns = 0
        topics = [topic for topic in self.kinds if topic in recording.topics]
        for arrival in self._arrivals(recording, topics):
            time_ns = arrival.received_ns
            is_jump = part is None or not -OVERTAKEN_NS <= time_ns - due_ns <= LONGEST_GAP_NS
            if part is None:
                part = self._part(recording, time_ns)
            elif is_jump:
                self._say(f'{plain(recording.name)}: the time of recording jumps by '
                          f'{(time_ns - due_ns) / SECOND_NS:+.0f} s; going on at once')
            due_ns = time_ns if is_jump else max(due_ns, time_ns)
            yield _item(arrival, due_ns, part, is_jump)

    def _arrivals(self, recording: Recording, topics: Sequence[str]) -> Iterator[Arrival]:
        try:
            yield from recording.images(topics, self._request.start_s, self._request.end_s)
        except BagError as error:
            if str(error) not in self.damaged:
                self.damaged.append(str(error))
                self._say(str(error))

    def _part(self, recording: Recording, first_ns: int) -> Part:
        end_s = recording.seconds if self._request.end_s is None else min(
            recording.seconds, self._request.end_s)
        return Part(recording.name, max(0.0, end_s - (first_ns - recording.start_ns) / SECOND_NS),
                    first_ns)


def _item(arrival: Arrival, due_ns: int, part: Part, is_jump: bool) -> Item:
    try:
        return Item(arrival.topic, due_ns, part, message_of(arrival), is_jump=is_jump)
    except FrameError as error:
        return Item(arrival.topic, due_ns, part, problem=str(error), is_jump=is_jump)


def _chosen(recordings: Sequence[Recording], names: Sequence[str]) -> dict[str, str]:
    """Topic to type of those that are played; all that carry images where none is named."""
    kinds: dict[str, str] = {}
    for recording in recordings:
        check_images(recording)
        for topic in image_topics(recording.topics):
            kind = recording.topics[topic]
            if kinds.setdefault(topic, kind) != kind:
                raise ConfigurationError(
                    f'{plain(topic)}: {plain(kinds[topic])} in one recording and {plain(kind)} in '
                    'another; play them one by one, or choose other topics with --topic')
    if not names:
        return kinds
    topics = {topic: kind for recording in recordings for topic, kind in recording.topics.items()}
    check_wanted(topics, names)
    return {topic: kinds[topic] for topic in matching(topics, names)}
