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
The latency of each stage on a topic of its own, for tools that plot plain numbers (rqt_plot).

Publishes
    ``<prefix>latency/<stage>_ms`` and ``<prefix>latency/total_ms`` (std_msgs/Float32): reliable;
    one value (ms) a frame, each topic only while it has subscribers; NaN where an image has no
    stamp and therefore no age. Float32 has no stamp: ``~/frame_latency`` has the values under the
    header of their image.
"""

from __future__ import annotations

from rclpy.node import Node
from shufflenet_ros.core.frame import STAGES, StageTimings
from shufflenet_ros.node.outputs.subscribers import SubscriberCheck
from shufflenet_ros.node.public_names import latency_topic
from shufflenet_ros.node.qos import RESULT_QOS
from std_msgs.msg import Float32


class StageTopics:
    """One publisher for each stage of one camera, and one for the total."""

    def __init__(self, node: Node, prefix: str = '~/') -> None:
        """``prefix`` is that of the camera's results: ``~/`` or ``~/<camera>/``."""
        self._node = node
        self._publishers = {
            stage: node.create_publisher(
                Float32, f'{prefix}{latency_topic(f"{stage}_ms")}', RESULT_QOS)
            for stage in (*STAGES, 'total')}
        self._check = SubscriberCheck(*self._publishers.values())

    def publish(self, timings: StageTimings) -> None:
        """Publish a frame's values that have subscribers; call it from one thread at a time."""
        wanted = self._check.wanted()
        if not wanted:
            return
        milliseconds = timings.milliseconds()
        for stage, publisher in self._publishers.items():
            if publisher in wanted:
                publisher.publish(Float32(data=milliseconds[stage]))

    def close(self) -> None:
        """Destroy the topics."""
        self._check = SubscriberCheck()
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)
        self._publishers.clear()
