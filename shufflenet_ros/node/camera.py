"""
One camera of the classifier: its topic in, its topics out.

The outputs live from configure to cleanup, the subscription from activate to deactivate. The
callback borrows the image, hands it on and returns; what becomes of it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CompressedImage, Image
from vision_msgs.msg import Classification as ClassificationMsg

from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import Classification, Frame, StageTimings
from shufflenet_ros.core.pipeline import Pipeline
from shufflenet_ros.node.conversions import (
    classification_to_msg,
    compressed_frame_from_msg,
    frame_from_msg,
    latency_to_msg,
)
from shufflenet_ros.node.diagnostics import Diagnostics
from shufflenet_ros.node.input_warnings import InputWatch
from shufflenet_ros.node.qos import advertise, subscribe
from shufflenet_ros.node.stage_topics import StageTopics
from shufflenet_ros.process.thread_priority import pause_executor

MESSAGES: dict[str, tuple[type, Callable[..., Any]]] = {
    'raw': (Image, frame_from_msg), 'compressed': (CompressedImage, compressed_frame_from_msg)}


class Camera:
    """The topics of one camera."""

    def __init__(self, node: Node, name: str, transport: str, pipeline: Pipeline,
                 diagnostics: Diagnostics) -> None:
        """Advertise the outputs; ConfigurationError where a QoS override cannot be."""
        self._node = node
        self._pipeline = pipeline
        self._diagnostics = diagnostics
        self._title = name
        self._kind, self._frame_from_msg = MESSAGES[transport]
        self.name = f'{name}/image_raw' if name else 'image_raw'
        # Appended to what image_raw is remapped to, as image_transport does.
        self._topic = node.resolve_topic_name(self.name) + (
            '/compressed' if transport == 'compressed' else '')
        self.prefix = f'~/{name}/' if name else '~/'
        self.watch = InputWatch(node.get_logger(), self._topic)
        self._subscription: Subscription | None = None
        # Images have a group of their own: no service may keep them waiting.
        self._group = MutuallyExclusiveCallbackGroup()
        self._publishers: list[Any] = []
        self._results = self._advertise(ClassificationMsg, 'classification')
        self._latencies = self._advertise(DiagnosticArray, 'frame_latency')
        self._stages = StageTopics(node, self.prefix)

    def open(self) -> None:
        """Subscribe; ConfigurationError where a QoS override cannot be."""
        self._subscription = subscribe(
            self._node, self._kind, self._topic, self._receive,
            self.watch.incompatible_publisher, callback_group=self._group)
        self.watch.restart()
        self._diagnostics.watch(self.name, self._subscription, self._title)

    def close(self) -> None:
        """Take no more images."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def destroy(self) -> None:
        """Take the outputs back as well."""
        self.close()
        self._stages.close()
        for publisher in self._publishers:
            self._node.destroy_publisher(publisher)
        self._publishers.clear()

    def look(self) -> None:
        """Let the watch compare what was announced with what arrived; call it once a second."""
        if self._subscription is not None:
            self.watch.look(time.monotonic(), self._count_publishers())

    def publish(self, frame: Frame, classification: Classification) -> None:
        """Publish a result under its image's own header."""
        self._results.publish(classification_to_msg(frame.header, classification))

    def report(self, frame: Frame, timings: StageTimings, database_version: int) -> None:
        """Publish a frame's timings under its image's own header."""
        self._latencies.publish(latency_to_msg(
            frame.header, self._node.get_name(), self.name, timings,
            self._pipeline.counters(self.name), database_version))
        self._stages.publish(timings)

    def _receive(self, msg: Any) -> None:
        received_ns = time.monotonic_ns()
        now_ns = self._node.get_clock().now().nanoseconds
        self.watch.arrived()
        try:
            frame = self._frame_from_msg(msg, received_ns, now_ns)
        except FrameError as error:
            self._diagnostics.receive(self.name, received_ns, 0, None)
            self._pipeline.reject(self.name, error)
        else:
            self._pipeline.submit(self.name, frame)
            self._diagnostics.receive(
                self.name, received_ns, frame.stamp_ns, frame.age_at_receipt_ns)
            pause_executor()

    def _advertise(self, kind: type, topic: str) -> Any:
        publisher = advertise(self._node, kind, self.prefix + topic,
                              self.watch.incompatible_subscriber)
        self._publishers.append(publisher)
        return publisher

    def _count_publishers(self) -> int:
        if hasattr(self._subscription, 'get_publisher_count'):
            return self._subscription.get_publisher_count()
        return self._node.count_publishers(self._topic)  # Humble: those that do not fit as well
