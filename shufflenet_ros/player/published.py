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

"""What was published of each topic, how late, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shufflenet_ros.core.text import plain
from shufflenet_ros.recordings.counts import TopicCounts

LATE_NS = 10_000_000
"""A message is late when it is published so long after it was due."""


@dataclass(slots=True)
class Published:
    """Counts of one topic."""

    images: int = 0
    late: int = 0
    most_late_ns: int = 0
    first_ns: int = 0
    """Monotonic clock (ns) at the first publication, and at the last."""
    last_ns: int = 0
    left_out: TopicCounts = field(default_factory=TopicCounts)

    def add(self, now_ns: int, late_ns: int) -> None:
        """Count a message that was published, on the monotonic clock, and how late."""
        self.first_ns = self.first_ns or now_ns
        self.last_ns = now_ns
        self.images += 1
        self.late += late_ns > LATE_NS
        self.most_late_ns = max(self.most_late_ns, late_ns)

    @property
    def seconds(self) -> float:
        """From the first publication to the last, pauses included."""
        return (self.last_ns - self.first_ns) / 1e9


def summary(topics: dict[str, Published]) -> Iterator[str]:
    """Say in lines what became of each topic, as it was published."""
    for topic, counts in sorted(topics.items()):
        yield f'{plain(topic)}: {counts.images} images published{_time(counts)}{_late(counts)}'
        if counts.left_out.undecodable:
            yield f'  {counts.left_out.undecodable} left out, since they are no images:'
            yield from (f'  {remark}' for remark in counts.left_out.remarks())


def _time(counts: Published) -> str:
    if not counts.seconds:
        return ''
    return f' in {counts.seconds:.1f} s ({(counts.images - 1) / counts.seconds:.1f} a second)'


def _late(counts: Published) -> str:
    if not counts.late:
        return ', none late' if counts.images else ''
    return (f', {counts.late} late by more than {LATE_NS // 1_000_000} ms, at most '
            f'{counts.most_late_ns / 1e6:.0f} ms')
