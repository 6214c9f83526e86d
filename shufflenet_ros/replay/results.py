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


REGIONS, RAW = 'regions', 'raw_'
"""The column of the cells, and what stands before columns of results without an average."""


class Extras(NamedTuple):
    """What results hold beside that of the whole image."""

    has_regions: bool = False
    """There is a grid."""
    has_raw: bool = False
    """There are averages over time, and what they are made of."""

    def columns(self) -> tuple[str, ...]:
        """Give the columns of a table of results."""
        return (*RESULT_COLUMNS, *([REGIONS] if self.has_regions else ()),
                *(RAW_COLUMNS if self.has_raw else ()))

    def cell_columns(self) -> tuple[str, ...]:
        """Give the fields of a cell."""
        return (*PART_COLUMNS, *ANSWER_COLUMNS, *(RAW_COLUMNS if self.has_raw else ()))

    def region_columns(self) -> tuple[str, ...]:
        """Give the columns of a table of cells."""
        return (*IMAGE_COLUMNS, *self.cell_columns())


class NamedHypothesis(NamedTuple):
    """One class that may be right; as ``vision_msgs/ObjectHypothesis`` and ``LabelInfo`` say."""

    class_id: int
    """Index in the label list."""
    label: str
    score: float
    """Softmax, 0 to 1."""


class Answer(NamedTuple):
    """What an image, or a part of one, was classified as."""

    best: str = ''
    """Name of the best class, whether it reached the threshold or not."""
    score: float = 0.0
    """Of the best class, 0 to 1."""
    label: str = ''
    """Name of the best class where it reached the threshold."""
    hypotheses: tuple[NamedHypothesis, ...] = ()
    """Those that reached the threshold, best first, at most ``top_k``."""

    def row(self, prefix: str = '') -> dict[str, Any]:
        """Give the fields by name, with hypotheses as dictionaries."""
        return {f'{prefix}best': self.best, f'{prefix}score': self.score,
                f'{prefix}label': self.label,
                f'{prefix}hypotheses': [one._asdict() for one in self.hypotheses]}


class RegionResult(NamedTuple):
    """What became of one cell of a grid."""

    id: str
    """``r0c2`` for that in the first row and the third column."""
    x: int
    """Of its left edge, in pixels of the image as it was recorded; like those that follow."""
    y: int
    width: int
    height: int
    answer: Answer
    raw: Answer | None = None
    """Without the average over time, where ``answer`` is one."""

    def row(self) -> dict[str, Any]:
        """Give the fields by name."""
        raw = {} if self.raw is None else self.raw.row(RAW)
        return {'id': self.id, 'x': self.x, 'y': self.y, 'width': self.width,
                'height': self.height, **self.answer.row(), **raw}


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
    regions: tuple[RegionResult, ...] = ()
    """Of the cells of the grid, row by row from the top left; empty without a grid."""
    raw: Answer | None = None
    """Without the average over time, where the result is one."""

    @property
    def answer(self) -> Answer:
        """What the image, or its region as a whole, was classified as."""
        return Answer(self.best, self.score, self.label, self.hypotheses)

    def row(self, extras: Extras = Extras()) -> dict[str, Any]:
        """Give the columns by name, with hypotheses as dictionaries."""
        row: dict[str, Any] = dict(zip(RESULT_COLUMNS, _values(self)))
        row['hypotheses'] = [one._asdict() for one in self.hypotheses]
        if extras.has_regions:
            row[REGIONS] = [one.row() for one in self.regions]
        if extras.has_raw:
            row |= (self.raw or Answer()).row(RAW)
        return row

    def region_rows(self) -> list[dict[str, Any]]:
        """Give a row for each cell: of which image it is, then its fields."""
        image = {name: getattr(self, name) for name in IMAGE_COLUMNS}
        return [image | one.row() for one in self.regions]


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


class KeptScores(NamedTuple):
    """Scores of all classes by their index, which averages over time are made of."""

    whole: list[float]
    """Of the region as a whole; empty where that was not classified."""
    regions: list[list[float]]
    """Of each cell."""


class Classified(NamedTuple):
    """One image message with all that is known of it."""

    result: FrameResult
    times: FrameTimes
    scores: KeptScores | None = None
    """None where they are not kept, and where the message holds no image."""


_FIELDS = tuple(field.name for field in fields(FrameResult))
RESULT_COLUMNS = _FIELDS[:-2]
"""Of every table; ``Extras`` says which others there are."""
IMAGE_COLUMNS = ('recording', 'topic', 'received_ns', 'stamp_ns')
PART_COLUMNS = ('id', 'x', 'y', 'width', 'height')
ANSWER_COLUMNS = Answer._fields
RAW_COLUMNS = tuple(f'{RAW}{name}' for name in ANSWER_COLUMNS)
TIME_COLUMNS = ('recording', 'topic', 'received_ns', *TIMES)


def to_line(one: Classified) -> str:
    """Give a result with its times and scores as one line of JSON, for part files."""
    values = [*_values(one.result), one.result.regions] if one.result.regions else _values(
        one.result)
    scores = () if one.scores is None else (one.scores,)
    return _encode([values, [round(ms, 4) for ms in _stages(one.times)], *scores])


def from_line(line: str | bytes) -> Classified:
    """Read such a line again. Raises ValueError, TypeError or IndexError for any other text."""
    values, times, *scores = json.loads(line)
    values[_HYPOTHESES] = _hypotheses(values[_HYPOTHESES])
    values[_REGIONS:] = [tuple(
        RegionResult._make((*part, Answer(best, score, label, _hypotheses(hypotheses)), None))
        for *part, (best, score, label, hypotheses), _ in regions)
        for regions in values[_REGIONS:]]
    return Classified(FrameResult(*values), FrameTimes(*times),
                      KeptScores(*scores[0]) if scores else None)


def clean(text: str) -> str:
    """Give text of a recording as UTF-8 can hold it: lone surrogates become escapes."""
    return text.encode('utf-8', 'backslashreplace').decode()


def as_json(value: Any) -> str:
    """Give compact JSON in one line, with letters of every script as they are."""
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode
_HYPOTHESES, _REGIONS = _FIELDS.index('hypotheses'), _FIELDS.index(REGIONS)
# The C way to several attributes at once: this runs for every image.
_values, _times = attrgetter(*RESULT_COLUMNS), attrgetter(*TIMES)
_stages = attrgetter(*(one.name for one in fields(FrameTimes)))


def _hypotheses(values: list[list[Any]]) -> tuple[NamedHypothesis, ...]:
    return tuple(NamedHypothesis(*one) for one in values)
