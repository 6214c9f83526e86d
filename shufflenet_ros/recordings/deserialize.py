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
Fields of image messages, of ROS 1 or 2, by ``rosbags``.

Image messages have had the same fields in every release, so they are deserialized by the fields
that are known here: bags without type definitions, or with broken ones of other types, are as good
as any.
"""

from __future__ import annotations

from typing import Any, Literal

from shufflenet_ros.recordings.packed import unpacked_message
from shufflenet_ros.recordings.rosbags_parts import ROS_1, ROS_2
from shufflenet_ros.recordings.storage import RawMessage

FRAME_ID = 12
"""Byte of its length: behind seq (ROS 1) or the head of CDR, and the stamp."""


def deserialize(raw: RawMessage) -> Any:
    """
    Give the fields of a message; raises whatever damaged bytes may cause.

    Of one whose labels contradict each other the form that comes second is tried where the first
    one does not fit to the last byte.
    """
    if not raw.is_doubtful:
        return _ros1(raw) if raw.is_ros1 else _cdr(raw)
    forms = (_strict_ros1, _strict_cdr) if raw.is_ros1 else (_strict_cdr, _strict_ros1)
    reasons = []
    for form in forms:
        try:
            return form(raw)
        except Exception as error:  # whatever bytes of another form may cause
            reasons.append(str(error) or type(error).__name__)
    raise ValueError(f'neither as its schema says: {reasons[0]}; nor as its encoding says: '
                     f'{reasons[1]}')


def _ros1(raw: RawMessage) -> Any:
    return ROS_1.deserialize_ros1(raw.data, raw.kind)


def _cdr(raw: RawMessage) -> Any:
    # The library would copy parts of bytes, but not of a view.
    return ROS_2.deserialize_cdr(memoryview(unpacked_message(raw.data)), raw.kind)


def _strict_ros1(raw: RawMessage) -> Any:
    msg = _ros1(raw)
    if msg.header.frame_id.endswith('\0'):
        raise ValueError('its frame_id ends with a zero, as in CDR')
    return msg


def _strict_cdr(raw: RawMessage) -> Any:
    """Read CDR; some messages of ROS 1 could be taken for it, but not by the end of a string."""
    data = unpacked_message(raw.data)
    order: Literal['little', 'big'] = 'little' if data[1] else 'big'
    start = FRAME_ID + 4
    length = int.from_bytes(data[FRAME_ID:start], order)
    if not 0 < length <= len(data) - start or data[start + length - 1]:
        raise ValueError('its frame_id does not end with a zero')
    return _cdr(raw)
