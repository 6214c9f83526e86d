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
Wait for a classifier and its topics before rqt starts.

rqt_plot leaves out each topic that its process does not see when it starts, and never looks again.
So this process waits, and becomes that of rqt: what is seen of the graph belongs to the context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import time
from typing import TYPE_CHECKING

import rclpy
from shufflenet_ros.layouts.perspective import plotted_topics
from shufflenet_ros.observer.node_observer import find_classifiers

if TYPE_CHECKING:
    from rclpy.context import Context
    from rclpy.node import Node

POLL_S = 0.1
SETTLED_S = 1.0
"""Topics of one node are not all seen at once: until then another camera may come."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a node: the cameras to show, and the topics of theirs that are missing."""

    cameras: tuple[str, ...]
    missing: tuple[str, ...]
    is_running: bool


def wait_for_topics(name: str, cameras: Sequence[str], timeout_s: float,
                    context: Context | None = None) -> Seen:
    """
    Wait until all topics that are plotted are in the graph, at most ``timeout_s`` seconds.

    ``name`` is the full name of the node; ``cameras`` are its cameras, none for those that are
    found. Where no camera is found it is the one without a name. rclpy is initialized.
    """
    node = rclpy.create_node('shufflenet_ros_rqt', context=context, enable_rosout=False,
                             start_parameter_services=False)
    try:
        return _wait(node, name, cameras, timeout_s)
    finally:
        node.destroy_node()


def _wait(node: Node, name: str, cameras: Sequence[str], timeout_s: float) -> Seen:
    end_s = time.monotonic() + timeout_s
    seen, since_s = _look(node, name, cameras), time.monotonic()
    while time.monotonic() < end_s:
        is_settled = bool(cameras) or time.monotonic() - since_s >= SETTLED_S
        if seen.is_running and not seen.missing and is_settled:
            break
        time.sleep(POLL_S)
        if (now := _look(node, name, cameras)) != seen:
            seen, since_s = now, time.monotonic()
    return seen


def _look(node: Node, name: str, cameras: Sequence[str]) -> Seen:
    found = find_classifiers(node).get(name)
    shown = tuple(cameras) or tuple(found or [''])
    topics = {topic for topic, _ in node.get_topic_names_and_types()}
    return Seen(shown, tuple(topic for topic in plotted_topics(name, shown)
                             if topic not in topics), found is not None)
