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

"""What a message of a classifier says, as plain values; nothing of ROS is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import Any, NamedTuple

from shufflenet_ros.core.frame import COUNTERS, Counters
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import DATABASE_VERSION, LATENCY_KEYS, REGION_COUNT
from shufflenet_ros.node.stamps import stamp_ns_of


class Result(NamedTuple):
    """A message of ``classification``: the hypotheses of one frame, best first."""

    stamp_ns: int
    hypotheses: tuple[tuple[str, float], ...]
    """Class id and score (0 to 1) of each; empty where no class reached the threshold."""


class FrameLatency(NamedTuple):
    """A message of ``frame_latency``."""

    stamp_ns: int
    """Of the image; 0 where it has none."""
    milliseconds: tuple[float, ...]
    """In the order of ``LATENCY_KEYS``; NaN for what is unknown."""
    version: int
    """Number of the model and labels that classified the frame; 0 where it is not said."""
    label: str
    """Its class in words: ``grass 0.93``."""
    regions: int = 1
    """How many parts of the image were classified; 1 where it is not said."""


@dataclass(frozen=True, slots=True)
class Status:
    """One status of ``/diagnostics``."""

    name: str
    level: Level = Level.STALE
    message: str = ''
    hardware_id: str = ''
    values: dict[str, str] = field(default_factory=dict)

    def number(self, key: str) -> float:
        """Give a value as a number; NaN where there is none."""
        return number(self.values.get(key, ''))

    def counters(self) -> Counters:
        """Give the counters of a camera; 0 for those that are not there."""
        return Counters(**{name: int(self.values.get(name, '0') or 0)
                           if self.values.get(name, '0').isdigit() else 0 for name in COUNTERS})


def number(text: str) -> float:
    """Read a number; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return nan


def result_of(msg: Any) -> Result:
    """Read a ``vision_msgs/Classification``."""
    return Result(stamp_ns_of(msg.header), tuple(
        (str(found.class_id), float(found.score)) for found in msg.results))


def frame_latency_of(msg: Any) -> FrameLatency | None:
    """Read a ``diagnostic_msgs/DiagnosticArray`` of ``frame_latency``; None for an empty one."""
    if not msg.status:
        return None
    values = {pair.key: pair.value for pair in msg.status[0].values}
    version, regions = values.get(DATABASE_VERSION, ''), values.get(REGION_COUNT, '')
    return FrameLatency(
        stamp_ns_of(msg.header), tuple(number(values.get(key, '')) for key in LATENCY_KEYS),
        int(version) if version.isdigit() else 0, msg.status[0].message,
        int(regions) if regions.isdigit() else 1)


def statuses_of(msg: Any) -> list[Status]:
    """Read all of a ``diagnostic_msgs/DiagnosticArray``."""
    return [Status(found.name, _level(found.level), found.message, found.hardware_id,
                   {pair.key: pair.value for pair in found.values}) for found in msg.status]


def labels_of(msg: Any) -> dict[str, str]:
    """Read a ``vision_msgs/LabelInfo``: class id, as results have it, to name."""
    return {str(entry.class_id): entry.class_name for entry in msg.class_map}


def _level(level: Any) -> Level:
    value = level[0] if isinstance(level, bytes) and level else level
    return Level(value) if value in Level._value2member_map_ else Level.STALE
