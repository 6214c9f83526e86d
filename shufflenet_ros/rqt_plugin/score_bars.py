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

"""The best classes of the latest frame as bars with their names."""

from __future__ import annotations

from collections.abc import Sequence

from python_qt_binding import QtCore, QtWidgets
from shufflenet_ros.core.text import plain
from shufflenet_ros.observer.observed import Hypothesis
from shufflenet_ros.rqt_plugin.colours import OF_BARS
from shufflenet_ros.rqt_plugin.labels import PlainLabel

MOST = 10
"""More bars than these nobody reads."""
STYLE = (f'QProgressBar {{ border: none; background: rgba(128, 128, 128, 50); }}'
         f'QProgressBar::chunk {{ background: {OF_BARS}; }}')
Qt = QtCore.Qt


class ScoreBars(QtWidgets.QWidget):
    """One row for each hypothesis: name, bar, score."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 5)
        self._grid.setColumnStretch(1, 4)
        self._grid.setRowStretch(MOST, 1)
        self._shown: Sequence[Hypothesis] = ()
        self._rows: list[tuple[PlainLabel, QtWidgets.QProgressBar, QtWidgets.QLabel]] = []

    def show_scores(self, hypotheses: Sequence[Hypothesis]) -> None:
        """Show the first of them, best first."""
        if hypotheses != self._shown:
            self._shown = hypotheses
            # A bar paints itself at once, its name later: a glance between them would be wrong.
            self.setUpdatesEnabled(False)
            self._put(hypotheses[:MOST])
            self.setUpdatesEnabled(True)

    def texts(self) -> list[str]:
        """Give name and score of each bar that is shown."""
        return [f'{name.whole} {score.text()}' for name, bar, score in self._rows
                if not bar.isHidden()]

    def _put(self, shown: Sequence[Hypothesis]) -> None:
        while len(self._rows) < len(shown):
            self._rows.append(self._row(len(self._rows)))
        for row, (name, bar, score) in enumerate(self._rows):
            is_there = row < len(shown)
            for part in (name, bar, score):
                part.setVisible(is_there)
            if is_there:
                name.say(plain(shown[row].name))
                bar.setValue(round(1000 * min(1.0, max(0.0, shown[row].score))))
                score.setText(f'{shown[row].score:.2f}')

    def _row(self, row: int) -> tuple[PlainLabel, QtWidgets.QProgressBar, QtWidgets.QLabel]:
        name, bar, score = PlainLabel(), QtWidgets.QProgressBar(), QtWidgets.QLabel()
        bar.setRange(0, 1000)
        bar.setTextVisible(False)
        bar.setFixedHeight(max(8, name.fontMetrics().height() - 4))
        bar.setMinimumWidth(30)
        bar.setStyleSheet(STYLE)
        score.setMinimumWidth(score.fontMetrics().horizontalAdvance('0.00'))
        for column, part in enumerate((name, bar, score)):
            self._grid.addWidget(part, row, column)
        return name, bar, score
