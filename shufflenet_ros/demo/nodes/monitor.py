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
Watch one camera and one classifier until the camera ends: live view, summary, contact sheet.

Subscribes
    ``classifier/classification``, ``classifier/regions``, ``classifier/frame_latency``,
    ``classifier/label_info``, ``classifier/vision_info`` and, once the classifier is there,
    ``camera/ground_truth`` and ``camera/ground_truth_regions``: the camera may wait for these
    last ones, so that no frame is published before all are subscribed.
Reads the parameters
    ``json``: file for the summary, or empty; ``sheet``: file for the contact sheet, or empty;
    ``snapshots``: folder with the camera's images for it; ``camera``: what to call the camera.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import json
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from shufflenet_ros.core.parts import Box, Part
from shufflenet_ros.core.text import plain
from shufflenet_ros.demo.contact_sheet import contact_sheet, Tile, TileCell
from shufflenet_ros.demo.run_statistics import Cell, RunStatistics
from shufflenet_ros.demo.screen import LiveView, show_summary
from shufflenet_ros.node.parameters.declaration import declare_all
from shufflenet_ros.node.public_names import (
    CLASSIFICATION,
    FRAME_LATENCY,
    LABEL_INFO,
    REGIONS,
    VISION_INFO,
)
from shufflenet_ros.node.qos import LATCHED_QOS
from shufflenet_ros.node.run import run
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.process.files import write_whole
from shufflenet_ros.process.middleware import prepare_middleware
from vision_msgs.msg import Classification, Detection2DArray, LabelInfo, VisionInfo

KEEP_ALL = QoSProfile(depth=1000)
SILENCE_S = 0.5
"""The run is over when the camera has left and nothing came in for this long."""
PARAMETERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    'json': ('', {}, 'File for the summary; empty: none.'),
    'sheet': ('', {}, 'PNG file for the contact sheet; empty: none.'),
    'snapshots': ('', {}, 'Folder with images kept by the camera.'),
    'camera': ('camera', {}, 'What to call the camera on the screen.'),
}


class DemoMonitor(Node):
    """Joins truth, results and latencies by their stamps."""

    def __init__(self) -> None:
        """Subscribe to the classifier."""
        super().__init__('demo_monitor')
        self.settings = SimpleNamespace(**declare_all(self, PARAMETERS))
        self.statistics = RunStatistics()
        self._last_message_s = time.monotonic()
        self._truths: Subscription | None = None
        self._subscribe(Classification, f'classifier/{CLASSIFICATION}', self._on_result)
        self._subscribe(Detection2DArray, f'classifier/{REGIONS}', self._on_regions)
        self._subscribe(DiagnosticArray, f'classifier/{FRAME_LATENCY}', self._on_latency)
        self._subscribe(LabelInfo, f'classifier/{LABEL_INFO}', self._on_labels, LATCHED_QOS)
        self._subscribe(
            VisionInfo, f'classifier/{VISION_INFO}', self._on_vision_info, LATCHED_QOS)

    def watch(self, executor: SingleThreadedExecutor) -> None:
        """Show the run until it ends, then its summary; a signal ends it early."""
        try:
            with LiveView(self.settings.camera) as view:
                self._follow(executor, view)
        finally:
            self._show_summary()

    def _follow(self, executor: SingleThreadedExecutor, view: LiveView) -> None:
        shown_s = time.monotonic()
        while not self._is_over():
            executor.spin_once(timeout_sec=0.05)
            if self._truths is None and self._is_classifier_there():
                self._truths = self._subscribe(
                    Classification, 'camera/ground_truth', self._on_truth)
                self._subscribe(
                    Detection2DArray, 'camera/ground_truth_regions', self._on_cell_truths)
            if time.monotonic() - shown_s >= view.every_s:
                shown_s = time.monotonic()
                view.show(self.statistics)
        view.show(self.statistics)

    def _show_summary(self) -> None:
        settings = self.settings
        show_summary(self.statistics)
        if settings.json:
            write_whole(Path(settings.json),
                        json.dumps(self.statistics.summary(), indent=2) + '\n')
        images = sorted(Path(settings.snapshots).glob('*.npy')) if settings.snapshots else []
        if settings.sheet and images:
            title = f'{self.statistics.model}: {settings.camera}'
            sheet = contact_sheet([self._tile(path) for path in images], title)
            write_whole(Path(settings.sheet), cv2.imencode('.png', sheet)[1].tobytes())
            print(f'contact sheet: {plain(settings.sheet)}', flush=True)

    def _tile(self, path: Path) -> Tile:
        stamp_ns, image = int(path.stem), np.load(path)
        result = self.statistics.results.get(stamp_ns)
        truth = self.statistics.truths.get(stamp_ns, '')
        in_view = f'   in view: {truth}' if truth else ''
        if result is None:
            return Tile(image, 'no result', f'replaced or lost{in_view}', None)
        age = '' if result.total_ms is None else f'{result.total_ms:.1f} ms after the shutter'
        if stamp_ns in self.statistics.cells:
            return self._tile_of_cells(image, stamp_ns, age)
        return Tile(image, f'{result.name or "-"} {result.score:.2f}', age + in_view,
                    result.name == truth if truth in self.statistics.labels else None)

    def _tile_of_cells(self, image: np.ndarray, stamp_ns: int, age: str) -> Tile:
        """Show the cells of a frame; those that are wrong say what would be right."""
        statistics = self.statistics
        truths = statistics.cell_truths.get(stamp_ns, {})
        cells = tuple(self._tile_cell(one, truths.get(one.part.id, ''))
                      for one in statistics.cells[stamp_ns])
        judged = statistics.judged_cells(stamp_ns)
        caption = (f'{sum(judged)} of {len(judged)} cells right' if judged else
                   f'{len(cells)} cells')
        return Tile(image, caption, age, all(judged) if judged else None, cells)

    def _tile_cell(self, cell: Cell, truth: str) -> TileCell:
        name = cell.name or '-'
        if truth not in self.statistics.labels:
            return TileCell(cell.part.box, f'{name} {cell.score:.2f}', None)
        is_right = cell.name == truth
        words = f'{name} {cell.score:.2f}' if is_right else f'{name}, not {truth}'
        return TileCell(cell.part.box, words, is_right)

    def _is_over(self) -> bool:
        return (bool(self.statistics.truths)
                and not self.count_publishers('camera/ground_truth')
                and time.monotonic() - self._last_message_s > SILENCE_S)

    def _is_classifier_there(self) -> bool:
        return bool(self.statistics.labels) and all(
            self.count_publishers(f'classifier/{topic}') > 0
            for topic in (CLASSIFICATION, FRAME_LATENCY))

    def _subscribe(self, kind: type, topic: str, callback: Callable[[Any], None],
                   qos: QoSProfile = KEEP_ALL) -> Subscription:
        return self.create_subscription(kind, topic, callback, qos)

    def _on_truth(self, msg: Classification) -> None:
        self._last_message_s = time.monotonic()
        truth = msg.results[0].class_id if msg.results else ''
        self.statistics.truths[stamp_ns_of(msg.header)] = truth

    def _on_result(self, msg: Classification) -> None:
        self._last_message_s = time.monotonic()
        best = msg.results[0] if msg.results else None
        name = self.statistics.labels[int(best.class_id)] if best else ''
        self.statistics.add_result(
            stamp_ns_of(msg.header), name, best.score if best else 0.0, self._last_message_s)

    def _on_regions(self, msg: Detection2DArray) -> None:
        labels = self.statistics.labels
        self.statistics.cells[stamp_ns_of(msg.header)] = [
            Cell(_part_of(one),
                 labels[int(one.results[0].hypothesis.class_id)] if one.results else '',
                 one.results[0].hypothesis.score if one.results else 0.0)
            for one in msg.detections]

    def _on_cell_truths(self, msg: Detection2DArray) -> None:
        self.statistics.cell_truths[stamp_ns_of(msg.header)] = {
            one.id: one.results[0].hypothesis.class_id for one in msg.detections if one.results}

    def _on_latency(self, msg: DiagnosticArray) -> None:
        values = {item.key: float(item.value) for item in msg.status[0].values}
        self.statistics.add_latency(stamp_ns_of(msg.header), values)

    def _on_labels(self, msg: LabelInfo) -> None:
        self.statistics.labels = tuple(entry.class_name for entry in msg.class_map)

    def _on_vision_info(self, msg: VisionInfo) -> None:
        self.statistics.model = msg.method


def _part_of(detection: Any) -> Part:
    """Give id and pixels of a cell."""
    centre, box = detection.bbox.center.position, detection.bbox
    return Part(detection.id, Box(
        round(centre.y - box.size_y / 2), round(centre.x - box.size_x / 2), round(box.size_y),
        round(box.size_x)))


def main(argv: Sequence[str] | None = None) -> int:
    """Watch until the camera ends or a signal comes; exit code 0."""
    prepare_middleware()
    return run('demo_monitor', argv, DemoMonitor, DemoMonitor.watch)
