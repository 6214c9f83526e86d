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

"""The classifier that is watched, as the view of the screen: found in the graph, and kept."""

from __future__ import annotations

import os
import time

from rclpy.node import Node
from rclpy.utilities import get_rmw_implementation_identifier
from shufflenet_ros.observer.node_observer import find_classifiers, NodeObserver
from shufflenet_ros.observer.settings import Settings
from shufflenet_ros.screen_monitor.changes import Changes
from shufflenet_ros.screen_monitor.figures import figures_of
from shufflenet_ros.screen_monitor.lives import Lives
from shufflenet_ros.screen_monitor.view import Surroundings, View

GRAPH_S = 2.0
"""How often classifiers are looked for."""
CHOOSE_S = 1.0
"""The graph is seen bit by bit: the first of several nodes is known after a while."""
FIGURES_S = 1.0
LIFECYCLE_SERVICE, LIFECYCLE_TYPE = '/get_state', 'lifecycle_msgs/srv/GetState'


class ObservedView:
    """A view that is kept up to date by :meth:`update`."""

    def __init__(self, node: Node, wanted: str = '') -> None:
        """``wanted`` is the fully qualified name of a classifier; empty for any."""
        now_s = time.monotonic()
        self.view = View(now_s=now_s, since_s=now_s, wanted=wanted, surroundings=Surroundings(
            get_rmw_implementation_identifier(), os.environ.get('ROS_DOMAIN_ID', '0'), _reach()))
        self.changes = Changes(time.monotonic)
        self._node = node
        self._observer: NodeObserver | None = None
        self._settings: Settings | None = None
        self._lives = Lives()
        self._graph_s = self._figures_s = float('-inf')
        if wanted:
            self._watch(wanted)

    def update(self) -> None:
        """Take all that has come."""
        view = self.view
        view.now_s = now_s = time.monotonic()
        self._look_around(now_s)
        if self._observer is not None and self._settings is not None:
            self._observer.update()
            self._settings.update()
            view.settings = self._settings.values
            if said := self._lives.update(self._observer.observed, now_s):
                self.changes.say(said)
        self._choose_camera()
        if now_s - self._figures_s >= FIGURES_S - 0.05:
            self._figures_s = now_s
            view.figures = {} if view.node is None else {
                name: figures_of(camera) for name, camera in view.node.cameras.items()}
        self.send_changes()

    def send_changes(self) -> None:
        """Send what was asked for, and take over what is said of it."""
        if self._settings is not None:
            self.changes.update(self._settings)
        self.view.note, self.view.is_trouble = self.changes.note, self.changes.is_trouble

    def next_node(self) -> None:
        """Watch the next of the classifiers that are seen."""
        nodes = self.view.nodes = sorted(find_classifiers(self._node))
        name = self.view.node.name if self.view.node is not None else ''
        others = [node for node in nodes if node != name]
        if not others:
            self.changes.say('no other classifier is seen')
            return
        self._watch(next((node for node in others if node > name), others[0]))

    def close(self) -> None:
        """Destroy subscriptions and clients."""
        if self._observer is not None:
            self._observer.close()
        if self._settings is not None:
            self._settings.close()

    def _watch(self, name: str) -> None:
        self.close()
        self._observer = NodeObserver(self._node, name)
        self._settings = Settings(self._node, name)
        self._lives = Lives()
        self.changes.forget()
        view = self.view
        view.node, view.wanted, view.since_s = self._observer.observed, name, time.monotonic()
        view.settings, view.figures, self._figures_s = {}, {}, float('-inf')

    def _look_around(self, now_s: float) -> None:
        view = self.view
        every_s = GRAPH_S if view.node is not None and view.node.cameras else 0.25
        if now_s - self._graph_s < every_s:
            return
        self._graph_s = now_s
        view.nodes = sorted(find_classifiers(self._node))
        if view.node is None and view.nodes and now_s - view.since_s >= CHOOSE_S:
            self._watch(view.nodes[0])
        view.others = () if view.nodes else self._lifecycle_nodes()

    def _lifecycle_nodes(self) -> list[str]:
        return sorted(name.removesuffix(LIFECYCLE_SERVICE)
                      for name, kinds in self._node.get_service_names_and_types()
                      if name.endswith(LIFECYCLE_SERVICE) and LIFECYCLE_TYPE in kinds)

    def _choose_camera(self) -> None:
        view = self.view
        if view.node is not None and view.node.cameras and view.camera not in view.node.cameras:
            view.camera = next(iter(view.node.cameras))


def _reach() -> str:
    """Say how far discovery goes where the environment limits it."""
    for name in ('ROS_AUTOMATIC_DISCOVERY_RANGE', 'ROS_LOCALHOST_ONLY', 'ROS_DISCOVERY_SERVER'):
        if os.environ.get(name):
            return f'{name}={os.environ[name]}'
    return ''
