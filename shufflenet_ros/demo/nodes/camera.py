"""
A camera for demos and replays: photographs in flight or a video file, published as images.

Publishes
    ``image_raw`` (sensor_msgs/Image, bgr8): best effort, volatile, depth 1, as cameras do.
    ``~/ground_truth`` (vision_msgs/Classification): reliable; one message for every image, under
    its header, with the class in view as ``class_id``; no result where nobody knows it.
Reads the parameters
    ``source``: ``photographs`` or the path of a video; ``width``, ``height``: pixels, for the
    photographs; ``rate_hz``; ``seconds``: length of the show, 0 for no end; ``wait``: whether to
    wait until both topics have a subscriber; ``snapshots``: a folder where a dozen of the
    published images are kept as ``<stamp in ns>.npy``, or empty.

An image is made ready shortly before it is due; its stamp is the moment it is let go, as a
sensor's stamp is that of the exposure, so the age of a message holds all that follows. Between
two images the camera keeps still, as a real one uses no CPU: whoever shares the machine with it
is measured, not it. Therefore the truth about an image follows just before the next one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
import itertools
from pathlib import Path
import time
from types import SimpleNamespace

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from vision_msgs.msg import Classification, ObjectHypothesis

from shufflenet_ros.demo.footage import Flight, Footage, Video
from shufflenet_ros.node.conversions import stamp_ns_of
from shufflenet_ros.node.parameters.declaration import declare_all, floating_range, integer_range
from shufflenet_ros.node.qos import SENSOR_QOS
from shufflenet_ros.node.run import run
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.middleware import prepare_middleware

SNAPSHOTS = 12
LEAD_S = 0.01
"""How long before an image is due its making starts."""
PARAMETERS = {
    'source': ('photographs', {}, '"photographs", or the path of a video file.'),
    'width': (640, integer_range(16, 8192), 'Width of the images (pixels), for photographs.'),
    'height': (480, integer_range(16, 8192), 'Height of the images (pixels), for photographs.'),
    'rate_hz': (30.0, floating_range(0.1, 1000.0), 'Images a second.'),
    'seconds': (0.0, floating_range(0.0, 1e6), 'Length of the show; 0 for no end.'),
    'wait': (False, {}, 'Whether to wait until both topics have a subscriber.'),
    'snapshots': ('', {}, 'Folder where a dozen of the published images are kept; empty: none.'),
}


class CameraNode(Node):
    """Publishes a footage at a steady rate."""

    def __init__(self) -> None:
        """Open the source; raises ConfigurationError where that cannot be."""
        super().__init__('camera')
        self._settings = SimpleNamespace(**declare_all(self, PARAMETERS))
        self._footage = self._open()
        self._images = self.create_publisher(Image, 'image_raw', SENSOR_QOS)
        self._truths = self.create_publisher(
            Classification, '~/ground_truth', QoSProfile(depth=1000))

    def show(self) -> None:
        """Publish until the time is up or the context is shut down."""
        settings = self._settings
        while settings.wait and self.context.ok() and not self._is_watched():
            time.sleep(0.02)
        count = round(settings.seconds * settings.rate_hz)
        keep_every = max(1, count // SNAPSHOTS) if settings.snapshots else 0
        period_s = 1.0 / settings.rate_hz
        lead_s = min(LEAD_S, period_s / 2)
        start = time.monotonic() + period_s
        truth_msg = None
        for number in range(count) if count else itertools.count():
            due = start + number * period_s
            sleep_until(due - lead_s)
            if truth_msg is not None:
                self._truths.publish(truth_msg)
            image, truth = self._footage.view(number * period_s)
            image_msg = image_to_msg(image)
            sleep_until(due)
            if not self.context.ok():
                return
            truth_msg = self._let_go(image_msg, truth)
            if keep_every and number % keep_every == keep_every // 2:
                sleep_until(due + period_s - 2 * lead_s)
                self._keep(image, truth_msg)
        if truth_msg is not None:
            self._truths.publish(truth_msg)
        self._truths.wait_for_all_acked()

    def _is_watched(self) -> bool:
        return bool(self._images.get_subscription_count()
                    and self._truths.get_subscription_count())

    def _let_go(self, msg: Image, truth: str) -> Classification:
        msg.header.stamp = self.get_clock().now().to_msg()
        self._images.publish(msg)
        return Classification(header=msg.header, results=[
            ObjectHypothesis(class_id=truth, score=1.0)] if truth else [])

    def _keep(self, image: np.ndarray, truth_msg: Classification) -> None:
        np.save(Path(self._settings.snapshots) / f'{stamp_ns_of(truth_msg.header)}.npy', image)

    def _open(self) -> Footage:
        settings = self._settings
        if settings.source == 'photographs':
            return Flight(settings.width, settings.height, settings.seconds or 60.0)
        return Video(settings.source)


def image_to_msg(image: np.ndarray, encoding: str = 'bgr8') -> Image:
    """Copy uint8 pixels (height, width[, channels]) into a message without a stamp."""
    # rclpy takes an array.array as it is; any other buffer it copies byte by byte.
    pixels = array('B')
    pixels.frombytes(image.data)
    height, width = image.shape[:2]
    return Image(header=Header(frame_id='camera_optical_frame'), height=height, width=width,
                 encoding=encoding, step=image[0].nbytes, data=pixels)


def sleep_until(moment_s: float) -> None:
    """Sleep until that moment of the monotonic clock (s); not at all where it has passed."""
    time.sleep(max(0.0, moment_s - time.monotonic()))


def main(argv: Sequence[str] | None = None) -> int:
    """Show the footage; exit code 0, or 1 for a source that cannot be opened."""
    prepare_middleware()
    keep_large_blocks()
    return run('camera_node', argv, CameraNode, lambda node, executor: node.show())
