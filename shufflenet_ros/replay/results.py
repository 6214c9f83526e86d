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

"""The result of one image of a recording, its times, and both as lines of JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields
import json
from operator import attrgetter
from typing import Any, NamedTuple

TIMES = ('read_ms', 'decode_ms', 'preprocess_ms', 'inference_ms', 'postprocess_ms', 'total_ms')
"""What is measured of each frame: the stages of the node, and how long reading took before."""


class NamedHypothesis(NamedTuple):
    """One class that may be right; as ``vision_msgs/ObjectHypothesis`` and ``LabelInfo`` say."""

    class_id: int
    """Index in the label list."""
    label: str
    score: float
    """Softmax, 0 to 1."""


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What became of one image message; its fields are the columns of every table."""

    recording: str
    topic: str
    received_ns: int
    """When it was recorded: the ``log_time`` of the message."""
    stamp_ns: int
    """Of its header; 0 where there is none."""
    frame_id: str
    encoding: str
    """Or the format of a compressed image."""
    width: int
    height: int
    """Pixels; 0 where the message says nothing that can be used."""
    best: str = ''
    """Name of the best class, whether it reached the threshold or not."""
    score: float = 0.0
    """Of the best class, 0 to 1."""
    label: str = ''
    """Name of the best class where it reached the threshold."""
    hypotheses: tuple[NamedHypothesis, ...] = ()
    """Those that reached the threshold, best first, at most ``top_k``."""
    problem: str = ''
    """Why there is no classification."""

    def row(self) -> dict[str, Any]:
        """Give the fields by name, with hypotheses as dictionaries."""
        row: dict[str, Any] = dict(zip(RESULT_COLUMNS, _values(self)))
        row['hypotheses'] = [one._asdict() for one in self.hypotheses]
        return row


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """How long one frame took, in ms; of damaged messages only ``read_ms`` is not 0."""

    read_ms: float
    decode_ms: float = 0.0
    preprocess_ms: float = 0.0
    inference_ms: float = 0.0
    postprocess_ms: float = 0.0

    @property
    def total_ms(self) -> float:
        """Sum of the stages."""
        return sum(_stages(self))

    def row(self, result: FrameResult) -> dict[str, Any]:
        """Give the row of a table of times: which frame it was, then the times."""
        return {'recording': result.recording, 'topic': result.topic,
                'received_ns': result.received_ns,
                **{name: round(one, 4) for name, one in zip(TIMES, _times(self))}}


RESULT_COLUMNS = tuple(field.name for field in fields(FrameResult))
TIME_COLUMNS = ('recording', 'topic', 'received_ns', *TIMES)


def to_line(result: FrameResult, times: FrameTimes) -> str:
    """Give a result with its times as one line of JSON, for part files."""
    return _encode([_values(result), [round(one, 4) for one in _stages(times)]])


def from_line(line: str | bytes) -> tuple[FrameResult, FrameTimes]:
    """Read such a line again. Raises ValueError, TypeError or IndexError for any other text."""
    values, times = json.loads(line)
    values[_HYPOTHESES] = tuple(NamedHypothesis(*one) for one in values[_HYPOTHESES])
    return FrameResult(*values), FrameTimes(*times)


def clean(text: str) -> str:
    """Give text of a recording as UTF-8 can hold it: lone surrogates become escapes."""
    return text.encode('utf-8', 'backslashreplace').decode()


def as_json(value: Any) -> str:
    """Give compact JSON in one line, with letters of every script as they are."""
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode
_HYPOTHESES = RESULT_COLUMNS.index('hypotheses')
# The C way to several attributes at once: this runs for every image.
_values, _times = attrgetter(*RESULT_COLUMNS), attrgetter(*TIMES)
_stages = attrgetter(*(one.name for one in fields(FrameTimes)))
