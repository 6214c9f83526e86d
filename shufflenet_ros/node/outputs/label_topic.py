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
The class of each frame as words, for people and for tools that take a string.

Publishes
    ``<prefix>label`` (std_msgs/String): reliable, while it has subscribers; ``grass 0.93``, or
    ``below threshold 0.70: metal 0.41`` where no class reached the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.node import Node
from shufflenet_ros.core.class_text import class_text
from shufflenet_ros.core.frame import Classification
from shufflenet_ros.node.outputs.subscribers import SubscriberCheck
from shufflenet_ros.node.public_names import LABEL
from shufflenet_ros.node.qos import RESULT_QOS
from std_msgs.msg import String


def label_text(classification: Classification, names: Sequence[str], threshold: float) -> str:
    """Name the best class with its score, and the threshold where it is below that."""
    best = classification.best
    if best is None:
        return ''
    return class_text(names[best.index], best.score, threshold, not classification.hypotheses)


class LabelTopic:
    """The publisher of one camera."""

    def __init__(self, node: Node, prefix: str = '~/') -> None:
        """``prefix`` is that of the camera's results: ``~/`` or ``~/<camera>/``."""
        self._node = node
        self._publisher = node.create_publisher(String, f'{prefix}{LABEL}', RESULT_QOS)
        self._check = SubscriberCheck(self._publisher)

    def publish(self, text: str) -> None:
        """Publish it if there is a subscriber; call it from one thread at a time."""
        if self._check.has_subscribers():
            self._publisher.publish(String(data=text))

    def close(self) -> None:
        """Destroy the topic."""
        self._node.destroy_publisher(self._publisher)
