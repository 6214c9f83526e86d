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

"""Results of a replay as columns: one place for each image message, whatever file they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from shufflenet_ros.core.text import plain

STAGES = ('read', 'decode', 'preprocess', 'inference', 'postprocess', 'total')
"""What is measured of each frame, in ms; ``total`` is the sum of those before it."""
SECOND_NS = 1_000_000_000
LONGEST_NAME = 1000
"""Characters of a label, topic or recording."""


class Source(NamedTuple):
    """A recording that results are about."""

    path: str = ''
    """Where it was when it was replayed; empty where nobody knows."""
    start_ns: int = 0
    """When its first message was recorded; 0 where nobody knows."""


@dataclass(frozen=True, eq=False)
class Results:
    """Columns of equal length, in the order of recording, topic and time."""

    name: str
    """As the user gave it."""
    provenance: Mapping[str, Any]
    """Model, options, versions; empty for what a node has recorded."""
    recording: np.ndarray
    """Names, object (frames,), like ``topic``, ``best``, ``label`` and ``problem``."""
    topic: np.ndarray
    received_ns: np.ndarray
    """When each was recorded, int64 (frames,)."""
    stamp_ns: np.ndarray
    """Of its header, int64 (frames,); 0 for none."""
    best: np.ndarray
    """Best class; empty for a damaged message."""
    score: np.ndarray
    """Of the best class, float64 (frames,), 0 to 1."""
    label: np.ndarray
    """Best class where it reached the threshold, else empty."""
    problem: np.ndarray
    """Why there is no classification, or empty."""
    times: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Stage to ms, float64 (frames,); nan where it was not measured."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Recording to where it comes from."""
    has_best: bool = True
    """Whether ``best`` is known below the threshold too."""
    is_offline: bool = True
    """Whether times are those of the images; a node's results are recorded later."""
    remarks: tuple[str, ...] = ()
    """What is odd about it, for the user."""

    def __len__(self) -> int:
        return len(self.received_ns)

    @property
    def labels(self) -> list[str]:
        """The model's classes in their order; empty where nobody knows."""
        labels = self.provenance.get('model')
        labels = labels.get('labels') if isinstance(labels, Mapping) else None
        return [cleaned(one) for one in labels] if isinstance(labels, list) else []

    @cached_property
    def is_good(self) -> np.ndarray:
        """Whether each frame was classified, bool (frames,)."""
        return self.problem == ''

    def start_ns_of(self, recording: str) -> int:
        """When a recording began: its first message, or the first frame where that is unknown."""
        return self._starts_ns.get(recording, 0)

    @cached_property
    def _starts_ns(self) -> dict[str, int]:
        firsts: dict[str, int] = {}
        for recording, received_ns in zip(self.recording, self.received_ns.tolist()):
            firsts[recording] = min(firsts.get(recording, received_ns), received_ns)
        return {recording: min(first, self.sources.get(recording, Source()).start_ns or first)
                for recording, first in firsts.items()}


class Stream(NamedTuple):
    """The frames of one topic of one recording."""

    recording: str
    topic: str
    rows: np.ndarray
    """Places in the columns, in the order of time, int64."""


def streams_of(results: Results) -> list[Stream]:
    """Give the streams in alphabetical order."""
    found: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(results.recording, results.topic)):
        found.setdefault(key, []).append(row)
    streams = []
    for (recording, topic), rows in sorted(found.items()):
        places = np.array(rows, np.int64)
        order = np.argsort(results.received_ns[places], kind='stable')
        streams.append(Stream(recording, topic, places[order]))
    return streams


def seconds_of(results: Results, stream: Stream) -> np.ndarray:
    """Give when each frame of a stream was recorded, from the beginning of its recording on."""
    start_ns = results.start_ns_of(stream.recording)
    return (results.received_ns[stream.rows] - start_ns) / SECOND_NS


def texts(values: Iterable[Any]) -> np.ndarray:
    """Give a column of text, each in one line and safe to show, object (frames,)."""
    found = [cleaned(one) for one in values]
    column = np.empty(len(found), object)
    column[:] = found
    return column


def nth_of(keys: Sequence[Any]) -> list[int]:
    """Give for each key how many equal ones come before it."""
    seen: dict[Any, int] = {}
    numbers = []
    for key in keys:
        numbers.append(seen.get(key, 0))
        seen[key] = numbers[-1] + 1
    return numbers


@lru_cache(maxsize=4096)
def cleaned(text: object) -> str:
    """Give a name as it is shown and compared in every format."""
    return plain(text, LONGEST_NAME)
