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

"""A classifier and its cameras as the latest messages show them; nothing of ROS is imported."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from shufflenet_ros.core.frame import Counters
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import DROPS, LIFECYCLE, MODEL, NAMELESS, status_name
from shufflenet_ros.observer.grid_cells import Cell, cells_of, CellsReading
from shufflenet_ros.observer.readings import FrameLatency, Result, Status
from shufflenet_ros.observer.stage_series import StageSeries

SILENT_S = 3.5
"""A node reports once a second: after so long without a report it is gone, or unreachable."""
FRAMES_WITHOUT_CELLS = 10
"""After so many newer frames without cells there is no grid any more."""
RATES_S = 6.5
"""Rates are those of the reports of so many seconds."""


class Hypothesis(NamedTuple):
    """A class of a result by its name; ``class 7`` where the labels are not known."""

    name: str
    score: float


class Finding(NamedTuple):
    """What is not well, with what to do."""

    level: Level
    source: str
    """Title of the status: the name of a camera, ``model`` or ``lifecycle``."""
    text: str


class Image(NamedTuple):
    """An annotated image."""

    stamp_ns: int
    data: bytes
    """As jpeg."""


@dataclass(slots=True)
class _Report:
    time_s: float
    counters: Counters


class ObservedCamera:
    """One camera: its latest result and image, the times of its frames, what became of them."""

    def __init__(self, name: str = '') -> None:
        """``name`` is that in the node's ``cameras``; empty for the camera without a name."""
        self.name = name
        self.title = name or NAMELESS
        self.series = StageSeries()
        self.label = ''
        """The class of the latest frame in words, as the node says it."""
        self.hypotheses: tuple[Hypothesis, ...] = ()
        """Those of the latest frame, best first."""
        self.stamp_ns = 0
        """Of the latest result."""
        self.results = 0
        """How many results came since the node is observed."""
        self.last_result_s: float | None = None
        """When the latest result came, by the observer's steady clock (s)."""
        self.cells: tuple[Cell, ...] = ()
        """Those of the newest frame that had any, row by row; empty without a grid."""
        self.last_cells_s: float | None = None
        """When they came, by the observer's steady clock (s)."""
        self.image: Image | None = None
        self.status: Status | None = None
        """The latest of ``/diagnostics``; None before the first, and after the node has ended."""
        self._reports: deque[_Report] = deque()
        self.version = 0
        """Number of the model of the newest frame; 0 where it is not said."""
        self._regions = 1
        self._frames_since_cells = 0

    def record_result(self, result: Result, labels: dict[str, str], now_s: float) -> None:
        """Take a result over; ``labels`` are those of its model by class id."""
        self.hypotheses = tuple(Hypothesis(labels.get(class_id, f'class {class_id}'), score)
                                for class_id, score in result.hypotheses)
        self.stamp_ns, self.last_result_s = result.stamp_ns, now_s
        self.results += 1

    def record_latency(self, latency: FrameLatency, received_ns: int) -> None:
        """Take the times of a frame over; one without a stamp stands at its receipt."""
        self.label = latency.label
        self.series.add(latency.stamp_ns or received_ns, latency.milliseconds)
        self.version, self._regions = latency.version, latency.regions
        self._frames_since_cells += 1

    def record_cells(self, reading: CellsReading, labels: dict[str, str], now_s: float) -> None:
        """Take the cells of the newest frame over; ``labels`` are those of its model."""
        self.cells, self.last_cells_s = cells_of(reading, labels), now_s
        self._frames_since_cells = 0

    def forget_old_cells(self) -> None:
        """Drop the cells once frames come without any: after all that came was recorded."""
        # A second frame: the last one's cells may still be on their way.
        most = FRAMES_WITHOUT_CELLS if self._regions > 1 else 1
        if self._frames_since_cells > most:
            self.cells, self.last_cells_s = (), None

    def record_status(self, status: Status, now_s: float) -> None:
        """Take a report over; counters that went back are those of a node that was restarted."""
        self.status = status
        counters = status.counters()
        if self._reports and counters.received + counters.missed < (
                self._reports[-1].counters.received + self._reports[-1].counters.missed):
            self._reports.clear()
        self._reports.append(_Report(now_s, counters))
        while self._reports[0].time_s < now_s - RATES_S:
            self._reports.popleft()

    def forget_reports(self) -> None:
        """Drop what a node that is gone has reported; results and times stay to be looked at."""
        self._reports.clear()
        self.status = None

    @property
    def counters(self) -> Counters:
        """What became of the frames since the node started, at the latest report."""
        return self._reports[-1].counters if self._reports else Counters()

    @property
    def rate_hz(self) -> float:
        """Images that arrive in a second; NaN where the node has not reported."""
        return self.status.number('frame_rate_node') if self.status else nan

    @property
    def result_hz(self) -> float:
        """Results in a second, over the last reports; NaN before the second of them."""
        return self.per_second('classified')

    def per_second(self, counter: str) -> float:
        """How fast a counter grows, over the last reports; NaN before the second of them."""
        if len(self._reports) < 2:
            return nan
        first, last = self._reports[0], self._reports[-1]
        grown: int = getattr(last.counters, counter) - getattr(first.counters, counter)
        return grown / max(last.time_s - first.time_s, 1e-3)

    def drops_per_second(self) -> dict[str, float]:
        """Give each kind of drop with how many images a second it takes."""
        return {kind: self.per_second(kind) for kind in DROPS}


class ObservedNode:
    """A classifier: its cameras by name, what runs, and what it finds wrong."""

    def __init__(self, name: str) -> None:
        """``name`` is the fully qualified one: ``/robot1/classifier``."""
        self.name = name
        self.cameras: dict[str, ObservedCamera] = {}
        """By name, in the order of their names; ``''`` for the one without a name."""
        self.model: Status | None = None
        self.lifecycle: Status | None = None
        self.labels: dict[str, str] = {}
        """Class id, as results have it, to name, of the model that runs."""
        self.version = 0
        """Number of the model and its labels, as ``frame_latency`` has it with each frame."""
        self.method = ''
        """What ``vision_info`` says of the model: ``shufflenet_v1 surfaces int8``."""
        self.loaded_ns = 0
        """Stamp of ``vision_info``: when the model was put in place, by the node's clock."""
        self.last_report_s: float | None = None

    def set_cameras(self, names: list[str]) -> None:
        """Have these cameras alone; those that stay keep what is known of them."""
        self.cameras = {name: self.cameras.get(name) or ObservedCamera(name) for name in names}

    def record_statuses(self, statuses: list[Status], now_s: float) -> None:
        """Take from a message of ``/diagnostics`` what is said of this node."""
        found = {status.name: status for status in statuses}
        lifecycle = found.get(status_name(self.name, LIFECYCLE))
        if lifecycle is None:
            return
        if self.is_gone(now_s):
            self.forget_reports()
        self.last_report_s = now_s
        self.lifecycle, self.model = lifecycle, found.get(status_name(self.name, MODEL))
        for camera in self.cameras.values():
            status = found.get(status_name(self.name, camera.title))
            if status is None:
                camera.forget_reports()
            else:
                camera.record_status(status, now_s)

    def labels_of(self, version: int) -> dict[str, str]:
        """Give the names of the classes of results of that version; none where unknown."""
        return self.labels if version in (0, self.version) else {}

    def is_gone(self, now_s: float) -> bool:
        """Whether the node has not reported for so long that it must have ended."""
        return self.last_report_s is not None and now_s - self.last_report_s > SILENT_S

    def forget_reports(self) -> None:
        """Drop what a node that is gone has reported."""
        self.model = self.lifecycle = None
        for camera in self.cameras.values():
            camera.forget_reports()

    @property
    def state(self) -> str:
        """State of the lifecycle; empty where it is not known."""
        return self.lifecycle.values.get('state', '') if self.lifecycle else ''

    def findings(self) -> list[Finding]:
        """List what the node finds wrong, the worst first."""
        named = [*((camera.title, camera.status) for camera in self.cameras.values()),
                 (MODEL, self.model), (LIFECYCLE, self.lifecycle)]
        # STALE says that nothing is known: for who watches a camera it is as bad as WARN.
        return sorted((Finding(status.level, title, status.message) for title, status in named
                       if status is not None and status.level != Level.OK),
                      key=lambda finding: finding.level != Level.ERROR)
