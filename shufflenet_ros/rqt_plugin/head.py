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

"""The first lines of the plugin: which node, which cameras, how long; what runs, and on what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from python_qt_binding import QtGui, QtWidgets
from shufflenet_ros.rqt_plugin import texts
from shufflenet_ros.rqt_plugin.choices import Choices, SPANS_S
from shufflenet_ros.rqt_plugin.labels import PlainLabel, tooltip
from shufflenet_ros.rqt_plugin.watch import Watch

# Qt 5 has it among the widgets.
Action = getattr(QtGui, 'QAction', None) or QtWidgets.QAction


class Head(QtWidgets.QWidget):
    """Boxes to choose in; what is chosen is handed to ``change``."""

    def __init__(self, change: Callable[..., None]) -> None:
        """``change(node=..., hidden=..., span_s=...)`` is called with one of them."""
        super().__init__()
        self._change = change
        self.nodes = QtWidgets.QComboBox()
        self.nodes.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.nodes.setToolTip('the classifiers that are seen now')
        self.nodes.activated.connect(self._choose_node)
        self.cameras = QtWidgets.QToolButton()
        self.cameras.setText('Cameras')
        self.cameras.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.cameras.setMenu(QtWidgets.QMenu(self.cameras))
        self.spans = QtWidgets.QComboBox()
        for span_s in SPANS_S:
            self.spans.addItem(f'{span_s} s', span_s)
        self.spans.activated.connect(
            lambda _: self._change(span_s=self.spans.currentData()))
        self.model = PlainLabel()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.nodes, self.cameras, self.spans):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addWidget(self.model, 1)

    def follow(self, watch: Watch, choices: Choices) -> None:
        """Show what there is to choose from, and what is chosen."""
        name = watch.observed.name if watch.observed else ''
        self._list_nodes(sorted({*watch.found, *([name] if name else [])}), name)
        self.spans.setCurrentIndex(self.spans.findData(choices.span_s))
        if watch.observed:
            self._list_cameras([camera.title for camera in watch.observed.cameras.values()],
                               choices.hidden)
            self.model.say(texts.model(watch.observed))
            self.model.setToolTip(tooltip(texts.model_details(watch.observed)))

    def _list_nodes(self, names: list[str], current: str) -> None:
        shown = names or ['no classifier']
        if shown != [self.nodes.itemText(index) for index in range(self.nodes.count())]:
            self.nodes.clear()
            self.nodes.addItems(shown)
        self.nodes.setEnabled(bool(names))
        if current and self.nodes.currentText() != current:
            self.nodes.setCurrentText(current)

    def _list_cameras(self, titles: list[str], hidden: frozenset[str]) -> None:
        menu = self.cameras.menu()
        if titles != [action.text() for action in menu.actions()]:
            menu.clear()
            for title in titles:
                action = Action(title, menu)
                action.setCheckable(True)
                action.toggled.connect(
                    lambda is_on, title=title: self._choose_camera(title, is_on))
                menu.addAction(action)
        for action in menu.actions():
            action.blockSignals(True)
            action.setChecked(action.text() not in hidden)
            action.blockSignals(False)

    def _choose_node(self, index: int) -> None:
        self._change(node=self.nodes.itemText(index))

    def _choose_camera(self, title: str, is_shown: bool) -> None:
        hidden: set[Any] = {action.text() for action in self.cameras.menu().actions()
                            if not action.isChecked()}
        self._change(hidden=frozenset(hidden))
