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

"""The stages of a camera's frames over time, stacked, by pyqtgraph."""

from __future__ import annotations

import os
from typing import Any

from python_qt_binding import QtCore, QtGui, QtWidgets
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.core.text import plain
from shufflenet_ros.rqt_plugin.chart_columns import Columns, stamp_text
from shufflenet_ros.rqt_plugin.colours import OF_STAGES

MISSING = ('No chart of the stages: pyqtgraph is not installed. sudo apt install '
           'python3-pyqtgraph (or pip install pyqtgraph), and open rqt again.')
REFUSED = ('No chart of the stages: pyqtgraph does not run with this Qt; install a newer one '
           '(pip install --upgrade pyqtgraph), and open rqt again')
HEADROOM = 1.08
"""The number at the upper end of the axis would be cut off."""
DASHED, DOTTED = QtCore.Qt.PenStyle.DashLine, QtCore.Qt.PenStyle.DotLine


def make_chart() -> StripChart | str:
    """Make a chart; a line that says what to install where pyqtgraph cannot be had."""
    # It would choose a binding by itself; two of them cannot live in one process.
    os.environ['PYQTGRAPH_QT_LIB'] = QtCore.__name__.partition('.')[0]
    try:
        import pyqtgraph
        return StripChart(pyqtgraph)
    except ModuleNotFoundError:
        return MISSING
    except Exception as error:  # an old one raises such where it does not know the binding
        return f'{REFUSED} ({plain(error)})'


class StripChart(QtWidgets.QWidget):
    """Areas of the stages, lines at the median and the 99th percentile of the total."""

    def __init__(self, pyqtgraph: Any) -> None:
        super().__init__()
        self._pg = pyqtgraph
        below, left = pyqtgraph.AxisItem('bottom'), pyqtgraph.AxisItem('left')
        below.tickStrings = lambda values, scale, spacing: list(map(stamp_text, values))
        left.tickStrings = lambda values, scale, spacing: [f'{value:g} ms' for value in values]
        left.setWidth(self.fontMetrics().horizontalAdvance('1000 ms') + 12)
        self._plot = pyqtgraph.PlotWidget(axisItems={'bottom': below, 'left': left})
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.disableAutoRange()
        # The highest first: each area goes down to the ground, and the next one covers it.
        self._areas = [self._area(index) for index in reversed(range(len(STAGES)))][::-1]
        self._p50, self._p99 = (pyqtgraph.InfiniteLine(angle=0) for _ in range(2))
        for line in (self._p50, self._p99):
            line.hide()
            self._plot.addItem(line, ignoreBounds=True)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setMinimumHeight(90)
        self._style()

    def show_columns(self, shown: Columns, right_s: float, span_s: float) -> None:
        """Draw frames; ``right_s`` is the stamp at the right edge."""
        for index, area in enumerate(self._areas):
            area.setData(shown.seconds, shown.tops[:, index])
        self._plot.setXRange(right_s - span_s, right_s, padding=0)
        self._plot.setYRange(0, HEADROOM * shown.height_ms, padding=0)
        for line, value in ((self._p50, shown.p50_ms), (self._p99, shown.p99_ms)):
            line.setVisible(value == value)
            if value == value:
                line.setValue(value)

    def drawn(self) -> tuple[Any, list[Any]]:
        """Give what is drawn: stamps (s), and the upper edge of each stage (ms)."""
        return self._areas[0].getData()[0], [area.getData()[1] for area in self._areas]

    def changeEvent(self, event: Any) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self._style()

    def _area(self, index: int) -> Any:
        area = self._pg.PlotCurveItem(
            pen=self._pg.mkPen(None), brush=OF_STAGES[STAGES[index]], fillLevel=0, antialias=False)
        self._plot.addItem(area)
        return area

    def _style(self) -> None:
        palette = self.palette()
        ground = palette.color(QtGui.QPalette.ColorRole.Base)
        ink = palette.color(QtGui.QPalette.ColorRole.Text)
        self._plot.setBackground(ground)
        for name in ('left', 'bottom'):
            self._plot.getAxis(name).setPen(ink)
            self._plot.getAxis(name).setTextPen(ink)
        for line, style in ((self._p50, DOTTED), (self._p99, DASHED)):
            line.setPen(self._pg.mkPen(ink, width=1, style=style))


class Legend(QtWidgets.QLabel):
    """Names of the stages beside their colours, for all charts."""

    def __init__(self) -> None:
        super().__init__()
        parts = [f'<span style="color:{OF_STAGES[stage]}">&#9632;</span>&nbsp;'
                 f'{stage.replace("_", "&nbsp;")}' for stage in STAGES]
        self.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setText(f'total by stage: &ensp;{"&ensp; ".join(parts)}&ensp; '
                     '<b>- -</b>&nbsp;p99 &ensp;<b>&middot;&middot;&middot;</b>&nbsp;p50')
