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
A camera for demos and replays: a flight over ground or a video file, published as images.

Publishes
    ``image_raw`` (sensor_msgs/Image, bgr8): best effort, volatile, depth 1, as cameras do.
    ``~/ground_truth`` (vision_msgs/Classification): reliable; one message for every image, under
    its header, with the class in view as ``class_id``; no result where it is not known.
    ``~/ground_truth_regions`` (vision_msgs/Detection2DArray) with a grid: the same of its cells,
    with the surface of each as ``class_id``; no result where several lie in it.
Reads the parameters
    ``source``: ``photographs`` for the flight over images of ground, or the path of a video;
    ``grid``: as the classifier has it, for a flight over several surfaces side by side;
    ``width``, ``height``: pixels, for the flight; ``rate_hz``; ``seconds``: length of the show, 0
    for no end; ``wait``: whether to wait until both topics have a subscriber; ``snapshots``: a
    folder where a dozen of the published images are kept as ``<stamp in ns>.npy``, or empty.

An image is prepared shortly before it is due; its stamp is the moment it is published, as a
sensor's stamp is that of the exposure, so the age of a message holds all that follows. Between two
images the camera uses no CPU, as a real one does not, so that the other processes are measured
and not the camera. Therefore the truth about an image follows just before the next one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from io import BytesIO
import itertools
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from shufflenet_ros.core.parts import grid_of, Part
from shufflenet_ros.demo.image_sources import Fields, Flight, ImageSource, Video
from shufflenet_ros.node.parameters.declaration import declare_all
from shufflenet_ros.node.parameters.ranges import floating_range, integer_range
from shufflenet_ros.node.qos import SENSOR_QOS
from shufflenet_ros.node.run import run
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.files import write_whole
from shufflenet_ros.process.middleware import prepare_middleware
from std_msgs.msg import Header
from vision_msgs.msg import (
    Classification,
    Detection2D,
    Detection2DArray,
    ObjectHypothesis,
    ObjectHypothesisWithPose,
)

SNAPSHOTS = 12
LEAD_S = 0.01
"""How long before an image is due its preparation starts."""
ACKNOWLEDGED_AFTER_S = 2
"""So long the last truths may be on their way; a subscriber that was stopped never has them."""
PARAMETERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    'source': ('photographs', {}, '"photographs" for a flight over ground, or a video file.'),
    'grid': ('', {}, 'Cells such as 4x3 of a flight over several surfaces at once.'),
    'width': (640, integer_range(16, 8192), 'Width of the images (pixels) of the flight.'),
    'height': (480, integer_range(16, 8192), 'Height of the images (pixels) of the flight.'),
    'rate_hz': (30.0, floating_range(0.1, 1000.0), 'Images a second.'),
    'seconds': (0.0, floating_range(0.0, 1e6), 'Length of the show; 0 for no end.'),
    'wait': (False, {}, 'Whether to wait until both topics have a subscriber.'),
    'snapshots': ('', {}, 'Folder where a dozen of the published images are kept; empty: none.'),
}


class CameraNode(Node):
    """Publishes the images of a source at a steady rate."""

    def __init__(self) -> None:
        """Open the source; raises ConfigurationError where that cannot be."""
        super().__init__('camera')
        settings = self._settings = SimpleNamespace(**declare_all(self, PARAMETERS))
        self._source = _source_of(settings)
        self._count = round(settings.seconds * settings.rate_hz)
        self._period_s = 1.0 / settings.rate_hz
        self._lead_s = min(LEAD_S, self._period_s / 2)
        self._keep_every = max(1, self._count // SNAPSHOTS) if settings.snapshots else 0
        self._images = self.create_publisher(Image, 'image_raw', SENSOR_QOS)
        self._truths = self.create_publisher(
            Classification, '~/ground_truth', QoSProfile(depth=1000))
        self._cell_truths = self.create_publisher(
            Detection2DArray, '~/ground_truth_regions', QoSProfile(depth=1000)
        ) if isinstance(self._source, Fields) else None
        self._truth_msg: Classification | None = None
        """That of the last image, until it is published."""
        self._cell_truth_msg: Detection2DArray | None = None

    def publish_all(self) -> None:
        """Publish until the time is up or the context is shut down."""
        while self._settings.wait and self.context.ok() and not self._is_watched():
            time.sleep(0.02)
        start_s = time.monotonic() + self._period_s
        for number in range(self._count) if self._count else itertools.count():
            time_s = number * self._period_s
            if not self._publish_one(number, time_s, start_s + time_s):
                return
        self._publish_truth()
        self._truths.wait_for_all_acked(Duration(seconds=ACKNOWLEDGED_AFTER_S))
        if self._cell_truths is not None:
            self._cell_truths.wait_for_all_acked(Duration(seconds=ACKNOWLEDGED_AFTER_S))

    def _publish_one(self, number: int, time_s: float, due_s: float) -> bool:
        """Publish the source's image of ``time_s`` when it is due; False after a shutdown."""
        sleep_until(due_s - self._lead_s)
        self._publish_truth()
        image, truth = self._source.view(time_s)
        msg = image_to_msg(image)
        sleep_until(due_s)
        if not self.context.ok():
            return False
        msg.header.stamp = self.get_clock().now().to_msg()
        self._images.publish(msg)
        self._truth_msg = Classification(header=msg.header, results=[
            ObjectHypothesis(class_id=truth, score=1.0)] if truth else [])
        if isinstance(self._source, Fields):
            self._cell_truth_msg = cells_to_msg(msg.header, self._source.cells(time_s))
        if self._keep_every and number % self._keep_every == self._keep_every // 2:
            sleep_until(due_s + self._period_s - 2 * self._lead_s)
            content = BytesIO()
            np.save(content, image)
            write_whole(Path(self._settings.snapshots) / f'{stamp_ns_of(msg.header)}.npy',
                        content.getvalue())
        return True

    def _publish_truth(self) -> None:
        if self._truth_msg is not None:
            self._truths.publish(self._truth_msg)
            self._truth_msg = None
        if self._cell_truths is not None and self._cell_truth_msg is not None:
            self._cell_truths.publish(self._cell_truth_msg)
            self._cell_truth_msg = None

    def _is_watched(self) -> bool:
        return bool(self._images.get_subscription_count()
                    and self._truths.get_subscription_count()
                    and (self._cell_truths is None
                         or self._cell_truths.get_subscription_count()))


def image_to_msg(image: np.ndarray, encoding: str = 'bgr8') -> Image:
    """Copy uint8 pixels (height, width[, channels]) into a message without a stamp."""
    # rclpy takes an array.array as it is; any other buffer it copies byte by byte.
    pixels = array('B')
    pixels.frombytes(image.data)
    height, width = image.shape[:2]
    return Image(header=Header(frame_id='camera_optical_frame'), height=height, width=width,
                 encoding=encoding, step=image[0].nbytes, data=pixels)


def cells_to_msg(header: Header, cells: Sequence[tuple[Part, str]]) -> Detection2DArray:
    """One detection a cell: its id, its box in pixels, its surface where it has one."""
    msg = Detection2DArray(header=header)
    for cell, surface in cells:
        detection = Detection2D(header=header, id=cell.id)
        position = detection.bbox.center.position
        position.x = cell.box.left + cell.box.width / 2
        position.y = cell.box.top + cell.box.height / 2
        detection.bbox.size_x = float(cell.box.width)
        detection.bbox.size_y = float(cell.box.height)
        if surface:
            detection.results = [ObjectHypothesisWithPose(
                hypothesis=ObjectHypothesis(class_id=surface, score=1.0))]
        msg.detections.append(detection)
    return msg


def sleep_until(moment_s: float) -> None:
    """Sleep until that moment of the monotonic clock (s); not at all where it has passed."""
    time.sleep(max(0.0, moment_s - time.monotonic()))


def _source_of(settings: SimpleNamespace) -> ImageSource:
    if settings.source == 'photographs':
        grid = grid_of(settings.grid)
        if grid is not None:
            return Fields(settings.width, settings.height, grid)
        return Flight(settings.width, settings.height, settings.seconds or 60.0)
    return Video(settings.source)


def main(argv: Sequence[str] | None = None) -> int:
    """Publish the images; exit code 0, or 1 for a source that cannot be opened."""
    prepare_middleware()
    keep_large_blocks()
    return run('camera_node', argv, CameraNode, lambda node, executor: node.publish_all())
