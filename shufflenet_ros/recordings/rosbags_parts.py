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

"""What is used of ``rosbags``: no other file of this room knows it."""

from __future__ import annotations

from rosbags.interfaces import Connection
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag1.reader import (
    Chunk,
    Header,
    IndexData,
    read_bytes,
    read_uint32,
    RecordType,
)
from rosbags.rosbag2 import Reader as Reader2
from rosbags.typesys import get_typestore, Stores

__all__ = ['Chunk', 'Connection', 'Header', 'IndexData', 'read_bytes', 'read_uint32', 'Reader1',
           'Reader2', 'RecordType', 'ROS_1', 'ROS_2']

ROS_1, ROS_2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_KILTED)
"""The types of messages of each."""
