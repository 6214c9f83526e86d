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
Whole recordings: rosbag2 (sqlite3, and mcap with an index) and rosbag of ROS 1, by ``rosbags``.

Image messages have had the same fields in every release, so they are deserialized by the fields
that are known here: bags without type definitions, or with broken ones of other types, are as good
as any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.recordings.storage import IMAGES, RawMessage

ROS_1, ROS_2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_KILTED)


def deserialize_ros2(data: bytes, kind: str) -> Any:
    """Give the fields of a message in CDR; raises whatever damaged bytes may cause."""
    return ROS_2.deserialize_cdr(data, kind)


class RosbagsStorage:
    """A bag that ended as it should: a folder with its metadata, or one file."""

    def __init__(self, path: Path) -> None:
        """Open it; the errors of ``rosbags`` and its storages share no base class."""
        self._is_ros1 = path.suffix == '.bag'
        self._reader = Reader1(path) if self._is_ros1 else Reader2(path)
        self._reader.open()

    @property
    def topics(self) -> dict[str, str]:
        """Topic to type, of all kinds."""
        return {one.topic: one.msgtype for one in self._reader.connections}

    @property
    def start_ns(self) -> int:
        """When the first message was recorded, or ``NEVER_NS``."""
        return self._reader.start_time

    @property
    def end_ns(self) -> int:
        """When the last message was recorded, or 0."""
        return self._reader.end_time

    def messages(self, topics: Collection[str], start_ns: int,
                 stop_ns: int) -> Iterator[RawMessage]:
        """Messages of images on some topics, in the order in which they were recorded."""
        chosen = [one for one in self._reader.connections
                  if one.topic in topics and one.msgtype in IMAGES]
        # Without a connection the reader would give all messages.
        if chosen:
            for one, received_ns, data in self._reader.messages(chosen, start_ns, stop_ns):
                yield RawMessage(one.topic, one.msgtype, received_ns, data)

    def deserialize(self, data: bytes, kind: str) -> Any:
        """Give the fields of a message; raises whatever damaged bytes may cause."""
        if self._is_ros1:
            return ROS_1.deserialize_ros1(data, kind)
        return deserialize_ros2(data, kind)

    def close(self) -> None:
        """Close the files."""
        self._reader.close()
