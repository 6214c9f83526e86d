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

The publishers live from configure to cleanup, the subscription from activate to deactivate. No
executor serves the subscription: a worker takes the newest image when it is free for it.
"""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.frame import AnyFrame, Classification, Delivery, StageTimings
from shufflenet_ros.core.pipeline import Pipeline
from shufflenet_ros.monitoring.facts import CameraFacts
from shufflenet_ros.monitoring.thresholds import Thresholds
from shufflenet_ros.node.camera_topics import image_topic, result_prefix, TRANSPORTS
from shufflenet_ros.node.conversions import (
    compressed_frame_from_msg,
    frame_from_msg,
    LatencyMessage,
    ResultMessage,
)
from shufflenet_ros.node.detections import Detections
from shufflenet_ros.node.health.diagnostics import Diagnostics
from shufflenet_ros.node.health.input_publishers import InputPublishers
from shufflenet_ros.node.health.input_warnings import InputWarnings
from shufflenet_ros.node.health.node_watch import full_name
from shufflenet_ros.node.image_source import serve_events, WITHHELD
from shufflenet_ros.node.lost_messages import LostMessages
from shufflenet_ros.node.outputs.label_topic import LabelTopic
from shufflenet_ros.node.outputs.stage_topics import StageTopics
from shufflenet_ros.node.public_names import (
    CLASSIFICATION,
    CLASSIFICATION_RAW,
    FRAME_LATENCY,
    REGIONS,
    REGIONS_LEFT_OUT,
    REGIONS_RAW,
)
from shufflenet_ros.node.qos import advertise, describe_qos, JOINED_QOS, SENSOR_QOS, subscribe
from shufflenet_ros.node.rclpy_versions import take, Taken
from shufflenet_ros.node.region_bytes import regions_bytes
from shufflenet_ros.node.sequence_numbers import SequenceNumbers
from std_msgs.msg import Header
from vision_msgs.msg import Classification as ClassificationMsg
from vision_msgs.msg import Detection2DArray

MESSAGES: dict[str, tuple[type, Callable[..., AnyFrame]]] = {
    'raw': (Image, frame_from_msg), 'compressed': (CompressedImage, compressed_frame_from_msg)}
"""Transport to its message, and what makes a frame of it."""


class Camera:
    """The topics of one camera."""

    def __init__(self, node: Node, name: str, transport: str, pipeline: Pipeline,
                 diagnostics: Diagnostics, detections: Detections | None = None) -> None:
        """
        Advertise the results; ConfigurationError where a QoS override cannot be.

        Images are kept for the ``detections``, where there are any.
        """
        self._node = node
        self._pipeline = pipeline
        self._diagnostics = diagnostics
        self._detections = detections
        self._title = name
        self._transport = transport
        self._kind, self._frame_from_msg = MESSAGES[transport]
        self.name = image_topic(name)
        # Appended to what image_raw is remapped to, as image_transport does.
        self._topic = node.resolve_topic_name(self.name) + TRANSPORTS[transport]
        self.prefix = result_prefix(name)
        self._warnings = InputWarnings(node.get_logger(), self._topic)
        self._subscription: Subscription | None = None
        self._input: InputPublishers | None = None
        self._sequence_numbers = SequenceNumbers(self._publishers_of_images)
        self._lost: LostMessages | None = None
        self._publishers: list[Any] = []
        self._results = self._advertise(ClassificationMsg, CLASSIFICATION)
        self._result = ResultMessage()
        self._regions = _Parts(self._advertise(Detection2DArray, REGIONS))
        self._raw = self._advertise(ClassificationMsg, CLASSIFICATION_RAW)
        self._raw_regions = _Parts(self._advertise(Detection2DArray, REGIONS_RAW))
        self._latencies = self._advertise(DiagnosticArray, FRAME_LATENCY)
        self._left_out = 0
        self._latency = LatencyMessage(full_name(node), self._topic)
        self._stages = StageTopics(node, self.prefix)
        self._label = LabelTopic(node, self.prefix)

    @property
    def has_boxes(self) -> bool:
        """Whether a detector has boxes for its images."""
        return self._detections is not None

    def subscribe(self) -> Subscription:
        """Have images kept from now on; ConfigurationError where a QoS override cannot be."""
        self._subscription = subscribe(
            self._node, self._kind, self._topic, self._warnings.incompatible_publisher, WITHHELD,
            JOINED_QOS if self._detections else SENSOR_QOS)
        self._sequence_numbers = SequenceNumbers(self._publishers_of_images)
        self._lost = LostMessages(self._subscription)
        self._warnings.restart()
        self._input = InputPublishers(self._node, self._subscription, self._transport, self.name)
        self._diagnostics.add_camera(
            self.name, self._input, self._title, self._check, self._values)
        return self._subscription

    def take(self) -> Delivery | None:
        """Take the newest image, on the thread of a worker; None where there is none."""
        subscription = self._subscription
        taken = take(subscription) if subscription is not None else None
        if subscription is None or taken is None:
            return None
        missed, lost = self._missed_before(taken)
        frame, received_ns = self._kept(taken)
        skipped = 0
        if subscription.qos_profile.depth != 1:  # older ones may wait before the newest
            now_ns = time.time_ns()
            while taken.received_ns < now_ns and (newer := take(subscription)) is not None:
                taken, skipped = newer, skipped + 1
                frame, received_ns = self._kept(taken)
                more_missed, more_lost = self._missed_before(taken)
                missed, lost = missed + more_missed, lost + more_lost
        return Delivery(frame, received_ns, taken.published_ns, missed, lost, skipped)

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
        self.stop_taking()

    def stop_taking(self) -> None:
        """Let go of what :meth:`take` holds of the subscription; from any thread."""
        lost, self._lost = self._lost, None
        if lost is not None:
            lost.close()

    def destroy(self) -> None:
        """Destroy the topics of the results as well."""
        self.unsubscribe()
        self._stages.close()
        self._label.close()
        for publisher in self._publishers:
            self._node.destroy_publisher(publisher)
        self._publishers.clear()

    def publish(self, frame: AnyFrame, classification: Classification,
                raw: Classification | None) -> None:
        """Publish a result under its image's own header, and the raw one of an average."""
        if classification.best is not None:
            self._results.publish(self._result.fill(frame.header, classification))
        self._regions.publish(frame.header, classification)
        if raw is not None:
            if raw.best is not None:
                self._raw.publish(self._result.fill(frame.header, raw))
            self._raw_regions.publish(frame.header, raw)

    def report(self, frame: AnyFrame, timings: StageTimings, database_version: int,
               label: str, classification: Classification) -> None:
        """Publish a frame's timings under its image's own header, and its class in words."""
        self._left_out += classification.left_out
        self._latencies.publish(self._latency.fill(
            frame.header, timings, self._pipeline.counters(self.name), database_version, label,
            (classification.best is not None) + len(classification.parts),
            classification.left_out))
        self._label.publish(label)
        self._stages.publish(timings)

    def record(self, delivery: Delivery, arrived: int) -> None:
        """Take note of an image that was taken, and of how many reached this process with it."""
        frame, stamp_ns, age_ns = delivery.frame, 0, None
        if not isinstance(frame, FrameError):
            stamp_ns, age_ns = frame.stamp_ns, frame.age_at_receipt_ns
            self._warnings.record_frame(frame)
            if self._input is not None:
                self._input.image_bytes = len(frame.data)
        self._diagnostics.record_arrival(
            self.name, delivery.received_ns, stamp_ns, age_ns, arrived)

    def _values(self) -> dict[str, Any]:
        """Give the values that only some cameras have something to count for."""
        of_boxes = self._detections.values() if self._detections else {}
        return {REGIONS_LEFT_OUT: self._left_out, **of_boxes}

    def _check(self, facts: CameraFacts, limits: Thresholds) -> None:
        """Serve the events that the executor does not, and log what is new; once a second."""
        if self._subscription is not None:
            serve_events(self._subscription, self._node.context)
        if self._detections is not None:
            self._detections.check()
        if self._sequence_numbers.are_missing:
            self._warnings.no_sequence_numbers()
        self._warnings.check(facts, limits)

    def _missed_before(self, taken: Taken) -> tuple[int, int]:
        """Count the images missed before this one, and those of them that got lost."""
        missed, lost_messages = self._sequence_numbers.missed_before(taken), self._lost
        if lost_messages is None or (missed == 0 and not self._sequence_numbers.has_begun):
            return missed or 0, 0
        if self._sequence_numbers.has_begun:
            lost_messages.forget()
        lost = lost_messages.among(missed)
        return lost if missed is None else missed, lost

    def _kept(self, taken: Taken) -> tuple[AnyFrame | FrameError, int]:
        """Give the frame, and when it came (ns); keep it for its boxes where there may be any."""
        frame, received_ns = self._frame_of(taken)
        if self._detections is not None and not isinstance(frame, FrameError):
            self._detections.work.keep(frame)
        return frame, received_ns

    def _frame_of(self, taken: Taken) -> tuple[AnyFrame | FrameError, int]:
        """Give the frame, and when it came (ns): its wait in the middleware is in its queue."""
        now_ns = time.time_ns()
        waited_ns = max(0, now_ns - taken.received_ns) if taken.received_ns else 0
        received_ns = time.monotonic_ns() - waited_ns
        clock: Any = self._node.get_clock()
        # Simulated time may have stood still meanwhile; all other ROS time is the system's.
        now_ns = clock.now().nanoseconds if clock.ros_time_is_active else now_ns - waited_ns
        try:
            return self._frame_from_msg(taken.msg, received_ns, now_ns), received_ns
        except FrameError as error:
            return error, received_ns

    def _publishers_of_images(self) -> frozenset[bytes]:
        return frozenset(bytes(found.endpoint_gid) for found in
                         self._node.get_publishers_info_by_topic(self._topic))

    def _advertise(self, kind: type, topic: str) -> Any:
        publisher = advertise(self._node, kind, self.prefix + topic,
                              self._warnings.incompatible_subscriber)
        self._publishers.append(publisher)
        return publisher


class _Parts:
    """The topic of the cells of one camera."""

    def __init__(self, publisher: Any) -> None:
        self._publisher = publisher

    def publish(self, header: Header, classification: Classification) -> None:
        """Publish what the cells were classified as, where there are any."""
        if classification.parts:
            self._publisher.publish(regions_bytes(header, classification.parts))
