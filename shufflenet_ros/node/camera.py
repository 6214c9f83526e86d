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
One camera of the classifier: its subscription and the topics of its results.

The publishers live from configure to cleanup, the subscription from activate to deactivate. The
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
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, Classification, StageTimings
from shufflenet_ros.core.pipeline import Pipeline
from shufflenet_ros.node.camera_topics import image_topic, result_prefix, TRANSPORTS
from shufflenet_ros.node.conversions import (
    classification_to_msg,
    compressed_frame_from_msg,
    frame_from_msg,
    latency_to_msg,
)
from shufflenet_ros.node.diagnostics import Diagnostics
from shufflenet_ros.node.input_publishers import InputPublishers
from shufflenet_ros.node.input_warnings import InputWarnings
from shufflenet_ros.node.label_topic import LabelTopic
from shufflenet_ros.node.node_watch import full_name
from shufflenet_ros.node.qos import advertise, describe_qos, subscribe
from shufflenet_ros.node.stage_topics import StageTopics
from shufflenet_ros.process.thread_priority import pause_executor
from vision_msgs.msg import Classification as ClassificationMsg

MESSAGES: dict[str, tuple[type, Callable[..., AnyFrame]]] = {
    'raw': (Image, frame_from_msg), 'compressed': (CompressedImage, compressed_frame_from_msg)}
"""Transport to its message, and what makes a frame of it."""


class Camera:
    """The topics of one camera."""

    def __init__(self, node: Node, name: str, transport: str, pipeline: Pipeline,
                 diagnostics: Diagnostics) -> None:
        """Advertise the results; ConfigurationError where a QoS override cannot be."""
        self._node = node
        self._pipeline = pipeline
        self._diagnostics = diagnostics
        self._node_name = full_name(node)
        self._title = name
        self._transport = transport
        self._kind, self._frame_from_msg = MESSAGES[transport]
        self.name = image_topic(name)
        # Appended to what image_raw is remapped to, as image_transport does.
        self._topic = node.resolve_topic_name(self.name) + TRANSPORTS[transport]
        self.prefix = result_prefix(name)
        self._warnings = InputWarnings(node.get_logger(), self._topic)
        self._subscription: Subscription | None = None
        # Images have a group of their own: no service may keep them waiting.
        self._group = MutuallyExclusiveCallbackGroup()
        self._publishers: list[Any] = []
        self._results = self._advertise(ClassificationMsg, 'classification')
        self._latencies = self._advertise(DiagnosticArray, 'frame_latency')
        self._stages = StageTopics(node, self.prefix)
        self._label = LabelTopic(node, self.prefix)

    def subscribe(self) -> None:
        """Take images from now on; ConfigurationError where a QoS override cannot be."""
        self._subscription = subscribe(
            self._node, self._kind, self._topic, self._receive,
            self._warnings.incompatible_publisher, callback_group=self._group)
        self._warnings.restart()
        publishers = InputPublishers(self._node, self._subscription, self._transport, self.name)
        self._diagnostics.add_camera(self.name, publishers, self._title, self._warnings.check)

    def describe_input(self) -> str:
        """Say in words for the log what is subscribed to; empty while nothing is."""
        if self._subscription is None:
            return ''
        return (f'{self._subscription.topic_name} ({self._transport}, '
                f'{describe_qos(self._subscription.qos_profile)})')

    def unsubscribe(self) -> None:
        """Take no more images."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def destroy(self) -> None:
        """Destroy the topics of the results as well."""
        self.unsubscribe()
        self._stages.close()
        self._label.close()
        for publisher in self._publishers:
            self._node.destroy_publisher(publisher)
        self._publishers.clear()

    def publish(self, frame: AnyFrame, classification: Classification) -> None:
        """Publish a result under its image's own header."""
        self._results.publish(classification_to_msg(frame.header, classification))

    def report(self, frame: AnyFrame, timings: StageTimings, database_version: int,
               label: str) -> None:
        """Publish a frame's timings under its image's own header, and its class in words."""
        self._latencies.publish(latency_to_msg(
            frame.header, self._node_name, self._topic, timings,
            self._pipeline.counters(self.name), database_version, label))
        self._label.publish(label)
        self._stages.publish(timings)

    def _receive(self, msg: Any) -> None:
        received_ns = time.monotonic_ns()
        now_ns = self._node.get_clock().now().nanoseconds
        try:
            frame = self._frame_from_msg(msg, received_ns, now_ns)
        except FrameError as error:
            self._diagnostics.record_arrival(self.name, received_ns, 0, None)
            self._pipeline.reject(self.name, error)
        else:
            self._pipeline.submit(self.name, frame)
            self._warnings.record_frame(frame)
            self._diagnostics.record_arrival(
                self.name, received_ns, frame.stamp_ns, frame.age_at_receipt_ns)
            pause_executor()

    def _advertise(self, kind: type, topic: str) -> Any:
        publisher = advertise(self._node, kind, self.prefix + topic,
                              self._warnings.incompatible_subscriber)
        self._publishers.append(publisher)
        return publisher
