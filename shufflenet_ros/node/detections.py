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
The boxes of a detector for one camera: their subscription, and the topics of their results.

Subscribes, while active
    ``<prefix>rois`` (vision_msgs/Detection2DArray): reliable, depth 10. Its stamp is that of the
    image which the boxes were found in.
Publishes
    ``<prefix>detections`` (vision_msgs/Detection2DArray): reliable; the detector's own message
    with the boxes that were classified, our hypotheses in place of its own or after them.
    ``<prefix>detections_latency`` (diagnostic_msgs/DiagnosticArray): reliable; one status for each
    of them: the stages for all boxes together, numbers of boxes, the counters of
    :class:`shufflenet_ros.core.frame.RoiCounters`.

No executor serves the subscription: workers take turns between it and the images.
"""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import qos_policy_name_from_kind
from rclpy.subscription import Subscription
from shufflenet_ros.core.box_work import Answer, BoxTimings, BoxWork, Rois
from shufflenet_ros.core.errors import describe, FrameError
from shufflenet_ros.core.roi_join import Joined
from shufflenet_ros.core.rois import APPEND, RoiSettings
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.camera_topics import result_prefix, rois_name
from shufflenet_ros.node.conversions import DetectionsLatencyMessage
from shufflenet_ros.node.detection_bytes import DetectionBytes
from shufflenet_ros.node.health.node_watch import full_name
from shufflenet_ros.node.image_source import serve_events, WITHHELD
from shufflenet_ros.node.public_names import DETECTIONS, DETECTIONS_LATENCY, ROI_KEYS, ROIS
from shufflenet_ros.node.qos import advertise, describe_qos, ROIS_QOS, subscribe
from shufflenet_ros.node.rclpy_versions import take
from shufflenet_ros.node.throttled_log import ThrottledLog
from vision_msgs.msg import Detection2DArray

REMIND_AFTER_S = 60.0
"""The same reason why boxes found no image is logged once in that time."""
NOBODY_AFTER_S = 4.0
"""A detector needs some time from its start to its topic."""
TYPE = 'vision_msgs/msg/Detection2DArray'
LATE = ('their image had been let go: they came more than rois_wait_s after it, or the images '
        'that wait need more than rois_memory_mb')
NO_IMAGE = ('no image of their stamp was taken here: their publisher must copy the header of the '
            'image it looked at (or set rois_tolerance_ms), and images that this node misses have '
            'none (missed in ~/frame_latency)')
DUPLICATE = 'their image had got boxes before: let one detector alone publish for this camera'


class Detections:
    """The boxes of one camera, from its activation on; a sink of ``core.box_work``."""

    def __init__(self, node: Node, camera: str, settings: RoiSettings,
                 database_version: Callable[[], int],
                 draw: Callable[[Answer], None] = lambda answer: None) -> None:
        """
        Prepare the work of a camera of that name; nothing is published before it is told.

        ``draw`` gets each answer after it was published.
        """
        self._node = node
        self._settings = settings
        self._database_version = database_version
        self._draw = draw
        self._prefix = result_prefix(camera)
        self.name = rois_name(camera)
        self._topic = node.resolve_topic_name(self._prefix + ROIS)
        self.work = BoxWork(self._take, self, settings)
        self._log = ThrottledLog(node.get_logger())
        self._logged_s: dict[str, float] = {}
        self._alone_since_s: float | None = None
        self._subscription: Subscription | None = None
        self._publishers: list[Any] = []
        self._latency = DetectionsLatencyMessage(full_name(node), self._topic)

    def advertise(self) -> None:
        """Advertise the results; ConfigurationError where a QoS override cannot be."""
        self._results = self._advertise(Detection2DArray, DETECTIONS)
        self._latencies = self._advertise(DiagnosticArray, DETECTIONS_LATENCY)

    def subscribe(self) -> Subscription:
        """Have boxes kept from now on; ConfigurationError where a QoS override cannot be."""
        self._subscription = subscribe(self._node, Detection2DArray, self._topic,
                                       self._warn_of_publisher, WITHHELD, ROIS_QOS, raw=True)
        self._alone_since_s = time.monotonic()
        return self._subscription

    def unsubscribe(self) -> None:
        """Take no more boxes, and let go of all that waits."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            self._node.destroy_subscription(subscription)
        self.work.restart()

    def destroy(self) -> None:
        """Destroy the topics of the results as well."""
        self.unsubscribe()
        for publisher in self._publishers:
            self._node.destroy_publisher(publisher)
        self._publishers.clear()

    def use(self, settings: RoiSettings) -> None:
        """Go by these settings from now on."""
        self._settings = settings
        self.work.use(settings)

    def check(self) -> None:
        """Serve the events that the executor does not, say where nobody publishes; each second."""
        if self._subscription is None:
            return
        serve_events(self._subscription, self._node.context)
        since_s = self._alone_since_s
        if since_s is None or time.monotonic() - since_s < NOBODY_AFTER_S:
            return
        self._alone_since_s = None  # once for each subscription
        if not self._node.count_publishers(self._topic):
            self._warn_of_nobody()

    def describe_input(self) -> str:
        """Say in words for the log what is subscribed to; empty while nothing is."""
        if self._subscription is None:
            return ''
        return f'{self._topic} (boxes, {describe_qos(self._subscription.qos_profile)})'

    def values(self) -> dict[str, int]:
        """Give the counters by the names they are shown under."""
        return dict(zip(ROI_KEYS, self.work.counters().values()))

    def publish(self, answer: Answer) -> None:
        """Publish the detector's message with our hypotheses (sink)."""
        found = sorted(zip(answer.indices, answer.results), key=lambda one: one[0])
        self._results.publish(answer.rois.source.with_results(
            [(index, one.classification.hypotheses) for index, one in found],
            self._settings.hypotheses == APPEND))

    def report(self, answer: Answer, timings: BoxTimings) -> None:
        """Publish the timings, and log which boxes were refused (sink)."""
        self._latencies.publish(self._latency.fill(
            answer.rois.source.header(), answer, timings, self.work.counters(),
            self._database_version()))
        self._draw(answer)
        if answer.refused:
            reasons = ', '.join(f'{count} {reason}' for reason, count in answer.refused.items())
            self._log.warn(f'boxes on {self._topic} refused: {reasons}', self._topic)

    def reject(self, error: Exception) -> None:
        """Log why no box of an image could be classified (sink)."""
        self._log.warn(f'boxes on {self._topic} not classified: {describe(error)}', self._topic)

    def unmatched(self, joined: Joined) -> None:
        """Log why boxes found no image, each reason once in a while (sink)."""
        for count, reason in ((joined.late, LATE), (joined.no_image, NO_IMAGE),
                              (joined.duplicate, DUPLICATE)):
            now_s = time.monotonic()
            if count and now_s - self._logged_s.get(reason, -REMIND_AFTER_S) >= REMIND_AFTER_S:
                self._logged_s[reason] = now_s
                self._node.get_logger().warning(plain(
                    f'{self._topic}: boxes without an image (the counters rois_... in '
                    f'/diagnostics say how many): {reason}', 600))

    def _warn_of_nobody(self) -> None:
        """Name the topics that may be meant."""
        own = self._node.get_fully_qualified_name() + '/'
        found = [topic for topic, kinds in self._node.get_topic_names_and_types()
                 if TYPE in kinds and not topic.startswith(own)]
        meant = f'; boxes are on {", ".join(found)}' if found else ''
        self._node.get_logger().warning(plain(
            f'{self._topic}: nobody publishes boxes ({TYPE}), so images wait for them in vain'
            f'{meant}; remap {self._prefix}{ROIS} to the topic of the detector', 600))

    def _take(self) -> Rois | None:
        """Take the boxes that came next, on the thread of a worker."""
        subscription = self._subscription
        taken = take(subscription) if subscription is not None else None
        if taken is None:
            return None
        waited_ns = max(0, time.time_ns() - taken.received_ns) if taken.received_ns else 0
        received_ns = time.monotonic_ns() - waited_ns
        try:
            found = DetectionBytes(taken.msg)
        except FrameError as error:
            self.reject(error)
            return Rois(0, received_ns, (), ())  # counted as boxes of no image
        return Rois(found.stamp_ns, received_ns, found.boxes, found.ids, found)

    def _advertise(self, kind: type, topic: str) -> Any:
        publisher = advertise(self._node, kind, self._prefix + topic, self._warn_of_subscriber)
        self._publishers.append(publisher)
        return publisher

    def _warn_of_publisher(self, event: Any) -> None:
        self._warn_of(event, f'a publisher on {self._topic}', 'its boxes do not arrive',
                      f'{self._topic}.subscription')

    def _warn_of_subscriber(self, event: Any) -> None:
        self._warn_of(event, f'a subscriber of the results of {self._topic}', 'it gets none',
                      '<topic>.publisher')

    def _warn_of(self, event: Any, who: str, effect: str, end: str) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        self._log.warn(f'{who} has an incompatible QoS ({policy}): {effect}; set parameter '
                       f'qos_overrides.{end}.{policy.lower()} to what it has', self._topic)
