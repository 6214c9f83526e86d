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

"""Labels that show text as it is: text from outside is never taken for markup."""

from __future__ import annotations

from html import escape
from typing import Any

from python_qt_binding import QtCore, QtWidgets

Qt = QtCore.Qt


class PlainLabel(QtWidgets.QLabel):
    """Text that may be selected; it wraps, or is cut at its end with the whole as its tooltip."""

    def __init__(self, text: str = '', is_wrapped: bool = False) -> None:
        super().__init__()
        self._whole = ''
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWordWrap(is_wrapped)
        if not is_wrapped:
            self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored,
                               QtWidgets.QSizePolicy.Policy.Fixed)
        self.say(text)

    @property
    def whole(self) -> str:
        """The text, also what there is no room for."""
        return self._whole

    def say(self, text: str) -> None:
        """Show a text."""
        if text != self._whole:
            self._whole = text
            self._fit()

    def resizeEvent(self, event: Any) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> Any:
        """Be as narrow as the layout wants, never lower than a line."""
        hint = super().minimumSizeHint()
        return hint if self.wordWrap() else QtCore.QSize(0, hint.height())

    def _fit(self) -> None:
        shown = self._whole
        if not self.wordWrap() and self.width() > 0:
            shown = self.fontMetrics().elidedText(
                shown, Qt.TextElideMode.ElideRight, max(0, self.width() - 2))
            self.setToolTip(tooltip(self._whole) if shown != self._whole else '')
        if shown != self.text():
            self.setText(shown)


def tooltip(text: str) -> str:
    """Give text for a tooltip: Qt would take some texts for markup."""
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>' if text else ''


def bold(label: Any, larger: int = 0) -> Any:
    """Make a label bold and some points larger; the label."""
    font = label.font()
    font.setBold(True)
    font.setPointSize(font.pointSize() + larger)
    label.setFont(font)
    return label


def mark(label: Any, colour: str) -> None:
    """Put a bar of a colour in front of a label."""
    label.setStyleSheet(f'border-left: 5px solid {colour}; padding: 2px 6px')
