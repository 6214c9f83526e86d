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
Watch one classifier: its topics are drained when :meth:`NodeObserver.update` is called.

Subscribes
    ``/diagnostics`` and, of the node that is watched, ``label_info``, ``vision_info`` and, while
    frames are wanted, ``classification`` and ``frame_latency`` of each camera, and of those that
    have it ``regions``, of which the newest alone is read; while its images are wanted,
    ``annotated/compressed``: the node draws them only then.

No executor serves these subscriptions: it would wake for every message, and rclpy takes several
times as long for that as for the message itself. What came since the last call is taken at once,
on the thread of the caller, so that a screen is never changed while it is drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from sensor_msgs.msg import CompressedImage
from shufflenet_ros.node.camera_topics import result_prefix
from shufflenet_ros.node.image_source import WITHHELD
from shufflenet_ros.node.public_names import (
    ANNOTATED_COMPRESSED,
    CLASSIFICATION,
    DIAGNOSTICS,
    FRAME_LATENCY,
    LABEL_INFO,
    REGIONS,
    VISION_INFO,
)
from shufflenet_ros.node.qos import LATCHED_QOS, never_called
from shufflenet_ros.node.rclpy_versions import take
from shufflenet_ros.node.stamps import stamp_ns_of
from shufflenet_ros.observer.graph import cameras_of_nodes, may_be_of_a_classifier
from shufflenet_ros.observer.observed import Image, ObservedCamera, ObservedNode
from shufflenet_ros.observer.readings import (
    frame_latency_of,
    labels_of,
    result_of,
    statuses_of,
)
from shufflenet_ros.observer.regions_reading import cells_reading_of
from vision_msgs.msg import Classification, Detection2DArray, LabelInfo, VisionInfo

FRAMES_QOS = QoSProfile(depth=200)
"""Room for what comes between two updates."""
NEWEST_QOS = QoSProfile(depth=1)
REPORTS_QOS = QoSProfile(depth=50)
"""Other nodes of a robot publish diagnostics too."""
GRAPH_S = 1.0
"""How often new cameras are looked for."""


def find_classifiers(node: Node) -> dict[str, list[str]]:
    """
    Give the classifiers that are seen in the graph now, each with the names of its cameras.

    Right after a node was made nothing is seen yet: ask again for a few seconds. A node that was
    killed is seen for some 20 s more.
    """
    # Whoever watches a node that has ended still subscribes to its topics.
    return cameras_of_nodes((topic, kinds) for topic, kinds in node.get_topic_names_and_types()
                            if may_be_of_a_classifier(topic) and node.count_publishers(topic))


class NodeObserver:
    """The subscriptions to one classifier, and what they brought: :attr:`observed`."""

    def __init__(self, node: Node, name: str) -> None:
        """``name`` is the fully qualified one of the classifier, which need not run yet."""
        self.observed = ObservedNode(name)
        self._node = node
        self._subscriptions: dict[str, Subscription] = {}
        self._graph_s: float | None = None
        self._wants_frames = True
        self._images: frozenset[str] = frozenset()
        self._with_regions: frozenset[str] = frozenset()
        self._subscribe(DiagnosticArray, DIAGNOSTICS, REPORTS_QOS)
        self._subscribe(LabelInfo, f'{name}/{LABEL_INFO}', LATCHED_QOS)
        self._subscribe(VisionInfo, f'{name}/{VISION_INFO}', LATCHED_QOS)
        self._always = frozenset(self._subscriptions)

    def update(self) -> bool:
        """Take all that has come; whether anything has."""
        now_s = time.monotonic()
        if self._graph_s is None or now_s - self._graph_s >= GRAPH_S:
            self._graph_s = now_s
            self._look_for_cameras()
        has_news = False
        # Frames first: those that wait belong to the labels that are known.
        for camera in self.observed.cameras.values():
            has_news |= self._take_frames(camera, now_s)
        return self._take_infos() | self._take_reports(now_s) | has_news

    def want_frames(self, wanted: bool) -> None:
        """Subscribe to results and times, or do without: while nobody looks."""
        self._wants_frames = wanted
        self._match_subscriptions()

    def want_images(self, cameras: Collection[str]) -> None:
        """Subscribe to the annotated images of these cameras alone, by their names."""
        self._images = frozenset(cameras)
        self._match_subscriptions()

    def close(self) -> None:
        """Destroy all subscriptions."""
        for topic in list(self._subscriptions):
            self._unsubscribe(topic)

    def topic(self, camera: str, name: str) -> str:
        """Name a topic of a camera in full."""
        return result_prefix(camera).replace('~', self.observed.name, 1) + name

    def _look_for_cameras(self) -> None:
        found = find_classifiers(self._node).get(self.observed.name, [])
        with_regions = frozenset(camera for camera in found if self._node.count_publishers(
            self.topic(camera, REGIONS)))
        # None are found of a node that has ended: what it had can still be looked at.
        if found and (found != list(self.observed.cameras) or with_regions != self._with_regions):
            self._with_regions = with_regions
            self.observed.set_cameras(found)
            self._match_subscriptions()

    def _match_subscriptions(self) -> None:
        wanted = {self.topic(camera, name): (kind, qos) for camera in self.observed.cameras
                  for name, kind, qos, is_wanted in (
                      (CLASSIFICATION, Classification, FRAMES_QOS, self._wants_frames),
                      (FRAME_LATENCY, DiagnosticArray, FRAMES_QOS, self._wants_frames),
                      (REGIONS, Detection2DArray, NEWEST_QOS,
                       self._wants_frames and camera in self._with_regions),
                      (ANNOTATED_COMPRESSED, CompressedImage, NEWEST_QOS,
                       camera in self._images)) if is_wanted}
        for topic in self._subscriptions.keys() - wanted.keys() - self._always:
            self._unsubscribe(topic)
        for topic, (kind, qos) in wanted.items():
            if topic not in self._subscriptions:
                self._subscribe(kind, topic, qos)

    def _take_frames(self, camera: ObservedCamera, now_s: float) -> bool:
        observed, has_news = self.observed, False
        versions = {}
        for msg in self._taken(self.topic(camera.name, FRAME_LATENCY)):
            latency = frame_latency_of(msg)
            if latency is not None:
                camera.record_latency(latency, time.time_ns())
                versions[latency.stamp_ns], has_news = latency.version, True
        for msg in self._taken(self.topic(camera.name, CLASSIFICATION)):
            result = result_of(msg)
            labels = observed.labels_of(versions.get(result.stamp_ns, 0))
            camera.record_result(result, labels, now_s)
            has_news = True
        for data in self._taken(self.topic(camera.name, REGIONS)):
            reading = cells_reading_of(data)
            if reading is not None:
                # The times of a frame come after its cells: maybe not yet.
                labels = observed.labels_of(versions.get(reading.stamp_ns, camera.version))
                camera.record_cells(reading, labels, now_s)
                has_news = True
        camera.forget_old_cells()
        for msg in self._taken(self.topic(camera.name, ANNOTATED_COMPRESSED)):
            camera.image, has_news = Image(stamp_ns_of(msg.header), bytes(msg.data)), True
        return has_news

    def _take_infos(self) -> bool:
        observed, has_news = self.observed, False
        for msg in self._taken(f'{observed.name}/{LABEL_INFO}'):
            observed.labels, has_news = labels_of(msg), True
        for msg in self._taken(f'{observed.name}/{VISION_INFO}'):
            observed.method, observed.version = msg.method, int(msg.database_version)
            observed.loaded_ns, has_news = stamp_ns_of(msg.header), True
        return has_news

    def _take_reports(self, now_s: float) -> bool:
        before_s = self.observed.last_report_s
        for msg in self._taken(DIAGNOSTICS):
            self.observed.record_statuses(statuses_of(msg), now_s)
        return self.observed.last_report_s != before_s

    def _taken(self, topic: str) -> Iterator[Any]:
        subscription = self._subscriptions.get(topic)
        if subscription is None:
            return
        # A publisher that is faster than this loop must not hold the caller for ever.
        for _ in range(subscription.qos_profile.depth):
            taken = take(subscription)
            if taken is None:
                return
            yield taken.msg

    def _subscribe(self, kind: type, topic: str, qos: QoSProfile) -> None:
        self._subscriptions[topic] = self._node.create_subscription(
            kind, topic, never_called, qos, callback_group=WITHHELD,
            raw=kind is Detection2DArray)

    def _unsubscribe(self, topic: str) -> None:
        self._node.destroy_subscription(self._subscriptions.pop(topic))

