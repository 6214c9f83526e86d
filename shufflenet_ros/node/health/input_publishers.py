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
Who publishes on the topic of a camera, who publishes elsewhere, and why images get lost.

Each question is answered from the graph of the middleware, and costs little enough to be asked
once a second.
"""

from __future__ import annotations

from typing import NamedTuple

from rclpy.node import Node
from rclpy.qos import qos_check_compatible, QoSCompatibility
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo
from shufflenet_ros.node.health.loss_advice import LossAdvice
from shufflenet_ros.node.health.topic_advice import similar_topics, transport_advice, TYPES


class Found(NamedTuple):
    """The publishers of a topic."""

    fitting: int
    """How many a subscription gets images of."""
    misfits: str
    """Whose QoS does not fit, and why; empty where there is none."""
    others: str
    """Who publishes another type there; empty where nobody does."""


class InputPublishers:
    """The publishers of one camera's topic, and of topics like it."""

    def __init__(self, node: Node, subscription: Subscription, transport: str = 'raw',
                 name: str = 'image_raw') -> None:
        """``name`` is the camera's topic before it is remapped, without transport."""
        self._node = node
        self._transport = transport
        self._name = name
        self.topic = subscription.topic_name
        self.image_bytes = 0
        """Size of the last image; 0 while none has come."""
        self._losses = LossAdvice(node, self.topic)
        self._advice = ''
        self._type_name = TYPES[transport]
        # Kept, because the subscription may be destroyed by then.
        self._qos_profile = subscription.qos_profile

    def find(self) -> Found:
        """Look for all publishers of the topic."""
        misfits, others, fitting = [], [], 0
        for found in self._infos(self.topic):
            compatibility, reason = qos_check_compatible(found.qos_profile, self._qos_profile)
            if found.topic_type != self._type_name:
                others.append(f'{found.node_name} publishes {found.topic_type} there, '
                              f'not {self._type_name}')
            elif compatibility == QoSCompatibility.ERROR:
                misfits.append(f'{found.node_name}: {" ".join(reason.split())}')
            else:
                fitting += 1
        return Found(fitting, '; '.join(misfits), '; '.join(others))

    def other_transport(self) -> str:
        """Say how to get the images that are published under another transport, or nothing."""
        return transport_advice(self.topic, self._transport, self._name, self._types_on)

    def similar_topics(self) -> str:
        """Say which topics have images, and how to get those of the most similar one."""
        return similar_topics(self.topic, self._transport, self._name, self._image_topics())

    def loss_advice(self) -> str:
        """Say why images get lost on their way to this node, and what to do; or nothing."""
        # A publisher that has ended since leaves its losses behind.
        self._advice = self._losses.advice(self.image_bytes) or self._advice
        return self._advice

    def cause_of_losses(self) -> str:
        """Say what would keep images from this node, where such a thing is seen."""
        return self._losses.cause(self.image_bytes)

    def _image_topics(self) -> dict[str, str]:
        """Topics on which another node publishes images, with their type."""
        return {topic: types[0] for topic, types in self._node.get_topic_names_and_types()
                if types[0] in TYPES.values() and any(
                    (found.node_namespace, found.node_name)
                    != (self._node.get_namespace(), self._node.get_name())
                    for found in self._infos(topic))}

    def _types_on(self, topic: str) -> set[str]:
        return {found.topic_type for found in self._infos(topic)}

    def _infos(self, topic: str) -> list[TopicEndpointInfo]:
        return list(self._node.get_publishers_info_by_topic(topic))
