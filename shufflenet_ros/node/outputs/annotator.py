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
Annotated images: each frame with its result drawn on it, for image viewers.

Publishes
    ``<prefix>annotated`` (sensor_msgs/Image, bgr8) and ``<prefix>annotated/compressed``
    (sensor_msgs/CompressedImage, jpeg): reliable, depth 1, under the header of the frame; each is
    made only while that very topic has subscribers. With a grid or a detector's boxes it has a
    footer: it is higher than the frame, whose pixels keep their places.

One thread of its own draws the newest frame of each camera; results never wait for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import isnan
import threading
from typing import NamedTuple

import cv2
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.annotate import annotate, NamedHypothesis
from shufflenet_ros.core.annotation.labels import NamedPart
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.errors import describe
from shufflenet_ros.core.frame import AnyFrame, Classification, PartResult, StageTimings
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.image import placed_image, Placement
from shufflenet_ros.core.lettering import missing_letters
from shufflenet_ros.core.parts import Box, View
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.outputs.recent_results import RecentResults
from shufflenet_ros.node.outputs.subscribers import SubscriberCheck
from shufflenet_ros.node.public_names import ANNOTATED, ANNOTATED_COMPRESSED
from shufflenet_ros.node.throttled_log import ThrottledLog
from shufflenet_ros.process.output import take_complaints
from shufflenet_ros.process.thread_priority import lower_drawing_priority
from std_msgs.msg import Header

NEWEST_QOS = QoSProfile(depth=1)
MAX_PIXELS, MAX_SIDE = 2 ** 23, 16384
"""Of an annotated image, 3840x2160 and a little more: larger frames are drawn smaller."""
JPEG_QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 80)
FORMAT = 'bgr8; jpeg compressed bgr8'


class Drawing(NamedTuple):
    """A frame with all that is drawn on it; it keeps the borrowed bytes of its message alive."""

    frame: AnyFrame
    classification: Classification | None
    """None where only boxes are known."""
    timings: StageTimings | None
    labels: Sequence[str]
    geometry: Geometry
    is_damaged: bool
    """Whether libraries complain when they decode it."""
    view: View = EVERYTHING
    boxes: Sequence[PartResult] | None = None
    """Of a detector; None where there is none."""


class Annotator:
    """Draws and publishes; ``submit`` takes a few microseconds."""

    def __init__(self, node: Node) -> None:
        """Start the thread; cameras are added with :meth:`add_camera`."""
        self._node = node
        self._outputs: dict[str, _Output] = {}
        self._newest: dict[str, Drawing] = {}
        # A bare lock, held while there is nothing to draw: waking a thread through a condition
        # takes four times as long, and the results would wait for it.
        self._idle = threading.Lock()
        self._idle.acquire()
        self._is_closed = False
        self._labels: Sequence[str] = ()
        self.draws_damaged = False
        """Whether complaints of libraries may be about an image that is being drawn."""
        self._log = ThrottledLog(node.get_logger())
        self._thread = threading.Thread(target=self._work, name='annotate', daemon=True)
        self._thread.start()

    def add_camera(self, camera: str, prefix: str = '~/') -> None:
        """Advertise the topics of a camera under the prefix of its results."""
        self._outputs[camera] = _Output(self._node, prefix)

    def submit(self, camera: str, frame: AnyFrame, classification: Classification,
               timings: StageTimings, labels: Sequence[str], geometry: Geometry,
               is_damaged: bool = False, view: View = EVERYTHING,
               waits_for_boxes: bool = False) -> None:
        """
        Take a frame over to be drawn, if there are subscribers; it replaces a waiting one.

        ``view`` is what was looked at. A frame that ``waits_for_boxes`` of a detector is drawn
        when they are given to :meth:`submit_boxes`, or at once while none come.
        """
        output = self._outputs.get(camera)
        if output is None or not output.has_subscribers():
            return
        if waits_for_boxes and output.recent.keep(frame.stamp_ns, (classification, timings)):
            return
        self._newest[camera] = Drawing(frame, classification, timings, labels, geometry,
                                       is_damaged, view, () if waits_for_boxes else None)
        self._wake()

    def submit_boxes(self, camera: str, frame: AnyFrame, boxes: Sequence[PartResult],
                     labels: Sequence[str], geometry: Geometry, view: View = EVERYTHING) -> None:
        """Take over the boxes of a frame, be it none of them, in its own pixels, to be drawn."""
        output = self._outputs.get(camera)
        if output is not None and output.has_subscribers():
            classification, timings = output.recent.take(frame.stamp_ns) or (None, None)
            self._newest[camera] = Drawing(
                frame, classification, timings, labels, geometry, False, view, boxes)
            self._wake()

    def close(self, timeout_s: float = 1.0) -> None:
        """Drop what waits, let the frame at work be finished, and destroy the topics."""
        self._is_closed = True
        self._wake()
        self._thread.join(timeout_s)
        for output in self._outputs.values():
            output.close()
        self._outputs.clear()
        self._newest.clear()

    def _wake(self) -> None:
        try:
            self._idle.release()
        except RuntimeError:  # the thread is awake
            pass

    def _work(self) -> None:
        lower_drawing_priority()
        self._idle.acquire()
        while not self._is_closed:
            for camera in list(self._newest):  # each once, then what came meanwhile
                self._draw_and_publish(camera, self._newest.pop(camera))
            self._idle.acquire()

    def _draw_and_publish(self, camera: str, drawing: Drawing) -> None:
        self.draws_damaged = drawing.is_damaged
        try:
            self._outputs[camera].publish(drawing.frame.header, _draw(drawing))
            self._warn_of_letters(drawing.labels)
        except Exception as error:  # whatever fails here, the next image must be drawn
            if self._node.context.ok():
                self._log.warn(f'image of {camera or "image_raw"} cannot be annotated: '
                               f'{describe(error)}', camera)
        finally:
            if self.draws_damaged:
                take_complaints()  # counted when it was classified
                self.draws_damaged = False


    def _warn_of_letters(self, labels: Sequence[str]) -> None:
        """Say once for each model which letters of its labels cannot be drawn."""
        if labels is self._labels:
            return
        self._labels = labels
        missing = missing_letters(''.join(labels))
        if missing:
            self._log.warn(
                f'labels have letters that no font here has ({plain(missing, 20)}): annotated '
                'images show their codes; install a font (apt install fonts-noto-cjk, for '
                'example) and python3-pil')


class _Output:
    """Both topics of one camera."""

    def __init__(self, node: Node, prefix: str) -> None:
        self._node = node
        self._raw = node.create_publisher(Image, f'{prefix}{ANNOTATED}', NEWEST_QOS)
        self._compressed = node.create_publisher(
            CompressedImage, f'{prefix}{ANNOTATED_COMPRESSED}', NEWEST_QOS)
        self._raw_check = SubscriberCheck(self._raw)
        self._compressed_check = SubscriberCheck(self._compressed)
        self.recent = RecentResults()

    def has_subscribers(self) -> bool:
        return self._raw_check.has_subscribers() or self._compressed_check.has_subscribers()

    def publish(self, header: Header, image: np.ndarray) -> None:
        if self._raw_check.has_subscribers():
            height, width = image.shape[:2]
            self._raw.publish(Image(header=header, height=height, width=width, encoding='bgr8',
                                    step=3 * width, data=_bytes_of(image)))
        if self._compressed_check.has_subscribers():
            jpeg = cv2.imencode('.jpg', image, JPEG_QUALITY)[1]
            self._compressed.publish(
                CompressedImage(header=header, format=FORMAT, data=_bytes_of(jpeg)))

    def close(self) -> None:
        self._node.destroy_publisher(self._raw)
        self._node.destroy_publisher(self._compressed)


def _draw(drawing: Drawing) -> np.ndarray:
    image, placement = placed_image(drawing.frame, MAX_PIXELS, MAX_SIDE)
    view, result, labels = drawing.view, drawing.classification, drawing.labels
    region = placement.place(view.whole(*placement.sent))
    hypotheses = seen = None
    if result is not None and view.has_whole:
        hypotheses = [NamedHypothesis(labels[found.index], found.score)
                      for found in result.hypotheses]
        seen = drawing.geometry.crop_of(region)
    cells = result.parts if result is not None and view.grid else None
    return annotate(image, hypotheses, seen, _note(drawing.timings), region=region,
                    cells=_named(cells, labels, placement),
                    boxes=_named(drawing.boxes, labels, placement))


def _note(timings: StageTimings | None) -> str:
    if timings is None:
        return ''
    milliseconds = timings.milliseconds()
    total_ms = milliseconds['total']
    age = 'age unknown' if isnan(total_ms) else f'age {total_ms:.1f} ms'
    return f'{age}   inference {milliseconds["inference"]:.1f} ms'


def _named(parts: Sequence[PartResult] | None, labels: Sequence[str],
           placement: Placement) -> list[NamedPart] | None:
    """Give parts as they are drawn, where there are any to be."""
    if parts is None:
        return None
    return [_named_part(placement.place(found.part.box), found.classification, labels)
            for found in parts]


def _named_part(box: Box, found: Classification, labels: Sequence[str]) -> NamedPart:
    best = found.hypotheses[0] if found.hypotheses else found.best
    if best is None:
        return NamedPart(box, 0, '', 0.0, is_above=False)
    return NamedPart(box, best.index, labels[best.index], best.score, bool(found.hypotheses))


def _bytes_of(samples: np.ndarray) -> array:
    # rclpy takes an array.array as it is; any other buffer it copies byte by byte.
    data = array('B')
    data.frombytes(samples.data)
    return data
