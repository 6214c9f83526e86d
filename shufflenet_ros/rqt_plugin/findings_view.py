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

"""What the node finds wrong, with what to do: text that may be selected and copied."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from python_qt_binding import QtCore, QtWidgets
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.observer.observed import Finding
from shufflenet_ros.rqt_plugin import texts
from shufflenet_ros.rqt_plugin.colours import OF_LEVELS


class FindingsView(QtWidgets.QTextEdit):
    """One paragraph for each finding, in the colour of its level."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setMinimumHeight(60)
        self._shown: list[tuple[Level, str]] = []

    def show_findings(self, findings: Sequence[Finding], when_none: str) -> None:
        """Show these, or what it means that there are none."""
        shown = [(found.level, texts.finding(found)) for found in findings] or [
            (Level.OK, when_none)]
        if shown != self._shown:
            self._shown = shown
            bar, place = self.verticalScrollBar(), self.verticalScrollBar().value()
            self.setHtml(''.join(
                f'<p style="margin: 2px"><span style="color:{OF_LEVELS[level]}">&#9679;</span> '
                f'{escape(text)}</p>' for level, text in shown))
            bar.setValue(place)

    def sizeHint(self) -> QtCore.QSize:
        """Ask for a few lines."""
        return QtCore.QSize(400, 5 * self.fontMetrics().lineSpacing())
