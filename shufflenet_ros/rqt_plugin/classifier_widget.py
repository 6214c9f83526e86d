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

"""The whole plugin as one widget; it works only while somebody can see it."""

from __future__ import annotations

from dataclasses import replace
import time
from typing import Any

from python_qt_binding import QtCore, QtWidgets
from rclpy.node import Node
from shufflenet_ros.observer.observed import ObservedCamera, ObservedNode
from shufflenet_ros.rqt_plugin import texts
from shufflenet_ros.rqt_plugin.camera_panel import CameraPanel
from shufflenet_ros.rqt_plugin.choices import Choices
from shufflenet_ros.rqt_plugin.colours import OF_LEVELS
from shufflenet_ros.rqt_plugin.findings_view import FindingsView
from shufflenet_ros.rqt_plugin.head import Head
from shufflenet_ros.rqt_plugin.labels import mark, PlainLabel
from shufflenet_ros.rqt_plugin.settings_form import SettingsForm
from shufflenet_ros.rqt_plugin.strip_chart import Legend
from shufflenet_ros.rqt_plugin.watch import Watch

PERIOD_MS = 100
"""Nothing is drawn more often."""
FIGURES_EVERY = 3
"""Charts and numbers change more slowly than images."""
Qt = QtCore.Qt


class ClassifierWidget(QtWidgets.QWidget):
    """Node and model above, the cameras in the middle, findings and parameters below."""

    def __init__(self, node: Node, choices: Choices = Choices()) -> None:
        """``node`` is that of the process, which an executor spins on a thread of its own."""
        super().__init__()
        self.setObjectName('ClassifierWidget')
        self.setWindowTitle('Classifier')
        self.choices = choices
        self.watch = Watch(node, choices.node)
        self.panels: dict[str, CameraPanel] = {}
        self.head = Head(self.change_choices)
        self.banner = PlainLabel(is_wrapped=True)
        self.findings = FindingsView()
        self.form = SettingsForm(self.watch.change)
        self._panels_of = ''
        self._grid: Any = None
        self._ticks = 0
        self._is_shut_down = False
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self.head.follow(self.watch, choices)

    @property
    def is_awake(self) -> bool:
        """Whether it takes messages and draws: while somebody can see it."""
        return bool(self._timer.isActive())

    def choose(self, choices: Choices) -> None:
        """Show another node, other cameras or another span."""
        if choices.node and choices.node != self.watched:
            self.watch.choose(choices.node)
            self.form.forget()
            if not self.is_awake:
                self.watch.sleep()
        self.choices = choices
        self._show()

    @property
    def watched(self) -> str:
        """Name of the node that is shown; empty where there is none."""
        return self.watch.observed.name if self.watch.observed else ''

    def shut_down(self) -> None:
        """Stop, and destroy all subscriptions and clients."""
        self._is_shut_down = True
        self._timer.stop()
        self.watch.close()

    def showEvent(self, event: Any) -> None:
        """Work: it is on the screen."""
        super().showEvent(event)
        self._wake()

    def hideEvent(self, event: Any) -> None:
        """Rest: it is closed, or its window is minimised."""
        super().hideEvent(event)
        self._sleep()

    def paintEvent(self, event: Any) -> None:
        """Work again: the tab of its dock was chosen, which Qt says in no other way."""
        super().paintEvent(event)
        if not self.is_awake:
            QtCore.QTimer.singleShot(0, self._wake)

    def _wake(self) -> None:
        if not self.is_awake and not self._is_shut_down and self._is_seen():
            self.watch.wake()
            self._timer.start()

    def _sleep(self) -> None:
        if self.is_awake:
            self._timer.stop()
            self.watch.sleep()

    def _is_seen(self) -> bool:
        # The dock of a tab that is not on top is moved out of its window, but not hidden.
        return bool(self.isVisible() and not self.visibleRegion().isEmpty()
                    and not self.window().isMinimized())

    def _tick(self) -> None:
        if not self._is_seen():
            self._sleep()
            return
        self.watch.update()
        self._show()

    def _show(self) -> None:
        node = self.watch.observed
        if node is not None:
            self._match_panels(node)
        shown = self._shown()
        self.watch.want_images([camera.name for camera in shown] if self.is_awake else [])
        for camera in shown:
            self.panels[camera.name].show_results(camera)
        if self._ticks % FIGURES_EVERY == 0:
            self._show_figures(node, shown)
        self._ticks += 1

    def _show_figures(self, node: ObservedNode | None, shown: list[ObservedCamera]) -> None:
        latest_s = [camera.stamp_ns / 1e9 for camera in shown if camera.stamp_ns]
        for camera in shown:
            self.panels[camera.name].show_figures(camera, self.choices.span_s, latest_s)
        self.head.follow(self.watch, self.choices)
        self.form.show_settings(self.watch.settings)
        self._say_state(node)
        if node is None:
            self.findings.show_findings([], '')
        else:
            self.findings.show_findings(node.findings(), texts.nothing_found(node))

    def _say_state(self, node: ObservedNode | None) -> None:
        level, text = texts.state(
            node, self.watch.found, self.watch.watched_s, time.monotonic())
        self.banner.setVisible(bool(text))
        if text != self.banner.whole:
            mark(self.banner, OF_LEVELS[level])
            self.banner.say(text)

    def _shown(self) -> list[ObservedCamera]:
        node = self.watch.observed
        return [camera for camera in node.cameras.values()
                if camera.title not in self.choices.hidden] if node else []

    def _match_panels(self, node: ObservedNode) -> None:
        wanted = [camera.name for camera in self._shown()]
        if wanted == list(self.panels) and self._panels_of == node.name:
            return
        for panel in self.panels.values():
            self._grid.removeWidget(panel)
            panel.setParent(None)
            panel.deleteLater()
        self._panels_of = node.name
        self.panels = {camera.name: CameraPanel(camera.name, camera.title)
                       for camera in self._shown()}
        columns = 1 if len(self.panels) == 1 else 2
        for place, panel in enumerate(self.panels.values()):
            self._grid.addWidget(panel, *divmod(place, columns))
        self._ticks = 0

    def _lay_out(self) -> None:
        inner = QtWidgets.QWidget()
        self._grid = QtWidgets.QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        cameras = QtWidgets.QScrollArea()
        cameras.setWidget(inner)
        cameras.setWidgetResizable(True)
        cameras.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        below = QtWidgets.QSplitter(Qt.Orientation.Horizontal)
        below.addWidget(self.findings)
        below.addWidget(self.form)
        below.setStretchFactor(0, 3)
        below.setStretchFactor(1, 2)
        middle = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        middle.addWidget(cameras)
        middle.addWidget(below)
        middle.setStretchFactor(0, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.head)
        layout.addWidget(self.banner)
        layout.addWidget(middle, 1)
        layout.addWidget(self.form.message)
        layout.addWidget(Legend())

    def change_choices(self, **changed: Any) -> None:
        """Take over what was chosen in the head."""
        self._ticks = 0
        self.choose(replace(self.choices, **changed))
