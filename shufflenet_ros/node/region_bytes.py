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
Write the cells of a frame as the bytes of ``vision_msgs/Detection2DArray`` that travel.

rclpy converts 36 numbers of covariance for each hypothesis, which say nothing here: for 13 cells
with five hypotheses each it takes four times as long.

The bytes are CDR (OMG DDS-RTPS 2.5, 10.2), little endian: a header of four bytes, then each value
aligned to its own size, counted from after the header. The fields are those of vision_msgs 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
import struct

from shufflenet_ros.core.frame import PartResult
from std_msgs.msg import Header

START = b'\0\1\0\0'
"""CDR, little endian, no options."""
NO_POSE = (*[0.0] * 6, 1.0, *[0.0] * 36)
"""Position, orientation and covariance as a new message has them: they say nothing."""
POSE = struct.pack(f'<{len(NO_POSE)}d', *NO_POSE)
LAYOUTS = 512
"""How detections lie in memory is remembered: cells have the same layouts frame after frame."""


def regions_bytes(header: Header, parts: Sequence[PartResult]) -> bytes:
    """
    One detection a part: its box in pixels, its id, its hypotheses best first.

    ``class_id`` is the index in the label list as a string.
    """
    head = _header_bytes(header)
    padded = head + bytes(-len(head) % 4)
    pieces = [START, padded, struct.pack('<I', len(parts))]
    at = len(padded) + 4
    last = len(parts) - 1
    for number, one in enumerate(parts):
        piece = _detection_bytes(at, padded, one, number == last)
        pieces.append(piece)
        at += len(piece)
    return b''.join(pieces)


def _header_bytes(header: Header) -> bytes:
    frame_id = header.frame_id.encode()
    return struct.pack(f'<iII{len(frame_id)}sx', header.stamp.sec, header.stamp.nanosec,
                       len(frame_id) + 1, frame_id)


def _detection_bytes(at: int, header: bytes, one: PartResult, is_last: bool) -> bytes:
    """Bytes of a detection that begins ``at`` bytes after the header of the representation."""
    box, name = one.part.box, one.part.id.encode()
    values: list[bytes | float] = []
    lengths = []
    for found in one.classification.hypotheses:
        text = b'%d' % found.index
        lengths.append(len(text))
        values += (len(text) + 1, text, found.score, POSE)
    layout = _layout(at % 8, len(header), tuple(lengths), len(name), is_last)
    return layout.pack(
        header, len(lengths), *values, box.left + box.width / 2, box.top + box.height / 2, 0.0,
        box.width, box.height, len(name) + 1, name)


@lru_cache(LAYOUTS)
def _layout(at: int, header: int, lengths: tuple[int, ...], name: int,
            is_last: bool) -> struct.Struct:
    """Lay out a detection of these lengths of texts, padded for one after it unless it is last."""
    words = [f'<{header}sI']
    at += header + 4
    for length in lengths:
        # A text is aligned to 4 and ends with a zero, the score is aligned to 8.
        gap = -at % 4
        pad = -(at + gap + 4 + length + 1) % 8
        words.append(f'{gap}xI{length}s{1 + pad}xd{len(POSE)}s')
        at += gap + 4 + length + 1 + pad + 8 + len(POSE)
    pad = -at % 8
    words.append(f'{pad}x5dI{name}sx')
    at += pad + 40 + 4 + name + 1
    if not is_last:
        words.append(f'{-at % 4}x')
    return struct.Struct(''.join(words))
