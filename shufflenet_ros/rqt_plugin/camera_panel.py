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

"""One camera: its image, the best classes, rates and drops, and the stages over time."""

from __future__ import annotations

from collections.abc import Iterable

from python_qt_binding import QtWidgets
from shufflenet_ros.core.text import plain
from shufflenet_ros.observer.observed import ObservedCamera
from shufflenet_ros.rqt_plugin import texts
from shufflenet_ros.rqt_plugin.chart_columns import Columns, columns, right_edge
from shufflenet_ros.rqt_plugin.image_view import ImageView
from shufflenet_ros.rqt_plugin.labels import bold, PlainLabel, tooltip
from shufflenet_ros.rqt_plugin.score_bars import ScoreBars
from shufflenet_ros.rqt_plugin.strip_chart import make_chart, StripChart


class CameraPanel(QtWidgets.QFrame):
    """Shows an :class:`ObservedCamera` whenever it is told to."""

    def __init__(self, name: str, title: str) -> None:
        """``name`` is that of the camera, ``title`` what stands above it."""
        super().__init__()
        self.name = name
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.title = bold(QtWidgets.QLabel(title), larger=1)
        self.label = bold(PlainLabel())
        self.image, self.bars = ImageView(), ScoreBars()
        self.cells = PlainLabel()
        self.rates, self.latency, self.drops = PlainLabel(), PlainLabel(), PlainLabel()
        made = make_chart()
        self.chart = made if isinstance(made, StripChart) else None
        self._lay_out(PlainLabel(made, is_wrapped=True) if isinstance(made, str) else made)

    def show_results(self, camera: ObservedCamera) -> None:
        """Show the newest image and result; cheap where nothing is new."""
        if camera.image is not None:
            self.image.show_jpeg(camera.image.data)
        else:
            self.image.clear()
        self.label.say(plain(camera.label))
        self.bars.show_scores(camera.hypotheses)
        self.cells.say(texts.cells(camera))
        self.cells.setVisible(bool(camera.cells))

    def show_figures(self, camera: ObservedCamera, span_s: float,
                     others_s: Iterable[float]) -> None:
        """Show rates, drops and the chart; ``others_s`` are latest stamps of all cameras (s)."""
        shown = columns(camera.series, span_s)
        self.rates.say(texts.rates(camera))
        self.latency.say(texts.latency(shown.p50_ms, shown.p99_ms))
        self.drops.say(texts.drops(camera))
        self.drops.setToolTip(tooltip(texts.all_drops(camera)))
        if self.chart is not None:
            self._show_chart(shown, span_s, others_s)

    def _show_chart(self, shown: Columns, span_s: float, others_s: Iterable[float]) -> None:
        assert self.chart is not None
        if len(shown.seconds):
            own_s = float(shown.seconds[-1])
            self.chart.show_columns(shown, right_edge(own_s, others_s, span_s), span_s)

    def _lay_out(self, chart: QtWidgets.QWidget) -> None:
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title)
        head.addSpacing(8)
        head.addWidget(self.label, 1)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.image, 5)
        top.addWidget(self.bars, 4)
        figures = QtWidgets.QHBoxLayout()
        figures.addWidget(self.rates, 1)
        figures.addWidget(self.latency, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(top, 5)
        layout.addWidget(self.cells)
        layout.addLayout(figures)
        layout.addWidget(self.drops)
        layout.addWidget(chart, 4)
