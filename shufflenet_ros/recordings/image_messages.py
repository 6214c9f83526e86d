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

"""One image message of a recording, with its stamp; what the image shows is decoded elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from shufflenet_ros.core.errors import FrameError, one_line
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.storage import COMPRESSED, RawMessage, SECOND_NS

LONGEST_REASON = 300
"""Characters of what another library says."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One image message as it was recorded."""

    topic: str
    received_ns: int
    """When it was recorded."""
    stamp_ns: int = 0
    """Of its header; 0 where there is none."""
    frame_id: str = ''
    frame: Frame | CompressedFrame | None = None
    problem: str = ''
    """Why there is no frame."""


def arrival_of(raw: RawMessage, deserialize: Callable[[RawMessage], Any]) -> Arrival:
    """Read a message; one that cannot be read becomes an arrival without a frame."""
    try:
        msg = deserialize(raw)
        stamp = msg.header.stamp
        known = (raw.topic, raw.received_ns, stamp.sec * SECOND_NS + stamp.nanosec,
                 msg.header.frame_id)
    except Exception as error:  # whatever damaged bytes may cause
        return Arrival(raw.topic, raw.received_ns,
                       problem=f'no message of type {raw.kind} ({reason_of(error)})')
    try:
        return Arrival(*known, _frame(msg, raw.kind))
    except FrameError as error:
        return Arrival(*known, problem=str(error))


def reason_of(error: Exception) -> str:
    """Give the message of an error in one line, or its name where it has none."""
    return plain(one_line(error), LONGEST_REASON) or type(error).__name__


def _frame(msg: Any, kind: str) -> Frame | CompressedFrame:
    data = np.ascontiguousarray(msg.data)
    if kind == COMPRESSED:
        return CompressedFrame(data, msg.format)
    return Frame(data, msg.height, msg.width, msg.encoding, msg.step,
                 is_bigendian=bool(msg.is_bigendian))
