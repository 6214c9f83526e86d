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
The docks of rqt's window in columns of tabs, as a perspective of ours asks for.

rqt puts all docks into one row, in the order of their names, where a perspective has no bytes of
Qt for them. Our plugin calls this inside rqt; the arrangement is then the user's to change.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
from typing import Any

from python_qt_binding.QtCore import QSize, Qt, QTimer
from python_qt_binding.QtWidgets import QDockWidget, QMainWindow, QWidget
from shufflenet_ros.layouts.perspective import ARRANGEMENT

FRAME = QSize(10, 40)
"""What the window manager puts around a window, about."""


def arrange_docks(widget: QWidget, instance_settings: Any) -> None:
    """
    Arrange the window of a plugin's widget once, if the settings of the plugin ask for it.

    Call it in ``restore_settings``: the docks are moved when all plugins have been restored.
    """
    text = instance_settings.value(ARRANGEMENT, '')
    if not text:
        return
    # Never again: rqt keeps these settings, and the user may have moved the docks meanwhile.
    instance_settings.remove(ARRANGEMENT)
    window = widget.window()
    if isinstance(window, QMainWindow):
        QTimer.singleShot(0, lambda: _arrange(window, json.loads(text)))


def _arrange(window: QMainWindow, arrangement: dict[str, Any]) -> None:
    _resize(window, QSize(*arrangement['size']))
    docks = {dock.objectName(): dock for dock in window.findChildren(QDockWidget)}
    columns, shares = [], []
    for column in arrangement['columns']:
        rows = [[dock for name in names for dock in _named(docks, name)]
                for names in column['rows']]
        if any(rows):
            columns.append([row for row in rows if row])
            shares.append(column['share'])
    _place(window, columns)
    tops = [column[0][0] for column in columns]
    window.resizeDocks(tops, [share * window.width() // sum(shares) for share in shares],
                       Qt.Orientation.Horizontal)
    for column in columns:
        firsts = [row[0] for row in column]
        window.resizeDocks(firsts, [window.height() // len(firsts)] * len(firsts),
                           Qt.Orientation.Vertical)


def _place(window: QMainWindow, columns: Sequence[Sequence[Sequence[QDockWidget]]]) -> None:
    """Put columns side by side, rows below each other, and tabs over each other."""
    tops = [column[0][0] for column in columns]
    for left, right in zip(tops, tops[1:], strict=False):
        window.splitDockWidget(left, right, Qt.Orientation.Horizontal)
    for column in columns:
        for upper, lower in zip(column, column[1:], strict=False):
            window.splitDockWidget(upper[0], lower[0], Qt.Orientation.Vertical)
    for row in (row for column in columns for row in column):
        for dock in row[1:]:
            window.tabifyDockWidget(row[0], dock)
        row[0].raise_()


def _resize(window: QMainWindow, size: QSize) -> None:
    """Give the window a size, as far as the screen has room for it."""
    room = window.screen().availableGeometry()
    window.resize(size.boundedTo(room.size() - FRAME))
    window.move(room.topLeft())


def _named(docks: dict[str, QDockWidget], name: str) -> list[QDockWidget]:
    """Give the dock of a plugin; rqt appends the name of its widget."""
    return [dock for full, dock in docks.items() if full.startswith(f'{name}__')]
