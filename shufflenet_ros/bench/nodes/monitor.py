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
Record when each result of a classifier arrives until its cameras end, then write a file.

Subscribes
    ``<node>/<result>`` and, where the node reports it, ``<node>/frame_latency``; for each
    name in ``cameras`` ``<node>/<camera>/<result>`` and so on.
Reads the parameters
    ``node``: name of the classifier; ``result``: classification or regions; ``cameras``,
    ``encoding``: as the cameras have them; ``latencies``: whether the node publishes frame
    latencies; ``json``: file to write; ``beside``: name of a tool that subscribes too, or empty;
    ``shared``: topics below each camera that it subscribes to; ``silence_s``: the
    trial is over when the cameras have left and nothing came for so long.
Prints
    ``watching`` when every topic has its publisher; then, where there is such a tool,
    ``watching beside <name>`` when those of ``shared`` have another subscriber.
Writes
    JSON: camera name to ``results``, a list of [stamp, age at arrival] in ns, and ``latencies``, a
    list of [stamp in ns, values by key].

It shares the machine with the node that it measures: messages are kept as bytes, and read at the
end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
import json
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message
from shufflenet_ros.bench.nodes.views import JPEG
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.camera_topics import image_topic
from shufflenet_ros.node.parameters.declaration import declare_all
from shufflenet_ros.node.parameters.ranges import floating_range
from shufflenet_ros.node.public_names import CLASSIFICATION, FRAME_LATENCY, REGIONS
from shufflenet_ros.node.run import run
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.process.middleware import prepare_middleware
from vision_msgs.msg import Classification, Detection2DArray

RESULTS = {CLASSIFICATION: Classification, REGIONS: Detection2DArray}
KEEP_ALL = QoSProfile(depth=1000)
CHECK_EVERY_S = 0.15
PARAMETERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    'node': ('classifier', {}, 'Name of the classifier node.'),
    'cameras': ([''], {}, 'Names of the cameras; one empty name: image_raw without one.'),
    'result': (CLASSIFICATION, {}, f'{CLASSIFICATION} or {REGIONS}.'),
    'encoding': ('bgr8', {}, 'Encoding of the images.'),
    'latencies': (True, {}, 'Whether the classifier publishes frame latencies.'),
    'json': ('', {}, 'File to write.'),
    'silence_s': (0.3, floating_range(0.1, 60.0), 'Wait for results so long after the last one.'),
    'beside': ('', {}, 'Name of a tool that subscribes too; empty: none.'),
    'shared': ([''], {}, 'Topics that it subscribes to; one empty name: none.'),
}


class BenchMonitor(Node):
    """Keeps every message with the time of its arrival (ns)."""

    def __init__(self) -> None:
        """Subscribe to the classifier."""
        super().__init__('monitor')
        self._settings = settings = SimpleNamespace(**declare_all(self, PARAMETERS))
        self._kept: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
        self._kinds = {settings.result: RESULTS[settings.result]}
        if settings.latencies:
            self._kinds[FRAME_LATENCY] = DiagnosticArray
        self._last_message_s = time.monotonic()
        for camera in settings.cameras:
            for topic, kind in self._kinds.items():
                kept = self._kept[camera, topic] = []
                self.create_subscription(
                    kind, self._name_of(camera, topic), partial(self._keep, kept), KEEP_ALL,
                    raw=True)

    def watch(self, executor: SingleThreadedExecutor) -> None:
        """Keep messages until the cameras are gone, then write the file."""
        while not self._is_watching():
            executor.spin_once(timeout_sec=0.02)
        print('watching', flush=True)
        if self._settings.beside:
            while not self._is_shared():
                executor.spin_once(timeout_sec=0.02)
            print(plain(f'watching beside {self._settings.beside}'), flush=True)
        while not self._are_cameras_there():
            executor.spin_once(timeout_sec=0.1)
        while self._is_receiving() or self._are_cameras_there():
            executor.spin_once(timeout_sec=CHECK_EVERY_S)
        Path(self._settings.json).write_text(json.dumps(self._read()))

    def _name_of(self, camera: str, topic: str) -> str:
        return '/'.join(filter(None, (self._settings.node, camera, topic)))

    def _is_watching(self) -> bool:
        return all(self.count_publishers(self._name_of(*key)) for key in self._kept)

    def _is_shared(self) -> bool:
        keys = product(self._settings.cameras, filter(None, self._settings.shared))
        return all(self.count_subscribers(self._name_of(*key)) > (key in self._kept)
                   for key in keys)

    def _are_cameras_there(self) -> bool:
        transport = 'compressed' if self._settings.encoding == JPEG else 'raw'
        return any(self.count_publishers(image_topic(camera, transport=transport))
                   for camera in self._settings.cameras)

    def _is_receiving(self) -> bool:
        return time.monotonic() - self._last_message_s < self._settings.silence_s

    def _keep(self, kept: list[tuple[int, bytes]], message: bytes) -> None:
        kept.append((self.get_clock().now().nanoseconds, message))
        self._last_message_s = time.monotonic()

    def _read(self) -> dict[str, Any]:
        return {camera: {
            'results': [(stamp_ns, now_ns - stamp_ns) for now_ns, stamp_ns, _ in self._messages(
                camera, self._settings.result)],
            'latencies': [(stamp_ns, {item.key: float(item.value)
                                      for item in msg.status[0].values})
                          for _, stamp_ns, msg in self._messages(camera, FRAME_LATENCY)]}
                for camera in self._settings.cameras}

    def _messages(self, camera: str, topic: str) -> Iterator[tuple[int, int, Any]]:
        """Arrival and stamp (both ns) of each message of a topic, and the message."""
        for now_ns, message in self._kept.get((camera, topic), ()):
            msg = deserialize_message(message, self._kinds[topic])
            yield now_ns, stamp_ns_of(msg.header), msg


def main(argv: Sequence[str] | None = None) -> int:
    """Watch until the cameras end or a signal comes; exit code 0."""
    prepare_middleware()
    return run('bench_monitor', argv, BenchMonitor, BenchMonitor.watch)
