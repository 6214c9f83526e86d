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

"""What every library that reads recordings is asked for: messages of images, as they were sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
import re
from typing import NamedTuple, Protocol

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
IMAGES = (RAW, COMPRESSED)
"""Types of messages that carry images; ROS 1's are given the same names."""
TOPIC = '/image_raw'
"""Of images that come without one: those of a video or a folder."""
SECOND_NS = 1_000_000_000
NEVER_NS = 2 ** 63 - 1
"""Start of a recording without a message; its end is 0."""


class LeftOut(Exception):
    """Damaged parts were passed over; what came before and behind them was read."""


class RawMessage(NamedTuple):
    """One message of an image, not deserialized yet."""

    topic: str
    kind: str
    """One of ``IMAGES``."""
    received_ns: int
    """When it was recorded."""
    data: bytes | memoryview
    is_ros1: bool = False
    """Whether it was serialized as ROS 1 does it; in CDR otherwise."""
    is_doubtful: bool = False
    """Whether another label of it says the opposite, so that it may be the other form."""


class Contents(Protocol):
    """What is in an open recording, or in one file of it."""

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds."""

    @property
    def counts(self) -> dict[str, int]:
        """Give the number of messages of each topic, where that is known."""

    @property
    def start_ns(self) -> int:
        """When the first message was recorded, or ``NEVER_NS``."""

    @property
    def end_ns(self) -> int:
        """Just behind the time of the last message, as far as it is known, or 0."""

    @property
    def is_seekable(self) -> bool:
        """Whether messages of a time are found without reading all that come before."""


class Storage(Contents, Protocol):
    """One open file of a recording."""

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """Messages of images on some topics, recorded in ``start_ns <= t < stop_ns``."""

    def close(self) -> None:
        """Close the files."""


def merged(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give topic to type by name; of a topic with more than one type, the one with images."""
    topics: dict[str, str] = {}
    for topic, kind in sorted(pairs):
        if topics.get(topic) not in IMAGES or kind == RAW:
            topics[topic] = kind
    return topics


def window_ns(first_ns: int, start_s: float, end_s: float | None) -> tuple[int, int]:
    """Give the times of a part that is named in seconds from the first message on."""
    start_ns, stop_ns = (min(first_ns + round(seconds * SECOND_NS), NEVER_NS)
                         for seconds in (start_s, end_s or 0.0))
    return (start_ns if start_s else 0), (NEVER_NS if end_s is None else stop_ns)


def kind_of(name: str) -> str:
    """Give the name of a type as ROS 2 writes it: ``a/B``, ``a::msg::B`` become ``a/msg/B``."""
    parts = [part for part in re.split('/|::', name) if part not in ('msg', 'dds_')]
    kind = '/msg/'.join(parts).rstrip('_')
    return kind if kind in IMAGES else name
