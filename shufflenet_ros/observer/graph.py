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

"""Which classifiers there are, by the topics that only they have; nothing of ROS is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shufflenet_ros.node.public_names import (
    ANNOTATED_COMPRESSED,
    CLASSIFICATION,
    FRAME_LATENCY,
    LABEL_INFO,
)

TYPES = {CLASSIFICATION: 'vision_msgs/msg/Classification',
         FRAME_LATENCY: 'diagnostic_msgs/msg/DiagnosticArray',
         ANNOTATED_COMPRESSED: 'sensor_msgs/msg/CompressedImage',
         LABEL_INFO: 'vision_msgs/msg/LabelInfo'}
"""Topic below a node or a camera to its type."""


def cameras_of_nodes(topics: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """
    Give each classifier of a graph with the names of its cameras, in order.

    ``topics`` are those with a publisher, by name with types. A node is found
    once it is configured: before that it has no topics of results. The camera without a name is
    ``''``.
    """
    found: dict[str, list[str]] = {}
    by_name = dict(topics)
    for topic in sorted(by_name):
        node = topic.removesuffix(f'/{LABEL_INFO}')
        if node == topic or not node or not _has(by_name, topic, LABEL_INFO):
            continue
        cameras = sorted(_cameras(by_name, node))
        if cameras:
            found[node] = cameras
    return found


def may_be_of_a_classifier(topic: str) -> bool:
    """Whether :func:`cameras_of_nodes` looks at a topic of this name."""
    return topic.rpartition('/')[2] in (CLASSIFICATION, FRAME_LATENCY, LABEL_INFO)


def _cameras(topics: Mapping[str, list[str]], node: str) -> list[str]:
    """Names of the cameras that have both topics of results below a node."""
    cameras = []
    for topic in topics:
        if not topic.startswith(f'{node}/') or not topic.endswith(f'/{FRAME_LATENCY}'):
            continue
        camera = topic[len(node) + 1:].removesuffix(FRAME_LATENCY).removesuffix('/')
        results = f'{topic.removesuffix(FRAME_LATENCY)}{CLASSIFICATION}'
        if '/' not in camera and _has(topics, topic, FRAME_LATENCY) and (
                _has(topics, results, CLASSIFICATION)):
            cameras.append(camera)
    return cameras


def _has(topics: Mapping[str, list[str]], topic: str, kind: str) -> bool:
    return TYPES[kind] in topics.get(topic, [])
