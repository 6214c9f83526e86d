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
One trial of a node: cameras, the node and a monitor, each a process, over the real middleware.

A tool that people watch a node with, a :class:`.watcher.Watcher`, may be there as well.

This file knows no middleware: it starts the processes, reads what they print and write, and
measures the node from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
import json
import os
from pathlib import Path
import time
from typing import Any

from shufflenet_ros.bench.nodes.process import MeasuredProcess
from shufflenet_ros.bench.nodes.watcher import Watcher, WatcherUse
from shufflenet_ros.demo.processes import ros_arguments
from shufflenet_ros.node.public_names import CLASSIFICATION
from shufflenet_ros.process.middleware import this_machine_only

START_TIMEOUT_S = 40.0
WRITE_TIMEOUT_S = 40.0
"""
How long the monitor may take to write, once the cameras have ended.

Where their farewell gets lost, it knows of them until their lease of 20 s is over.
"""
SAMPLE_EVERY_S = 0.5
NUMBERS = count()
READY = 'ready: model '
START = ('-m', 'shufflenet_ros.process.entry_points')


@dataclass(frozen=True, slots=True)
class Scene:
    """What the cameras show."""

    height: int
    width: int
    cameras: int
    rate_hz: float
    """Images a second of each camera."""
    images: int
    """Counted images of each camera."""
    warm_up: int = 0
    """Images of each camera before those."""
    warm_up_faster: float = 1.0
    """How many times as fast they come."""
    encoding: str = 'bgr8'
    """One of those of the cameras; they send jpegs as CompressedImage."""
    silence_s: float = 0.3
    """A result that comes so long after all others is not waited for."""

    @property
    def names(self) -> list[str]:
        """Names of the cameras; a single one has none."""
        return [''] if self.cameras == 1 else [f'camera{n}' for n in range(self.cameras)]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.images + self.warm_up) / self.rate_hz


@dataclass(frozen=True, slots=True)
class NodeUnderTest:
    """A classifier node: how it is started, under which name its figures are kept."""

    engine: str
    command: tuple[str, ...]
    """Words after the interpreter and before the ROS arguments."""
    parameters: Mapping[str, Any]
    reports_latency: bool
    result: str = CLASSIFICATION
    """Its topic whose messages are the results."""
    cores: frozenset[int] = frozenset()
    """Cores that its process may use; empty for those of this process."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured: the counted images alone."""

    published: int
    """Images of all cameras."""
    seconds: float
    latest_ms: float
    """How late the cameras published an image at worst."""
    cpu_s: float
    """CPU time of the node's process."""
    camera_cpu_s: float
    """CPU time of the cameras' process."""
    rss_mb: list[tuple[float, float]]
    """Memory of the node's process over time (s, MB)."""
    results: dict[str, list[tuple[int, int]]]
    """Camera to (time since the first image, age at arrival) of each result, both in ns."""
    latencies: list[dict[str, float]]
    """The node's own ``frame_latency`` of each result, where it has that."""
    form: str = ''
    """Which form of the model our node chose, as its log says; empty for other nodes."""
    watcher: WatcherUse | None = None
    """What the watcher used, where there was one."""

    @property
    def ages_ns(self) -> list[int]:
        """Stamp to result, of all cameras."""
        return [age for pairs in self.results.values() for _, age in pairs]

    @property
    def results_per_s(self) -> float:
        """Rate of the results of all cameras together."""
        return len(self.ages_ns) / self.seconds

    @property
    def published_per_s(self) -> float:
        """Rate of the images of all cameras together."""
        return self.published / self.seconds


def run_trial(node: NodeUnderTest, scene: Scene, folder: Path,
              watcher: Watcher | None = None) -> Trial:
    """
    Run one trial, within this process's environment, watched by ``watcher`` or by nobody else.

    Raises ShufflenetRosError where a process ends or does not print in time what it should, or
    where the watcher does not subscribe.
    """
    number = next(NUMBERS)
    file = folder / f'trial{number}.json'
    with ExitStack() as stack:
        under_test, monitor, cameras, *watchers = (
            stack.enter_context(process)
            for process in _processes(node, scene, file, number, watcher))
        monitor.wait_for('watching', START_TIMEOUT_S, under_test, cameras, *watchers)
        if watcher is not None:
            monitor.wait_for(f'watching beside {watcher.name}', START_TIMEOUT_S, under_test,
                             cameras, *watchers)
        cameras.wait_for('ready', START_TIMEOUT_S, under_test, monitor)
        cpu_s, rss_mb, camera, use = _watch(under_test, cameras, scene, watchers)
        monitor.wait(WRITE_TIMEOUT_S)
    results, latencies = _counted(json.loads(file.read_text()), camera['first_stamp_ns'])
    return Trial(camera['published'] * scene.cameras, camera['seconds'], camera['latest_ms'],
                 cpu_s, camera['cpu_s'], rss_mb, results, latencies,
                 _form(under_test.printed(READY)), use)


def _form(line: str) -> str:
    """Read what follows the model's name in the line of our node: ``int8_native avx2``."""
    return line.partition(READY)[2].partition(' (')[0].partition(' ')[2]


def _processes(node: NodeUnderTest, scene: Scene, file: Path, number: int,
               watcher: Watcher | None) -> Iterator[MeasuredProcess]:
    """Start the node, the monitor, which writes ``file``, the cameras, and the watcher."""
    # A namespace of its own: neither a robot nor another bench on this machine is disturbed.
    namespace = f'/bench_{os.getpid()}_{number}'
    environment = {**this_machine_only(), **os.environ,
                   'PYTHONUNBUFFERED': '1', 'RCUTILS_LOGGING_USE_STDOUT': '1'}
    monitor: dict[str, Any] = {'latencies': node.reports_latency, 'json': str(file),
                               'result': node.result, 'encoding': scene.encoding,
                               'silence_s': scene.silence_s}
    if watcher is not None:
        monitor |= {'beside': watcher.name, 'shared': [*watcher.shared] or ['']}
    cameras = {
        'width': scene.width, 'height': scene.height, 'rate_hz': float(scene.rate_hz),
        'encoding': scene.encoding, 'images': scene.images, 'warm_up': scene.warm_up,
        'warm_up_rate_hz': float(scene.rate_hz * scene.warm_up_faster)}
    for name, command, parameters, cores in (
            (node.engine, node.command, node.parameters, node.cores),
            ('monitor', (*START, 'bench.nodes.monitor'), monitor, ()),
            ('cameras', (*START, 'bench.nodes.camera'), cameras, ())):
        words = ros_arguments(namespace, {'cameras': scene.names, **parameters})
        # Its line "ready" says which form of the model it runs.
        words += ['--log-level', f'{namespace[1:]}.classifier:=info']
        yield MeasuredProcess(name, [*command, *words], environment, cores)
    if watcher is not None:
        yield watcher.start(f'{namespace}/classifier', environment)


def _watch(node: MeasuredProcess, cameras: MeasuredProcess, scene: Scene,
           watchers: Sequence[MeasuredProcess]) -> tuple[
               float, list[tuple[float, float]], dict[str, Any], WatcherUse | None]:
    """
    Measure while images are counted.

    CPU time (s) and memory (s, MB) of the node, the cameras' JSON, what a watcher used.
    """
    cameras.start_work()
    cameras.wait_for('counting', START_TIMEOUT_S + 2 * scene.seconds, node, *watchers)
    start_s, cpu_s, rss_mb = time.monotonic(), node.cpu_s(), [(0.0, node.rss_mb())]
    before = [WatcherUse.so_far(watcher) for watcher in watchers]
    while not (line := cameras.next_line(SAMPLE_EVERY_S)).startswith('{'):
        for process in (node, *watchers):
            process.check()
        rss_mb.append((time.monotonic() - start_s, node.rss_mb()))
    rss_mb.append((time.monotonic() - start_s, node.rss_mb()))
    use = [WatcherUse.so_far(watcher).since(one) for watcher, one in zip(watchers, before)]
    return node.cpu_s() - cpu_s, rss_mb, json.loads(line), use[0] if use else None


def _counted(kept: dict[str, Any], first_ns: int) -> tuple[
        dict[str, list[tuple[int, int]]], list[dict[str, float]]]:
    """Leave out what belongs to the warm-up."""
    results = {camera: [(stamp_ns - first_ns, age_ns) for stamp_ns, age_ns in entry['results']
                        if stamp_ns >= first_ns] for camera, entry in kept.items()}
    latencies = [values for entry in kept.values() for stamp_ns, values in entry['latencies']
                 if stamp_ns >= first_ns]
    return results, latencies
