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

"""Images of recordings as the messages that they were: every byte, and the recorded header."""

from __future__ import annotations

from array import array
from typing import Any

from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, CompressedFrame
from shufflenet_ros.recordings.image_messages import Arrival, SECOND_NS
from std_msgs.msg import Header

LAST_SECOND = 2 ** 31 - 1
"""A stamp counts its seconds in int32; ROS 1 has uint32."""


def message_of(arrival: Arrival) -> Image | CompressedImage:
    """Give the message of an image as it was recorded. Raises FrameError where it has none."""
    if arrival.frame is None:
        raise FrameError(arrival.problem)
    return image_message(arrival.frame, Header(stamp=time_of(arrival.stamp_ns),
                                               frame_id=arrival.frame_id))


def image_message(frame: AnyFrame, header: Header) -> Image | CompressedImage:
    """Copy a frame into a message under that header."""
    # rclpy takes an array.array as it is; any other buffer it copies byte by byte.
    data = array('B')
    data.frombytes(memoryview(frame.data))
    if isinstance(frame, CompressedFrame):
        return CompressedImage(header=header, format=frame.format, data=data)
    return Image(header=header, height=frame.height, width=frame.width, encoding=frame.encoding,
                 is_bigendian=int(frame.is_bigendian), step=frame.step, data=data)


def time_of(time_ns: int) -> Any:
    """Give a time in ns as a Time message; FrameError where it cannot hold that."""
    seconds, nanoseconds = divmod(time_ns, SECOND_NS)
    if abs(seconds) > LAST_SECOND:
        raise FrameError(f'stamp of {seconds} s: expected at most {LAST_SECOND}, which is all '
                         'that a message of ROS 2 can hold')
    stamp = Header().stamp
    stamp.sec, stamp.nanosec = seconds, nanoseconds
    return stamp
