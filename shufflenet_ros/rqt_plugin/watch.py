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
The classifier that is looked at: found in the graph, observed while somebody looks, changed.

All is done on the thread of the caller; an executor must spin the node for the answers of the
parameter services.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
import time
from typing import Any

from rclpy.node import Node
from shufflenet_ros.observer.node_observer import find_classifiers, NodeObserver
from shufflenet_ros.observer.observed import ObservedNode
from shufflenet_ros.observer.settings import Outcome, Settings

LOOK_S = 2.0
"""How often the graph is searched for other classifiers."""


class Watch:
    """One classifier of the graph, or none yet; it need not run, and may end and come back."""

    def __init__(self, node: Node, name: str = '') -> None:
        """``node`` is that of the process, ``name`` the classifier; empty for the first found."""
        self.found: list[str] = []
        """Fully qualified names of the classifiers in the graph."""
        self._node = node
        self._observer: NodeObserver | None = None
        self._settings: Settings | None = None
        self._looked_s = -LOOK_S
        self._since_s = time.monotonic()
        self._cameras: frozenset[str] = frozenset()
        if name:
            self.choose(name)

    @property
    def observed(self) -> ObservedNode | None:
        """What is known of the node that is watched; None where none is."""
        return self._observer.observed if self._observer else None

    @property
    def settings(self) -> Settings | None:
        """Its parameters; None where none is watched."""
        return self._settings

    @property
    def watched_s(self) -> float:
        """How long this node has been watched without a break (s)."""
        return time.monotonic() - self._since_s

    def choose(self, name: str) -> None:
        """Watch another node."""
        self.close()
        self._since_s = time.monotonic()
        self._observer, self._settings = NodeObserver(self._node, name), Settings(self._node, name)

    def update(self) -> None:
        """Take what has come, and look for nodes when it is time."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self.found = sorted(find_classifiers(self._node))
            if self._observer is None and self.found:
                self.choose(self.found[0])
        if self._observer and self._settings:
            self._observer.update()
            self._settings.update()

    def want_images(self, cameras: Collection[str]) -> None:
        """Have the images of these cameras alone."""
        if self._observer and self._cameras != frozenset(cameras):
            self._cameras = frozenset(cameras)
            self._observer.want_images(self._cameras)

    def change(self, name: str, value: Any, tell: Callable[[Outcome], None]) -> None:
        """Ask the node to set a parameter; :meth:`update` tells what became of it."""
        if self._settings:
            self._settings.change(name, value, tell)

    def sleep(self) -> None:
        """Do without frames and images while nobody looks."""
        if self._observer:
            self._cameras = frozenset()
            self._observer.want_images(())
            self._observer.want_frames(False)

    def wake(self) -> None:
        """Have frames again; rates begin anew, since no reports were taken meanwhile."""
        self._since_s = time.monotonic()
        if self._observer:
            self._observer.want_frames(True)
            self._observer.update()
            for camera in self._observer.observed.cameras.values():
                camera.forget_reports()

    def close(self) -> None:
        """Destroy all subscriptions and clients."""
        for part in (self._observer, self._settings):
            if part:
                part.close()
        self._observer = self._settings = None
        self._cameras = frozenset()
