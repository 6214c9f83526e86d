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

"""The results of one recording as a table that tests look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.replay.results import FrameResult, FrameTimes, TIMES
from shufflenet_ros.testing.figures import Figure, SeenClass
from shufflenet_ros.testing.golden_values import golden_values
from shufflenet_ros.testing.runs import (
    by_topic,
    Change,
    changes_of,
    images_of,
    listed,
    Run,
    runs_of,
)

STAGES = tuple(name.removesuffix('_ms') for name in TIMES)


@dataclass(frozen=True, repr=False)
class ResultTable:
    """
    One row for each image message, in the order in which they were recorded.

    Seconds count from the first message of the recording on, by the time of recording, as
    ``--start`` and ``--end`` of the command line do; also in a table that is a part of another.
    """

    recording: str
    """Name."""
    rows: tuple[FrameResult, ...]
    times: tuple[FrameTimes, ...]
    """Of each row."""
    start_ns: int
    """Time of recording that is second 0."""
    labels: tuple[str, ...]
    """All classes of the model."""
    damage: tuple[str, ...] = ()
    """What of the recording could not be read."""
    notes: tuple[str, ...] = ()
    """What was said when it was read, such as which topics were taken."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[FrameResult]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> FrameResult:
        return self.rows[index]

    def __repr__(self) -> str:
        topics = ', '.join(map(plain, self.topics[:3])) + (', ...' if self.topics[3:] else '')
        return f'<{plain(self.recording)}: {images_of(len(self))} of {topics or "no topic"}>'

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics that have rows, in alphabetical order."""
        return tuple(by_topic(self.rows))

    @property
    def problems(self) -> tuple[FrameResult, ...]:
        """Rows of images that could not be classified; ``problem`` says why."""
        return tuple(row for row in self.rows if row.problem)

    def seconds(self, row: FrameResult) -> float:
        """Say when the image of a row was recorded."""
        return (row.received_ns - self.start_ns) / 1e9

    def for_topic(self, topic: str) -> ResultTable:
        """Give the rows of one topic; a slash at the beginning makes no difference."""
        __tracebackhide__ = True
        found = self._only([row.topic.lstrip('/') == topic.lstrip('/') for row in self.rows])
        if not found.rows:
            raise ConfigurationError(f'topic {plain(topic)}: not among those of '
                                     f'{plain(self.recording)}: {_named(self.topics)}')
        return found

    def between(self, start_s: float = 0.0, end_s: float = inf) -> ResultTable:
        """Give the rows with ``start_s <= t < end_s``; there may be none."""
        return self._only([start_s <= self.seconds(row) < end_s for row in self.rows])

    def class_between(self, start_s: float = 0.0, end_s: float = inf) -> SeenClass:
        """
        Give the class that most images have in ``start_s <= t < end_s``.

        An image below the threshold and a damaged one have no class, which is the answer ''
        where it is the most frequent one. Of two that are equally frequent the first counts.
        Raises ConfigurationError without images, and where there are several topics.
        """
        __tracebackhide__ = True
        part = self._part(start_s, end_s)
        if len(part.topics) > 1:
            raise ConfigurationError(f'{plain(self.recording)} has images of {_named(part.topics)}'
                                     '; choose one with for_topic(NAME)')
        most = Counter(row.label for row in part.rows).most_common(1)[0][0]
        return SeenClass(most, part._account(start_s, end_s))

    def share_of(self, name: str, start_s: float = 0.0, end_s: float = inf) -> Figure:
        """
        Give the share (0 to 1) of all images in ``start_s <= t < end_s`` that have a class.

        '' stands for those without. Raises ConfigurationError without images, and for a class
        that the model does not have.
        """
        __tracebackhide__ = True
        if name not in ('', *self.labels):
            raise ConfigurationError(f"class '{plain(name)}': the model has {_named(self.labels)}")
        part = self._part(start_s, end_s)
        share = sum(row.label == name for row in part.rows) / len(part)
        return Figure(share, part._account(start_s, end_s))

    def runs(self) -> list[Run]:
        """Give the images as runs with the same answer, topic by topic."""
        return list(runs_of(self.rows, self.start_ns))

    def changes(self) -> list[Change]:
        """Give where the class changes, topic by topic; damaged images change nothing."""
        return list(changes_of(self.rows, self.start_ns))

    def latency_ms(self, stage: str = 'total', percentile: float = 50) -> Figure:
        """
        Give a percentile (0 to 100) of the time that images took, damaged ones left out.

        ``stage`` is one of ``STAGES``. Raises ConfigurationError for any other, and without
        images.
        """
        __tracebackhide__ = True
        name = stage.removesuffix('_ms')
        if name not in STAGES or not 0 <= percentile <= 100:
            raise ConfigurationError(f"latency_ms('{plain(stage)}', {percentile:g}): expected one "
                                     f'of {", ".join(STAGES)}, and a percentile of 0 to 100')
        whole = self._only([not row.problem for row in self.rows])
        if not whole.rows:
            raise ConfigurationError(f'{plain(self.recording)}: no image was classified')
        values = np.array([getattr(one, f'{name}_ms') for one in whole.times])
        p50, p99 = np.percentile(values, (50, 99))
        slowest = whole.seconds(whole.rows[int(values.argmax())])
        return Figure(round(float(np.percentile(values, percentile)), 4), [
            f'{name} of {images_of(len(values))} of {plain(self.recording)}: half below '
            f'{p50:.2f} ms, 99 % below {p99:.2f} ms, longest {values.max():.2f} ms at '
            f'{slowest:.2f} s'])

    def golden(self) -> dict[str, Any]:
        """Give what a golden file holds: the runs of each topic, with rounded times and scores."""
        return golden_values(self.recording, self.rows, self.start_ns)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Give each row as a dictionary: ``seconds``, the columns of results, the times."""
        return [{'seconds': self.seconds(row), **row.row(),
                 **{name: getattr(times, name) for name in TIMES}}
                for row, times in zip(self.rows, self.times)]

    def to_dataframe(self) -> Any:
        """Give the same as a DataFrame of pandas. Raises ConfigurationError without pandas."""
        __tracebackhide__ = True
        try:
            import pandas
        except ImportError as error:
            raise ConfigurationError(f'to_dataframe() needs pandas ({error}): pip install pandas, '
                                     'or take to_dicts()') from None
        return pandas.DataFrame(self.to_dicts())

    def _part(self, start_s: float, end_s: float) -> ResultTable:
        __tracebackhide__ = True
        part = self.between(start_s, end_s)
        if not part.rows:
            there = [self.seconds(row) for row in self.rows]
            has = f'{min(there):.2f} to {max(there):.2f} s' if there else 'none'
            raise ConfigurationError(f'{plain(self.recording)}: no image '
                                     f'{_range(start_s, end_s)}; it has images of {has}')
        return part

    def _only(self, kept: Sequence[bool]) -> ResultTable:
        return replace(self, rows=tuple(row for row, is_kept in zip(self.rows, kept) if is_kept),
                       times=tuple(one for one, is_kept in zip(self.times, kept) if is_kept))

    def _account(self, start_s: float, end_s: float) -> list[str]:
        """Say in lines what the images show."""
        counts = Counter('damaged' if row.problem else plain(row.label) or 'no class'
                         for row in self.rows)
        shares = ', '.join(f'{name} {count / len(self):.1%}'
                           for name, count in counts.most_common(3))
        return [f'{self!r} {_range(start_s, end_s)}: {shares}', *listed(self.runs())]


def _range(start_s: float, end_s: float) -> str:
    return f'from {start_s:g} s on' if end_s == inf else f'from {start_s:g} to {end_s:g} s'


def _named(names: Sequence[str]) -> str:
    return ', '.join(map(plain, names)) or 'none'
