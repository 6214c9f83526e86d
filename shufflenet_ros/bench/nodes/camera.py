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
Cameras for benchmarks: prepared images, published at an exact rate; only their stamps are new.

Publishes
    ``image_raw``, or ``<camera>/image_raw`` for each name in ``cameras`` (sensor_msgs/Image), or
    with the encoding jpeg ``image_raw/compressed`` (sensor_msgs/CompressedImage): best effort,
    volatile, depth 1, as cameras do.
Reads the parameters
    ``cameras``: their names, or one empty name; ``width``, ``height``: pixels; ``encoding``: bgr8,
    rgb8, mono8 or jpeg; ``rate_hz``: images a second of each camera; ``images``: how many of each
    camera are counted; ``warm_up``: how many of each come before those, at ``warm_up_rate_hz``.
Prints
    ``ready`` when every topic has a subscriber; it then waits for a line, or the end, of its
    standard input. ``counting`` when the warm-up is over. At last one line of JSON:
    ``published`` (counted images of each camera), ``seconds`` (from the first of them to one
    period after the last), ``first_stamp_ns``, ``latest_ms`` (how late an image was at worst) and
    ``cpu_s`` (of this process).

The cameras are not synchronized: their images come evenly spread over a period. After a stall of
more than some milliseconds the images stay late; no burst makes up for it.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
import sys
import time
from types import SimpleNamespace
from typing import Any

import cv2
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.bench.nodes.views import JPEG, JPEG_FORMAT, jpeg_of, prepared_views
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.demo.nodes.camera import image_to_msg, sleep_until
from shufflenet_ros.node.camera_topics import image_topic
from shufflenet_ros.node.parameters.declaration import declare_all
from shufflenet_ros.node.parameters.ranges import floating_range, integer_range
from shufflenet_ros.node.qos import SENSOR_QOS
from shufflenet_ros.node.run import run
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.middleware import prepare_middleware

SETTLE_S = 0.2
"""A subscriber that this side knows may not know this side yet, and would miss images."""
STALL_S = 0.005
"""A camera that is later than this does not catch up."""
ENCODINGS = {'bgr8': None, 'rgb8': cv2.COLOR_BGR2RGB, 'mono8': cv2.COLOR_BGR2GRAY, JPEG: None}
PARAMETERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    'cameras': ([''], {}, 'Names of the cameras; one empty name: image_raw without one.'),
    'width': (640, integer_range(16, 8192), 'Width of the images (pixels).'),
    'height': (480, integer_range(16, 8192), 'Height of the images (pixels).'),
    'encoding': ('bgr8', {}, f'One of {", ".join(ENCODINGS)}.'),
    'rate_hz': (30.0, floating_range(0.1, 1e5), 'Images a second of each camera.'),
    'images': (300, integer_range(1, 10 ** 9), 'Counted images of each camera.'),
    'warm_up': (30, integer_range(0, 10 ** 6), 'Images of each camera before those.'),
    'warm_up_rate_hz': (30.0, floating_range(0.1, 1e5), 'Images a second of each of these.'),
}


class BenchCamera(Node):
    """Publishes prepared images again and again, for one or several cameras."""

    def __init__(self) -> None:
        """Prepare the images; raises ConfigurationError for an unknown encoding."""
        super().__init__('camera')
        settings = SimpleNamespace(**declare_all(self, PARAMETERS))
        if settings.encoding not in ENCODINGS:
            raise ConfigurationError(f'parameter encoding: {settings.encoding!r}, expected one of '
                                     f'{", ".join(ENCODINGS)}')
        self._settings = settings
        self._prepared = _prepared_msgs(settings.width, settings.height, settings.encoding)
        kind, transport = ((CompressedImage, 'compressed') if settings.encoding == JPEG
                           else (Image, 'raw'))
        self._publishers_of = [
            (f'{name or "camera"}_optical_frame', self.create_publisher(
                kind, image_topic(name, transport=transport), SENSOR_QOS))
            for name in settings.cameras]

    def publish_all(self) -> None:
        """Wait for subscribers and for a line of input, then publish all images."""
        settings = self._settings
        while self.context.ok() and not self._is_watched():
            time.sleep(0.02)
        time.sleep(SETTLE_S)
        _print_line('ready')
        sys.stdin.readline()
        if settings.warm_up:
            self._publish(settings.warm_up, settings.warm_up_rate_hz)
        _print_line('counting')
        _print_line(json.dumps(self._publish(settings.images, settings.rate_hz)))

    def _is_watched(self) -> bool:
        return all(publisher.get_subscription_count() for _, publisher in self._publishers_of)

    def _publish(self, images: int, rate_hz: float) -> dict[str, float]:
        cameras = len(self._publishers_of)
        period_s = 1.0 / (rate_hz * cameras)
        start = due = time.monotonic() + period_s
        first_stamp_ns, latest_s, published, cpu_s = 0, 0.0, 0, time.process_time()
        for number in range(images * cameras):
            sleep_until(due)
            if not self.context.ok():
                break
            latest_s = max(latest_s, time.monotonic() - due)
            stamp_ns = self._publish_one(number)
            first_stamp_ns = first_stamp_ns or stamp_ns
            published += 1
            due = max(due + period_s, time.monotonic() - STALL_S)
        return {'published': published // cameras, 'seconds': due - start,
                'first_stamp_ns': first_stamp_ns, 'latest_ms': latest_s * 1e3,
                'cpu_s': time.process_time() - cpu_s}

    def _publish_one(self, number: int) -> int:
        """Publish an image of the camera whose turn it is, and give its stamp (ns)."""
        turn, camera = divmod(number, len(self._publishers_of))
        frame_id, publisher = self._publishers_of[camera]
        msg = self._prepared[turn % len(self._prepared)]
        msg.header.frame_id = frame_id
        msg.header.stamp = self.get_clock().now().to_msg()
        publisher.publish(msg)
        return stamp_ns_of(msg.header)


def _prepared_msgs(width: int, height: int, encoding: str) -> list[Any]:
    views = prepared_views(width, height)
    if encoding == JPEG:
        return [CompressedImage(format=JPEG_FORMAT, data=jpeg_of(view))
                for view in views]
    code = ENCODINGS[encoding]
    return [image_to_msg(view if code is None else cv2.cvtColor(view, code), encoding)
            for view in views]


def _print_line(line: str) -> None:
    print(plain(line, 1_000_000), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Publish until all images are out or a signal comes; exit code 0."""
    prepare_middleware()
    keep_large_blocks()
    return run('bench_camera', argv, BenchCamera, lambda node, executor: node.publish_all())
