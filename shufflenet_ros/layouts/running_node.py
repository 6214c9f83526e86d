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

"""What a running classifier publishes: its cameras, classes and topics, from the graph."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import rclpy
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.layouts.shown import node_shown, Shown
from shufflenet_ros.observer.node_observer import find_classifiers, NodeObserver
from shufflenet_ros.process.middleware import prepare_middleware

if TYPE_CHECKING:
    from rclpy.node import Node

DISCOVERY_S = 10.0
"""The graph is seen after a second; a busy network takes longer."""
SETTLED_S = 1.0
"""Topics of one node are not all seen at once."""
REPORT_S = 3.0
"""Diagnostics come once a second."""
POLL_S = 0.05


def running_node_shown(name: str | None) -> Shown:
    """
    Give what a running classifier publishes; ``name`` is needed where there are several.

    Raises ConfigurationError where there is no such node.
    """
    prepare_middleware()
    context = rclpy.Context()
    rclpy.init(args=[], context=context)
    try:
        node = rclpy.create_node('shufflenet_ros_layout', context=context,
                                 start_parameter_services=False, enable_rosout=False)
        return _shown(node, *_found(node, name))
    finally:
        rclpy.shutdown(context=context)


def _found(node: Node, name: str | None) -> tuple[str, list[str]]:
    """Name and cameras of the node, once what is seen of it has settled."""
    seen: dict[str, list[str]] = {}
    since_s = time.monotonic()
    end_s = since_s + DISCOVERY_S
    while (now_s := time.monotonic()) < end_s:
        classifiers = find_classifiers(node)
        if classifiers != seen:
            seen, since_s = classifiers, now_s
        if (name in seen or (name is None and seen)) and now_s - since_s >= SETTLED_S:
            break
        time.sleep(POLL_S)
    if name is None and len(seen) == 1:
        name = next(iter(seen))
    if name is None and seen:
        raise ConfigurationError(f'--live: {len(seen)} classifiers run '
                                 f'({", ".join(sorted(seen))}); choose one with --node')
    if name is None or name not in seen:
        wanted = 'no classifier' if name is None else f'no classifier {name}'
        others = f', but {", ".join(sorted(seen))}' if seen else ''
        raise ConfigurationError(
            f'--live: {wanted} seen in {DISCOVERY_S:.0f} s{others}; start the node, and check '
            'that ROS_DOMAIN_ID is the same here and there')
    return name, seen[name]


def _shown(node: Node, name: str, cameras: list[str]) -> Shown:
    """Wait for the classes, and a little for the diagnostics, which have the hardware ids."""
    observer = NodeObserver(node, name)
    observer.want_frames(False)
    observed, start_s = observer.observed, time.monotonic()
    while (passed_s := time.monotonic() - start_s) < DISCOVERY_S:
        observer.update()
        has_reports = all(one.status for one in observed.cameras.values())
        if observed.labels and (has_reports or passed_s > REPORT_S):
            break
        time.sleep(POLL_S)
    observer.close()
    if not observed.labels:
        raise ConfigurationError(f'--live: {name} does not say its classes; activate the node')
    labels = [observed.labels.get(str(number), str(number))
              for number in range(1 + max(int(number) for number in observed.labels))]
    return node_shown(name, cameras, labels, {
        one.status.name: one.status.hardware_id
        for one in observed.cameras.values() if one.status})
