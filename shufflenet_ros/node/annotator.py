"""
Frames with the node's opinion drawn on them, for whoever looks.

Publishes
    ``<prefix>annotated`` (sensor_msgs/Image, bgr8) and ``<prefix>annotated/compressed``
    (sensor_msgs/CompressedImage, jpeg): reliable, depth 1, under the header of the frame; each is
    made only while somebody listens to that very topic.

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
from shufflenet_ros.core.errors import describe
from shufflenet_ros.core.frame import Classification, CompressedFrame, Frame, StageTimings
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.image import bgr_image
from shufflenet_ros.node.subscribers import Audience
from shufflenet_ros.process.thread_priority import lower_drawing_priority

NEWEST_QOS = QoSProfile(depth=1)
JPEG_QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 80)
FORMAT = 'bgr8; jpeg compressed bgr8'


class Offer(NamedTuple):
    """A frame with all that is drawn on it; it keeps the borrowed bytes of its message alive."""

    frame: Frame | CompressedFrame
    classification: Classification
    timings: StageTimings
    labels: Sequence[str]
    geometry: Geometry


class Annotator:
    """Draws and publishes; ``offer`` takes a few microseconds."""

    def __init__(self, node: Node) -> None:
        """Start the thread; cameras come with :meth:`serve`."""
        self._node = node
        self._outputs: dict[str, _Output] = {}
        self._newest: dict[str, Offer] = {}
        # A bare lock, held while there is nothing to draw: waking a thread through a condition
        # takes four times as long, and the results would wait for it.
        self._idle = threading.Lock()
        self._idle.acquire()
        self._is_closed = False
        self._reason = ''
        self._thread = threading.Thread(target=self._work, name='annotate', daemon=True)
        self._thread.start()

    def serve(self, camera: str, prefix: str = '~/') -> None:
        """Announce the topics of a camera under the prefix of its results."""
        self._outputs[camera] = _Output(self._node, prefix)

    def offer(self, camera: str, frame: Frame | CompressedFrame, classification: Classification,
              timings: StageTimings, labels: Sequence[str], geometry: Geometry) -> None:
        """Take a frame over to be drawn, if anybody looks; one that still waits gives way."""
        output = self._outputs.get(camera)
        if output is not None and output.is_watched():
            self._newest[camera] = Offer(frame, classification, timings, labels, geometry)
            self._wake()

    def close(self, timeout_s: float = 1.0) -> None:
        """Drop what waits, let the frame at work be finished, and take the topics back."""
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
        except RuntimeError:  # it is awake
            pass

    def _work(self) -> None:
        lower_drawing_priority()
        self._idle.acquire()
        while not self._is_closed:
            for camera in list(self._newest):  # each once, then what came meanwhile
                self._show(camera, self._newest.pop(camera))
            self._idle.acquire()

    def _show(self, camera: str, offer: Offer) -> None:
        try:
            self._outputs[camera].publish(offer.frame.header, _draw(offer))
        except Exception as error:  # whatever a drawing may do, the next one is tried
            self._complain(camera, error)

    def _complain(self, camera: str, error: Exception) -> None:
        reason = describe(error)
        if reason != self._reason and self._node.context.ok():
            self._reason = reason
            self._node.get_logger().warning(
                f'image of {camera or "image_raw"} cannot be annotated: {reason}')


class _Output:
    """Both topics of one camera."""

    def __init__(self, node: Node, prefix: str) -> None:
        self._node = node
        self._raw = node.create_publisher(Image, f'{prefix}annotated', NEWEST_QOS)
        self._compressed = node.create_publisher(
            CompressedImage, f'{prefix}annotated/compressed', NEWEST_QOS)
        self._of_raw, self._of_compressed = Audience(self._raw), Audience(self._compressed)

    def is_watched(self) -> bool:
        return self._of_raw.is_there() or self._of_compressed.is_there()

    def publish(self, header, picture: np.ndarray) -> None:
        if self._of_raw.is_there():
            height, width = picture.shape[:2]
            self._raw.publish(Image(header=header, height=height, width=width, encoding='bgr8',
                                    step=3 * width, data=_bytes_of(picture)))
        if self._of_compressed.is_there():
            jpeg = cv2.imencode('.jpg', picture, JPEG_QUALITY)[1]
            self._compressed.publish(
                CompressedImage(header=header, format=FORMAT, data=_bytes_of(jpeg)))

    def close(self) -> None:
        self._node.destroy_publisher(self._raw)
        self._node.destroy_publisher(self._compressed)


def _draw(offer: Offer) -> np.ndarray:
    picture = bgr_image(offer.frame)
    guesses = [NamedHypothesis(offer.labels[hypothesis.index], hypothesis.score)
               for hypothesis in offer.classification.hypotheses]
    milliseconds = offer.timings.milliseconds()
    total_ms = milliseconds['total']
    age = 'age unknown' if isnan(total_ms) else f'age {total_ms:.1f} ms'
    annotate(picture, guesses, offer.geometry.region(*picture.shape[:2]),
             f'{age}   inference {milliseconds["inference"]:.1f} ms')
    return picture


def _bytes_of(samples: np.ndarray) -> array:
    # rclpy takes an array.array as it is; any other buffer it copies byte by byte.
    data = array('B')
    data.frombytes(samples.data)
    return data
