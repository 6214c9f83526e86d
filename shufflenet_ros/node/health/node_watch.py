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

"""What the node itself is: its full name, its state, and whether another one has its name."""

from __future__ import annotations

from rclpy.node import Node
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.facts import NodeFacts
from shufflenet_ros.monitoring.rules import node_problems, Problem


def full_name(node: Node) -> str:
    """Name with namespace, as statuses begin: ``classifier``, or ``robot1/classifier``."""
    return node.get_fully_qualified_name().removeprefix('/')


class NodeWatch:
    """State and name of a node, asked for once a second."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.state = 'unconfigured'
        """Label of the state of its lifecycle."""
        self._namesake_since_ns: int | None = None
        self._has_warned = False

    def problems(self, now_ns: int) -> list[Problem]:
        """List what is wrong with the node by that monotonic clock (ns); each is logged once."""
        problems = node_problems(self._facts(now_ns))
        if problems and not self._has_warned:
            self._node.get_logger().warning(plain(problems[0].text, 400))
        self._has_warned = bool(problems)
        return problems

    def _facts(self, now_ns: int) -> NodeFacts:
        own = (self._node.get_name(), self._node.get_namespace())
        if self._node.get_node_names_and_namespaces().count(own) < 2:
            self._namesake_since_ns = None
        elif self._namesake_since_ns is None:
            self._namesake_since_ns = now_ns
        since_ns = self._namesake_since_ns
        return NodeFacts(self._node.get_fully_qualified_name(), self.state,
                         0.0 if since_ns is None else (now_ns - since_ns) / 1e9)
