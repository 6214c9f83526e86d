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

"""The parameters that may be changed while the node runs, and what the node says to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from python_qt_binding import QtWidgets
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.observer.settings import Outcome, Settings
from shufflenet_ros.rqt_plugin.colours import OF_LEVELS
from shufflenet_ros.rqt_plugin.labels import mark, PlainLabel, tooltip
from shufflenet_ros.rqt_plugin.model_names import suggestions

OF_CARD = -1.0
"""A threshold below 0 is that of the model's card."""
STEP = 0.05


class SettingsForm(QtWidgets.QWidget):
    """An editor for each parameter; it follows the node unless somebody is typing in it."""

    def __init__(self, change: Callable[[str, Any, Callable[[Outcome], None]], None]) -> None:
        """``change(name, value, tell)`` asks the node; ``tell`` is called with the outcome."""
        super().__init__()
        self._change = change
        self._pending: dict[str, Any] = {}
        self.editors = {'model': self._model(), 'threshold': self._threshold(),
                        'top_k': _whole(1, 1000), 'max_rate_hz': _floating(1000.0, 1.0, 1, ' Hz'),
                        'max_age_ms': _floating(3.6e6, 10.0, 0, ' ms')}
        for name, editor in self.editors.items():
            if name != 'model':
                editor.valueChanged.connect(lambda _, name=name: self._ask(name))
        self.message = PlainLabel(is_wrapped=True)
        """What the node said to the latest change; it stands where there is room for it."""
        self.message.hide()
        self._lay_out()
        self.setEnabled(False)

    def forget(self) -> None:
        """Begin anew, with another node."""
        self._pending.clear()
        self._say(Level.OK, '')
        self.setEnabled(False)

    def show_settings(self, settings: Settings | None) -> None:
        """Show the values that the node has."""
        values = settings.values if settings else {}
        self.setEnabled(bool(values) and settings is not None and settings.is_there)
        for name, editor in self.editors.items():
            if name in values and name not in self._pending and not _is_being_edited(editor):
                self._put(name, values[name])
        for name, found in (settings.descriptors if settings else {}).items():
            if name in self.editors and not self.editors[name].toolTip():
                self.editors[name].setToolTip(tooltip(plain(found.description, 400)))

    def value(self, name: str) -> Any:
        """Give what stands in an editor, as the node takes it."""
        editor = self.editors[name]
        if name == 'model':
            return editor.currentText().strip()
        value = editor.value()
        return OF_CARD if name == 'threshold' and value < 0 else value

    def ask_for_model(self) -> None:
        """Ask the node for the model that stands in the editor."""
        if self.value('model'):
            self._ask('model')

    def _ask(self, name: str) -> None:
        self._pending[name] = self.value(name)
        self._say(Level.STALE, f'setting {name} to {plain(self._pending[name])} ...')
        self._change(name, self._pending[name], self._tell)

    def _tell(self, outcome: Outcome) -> None:
        if self._pending.get(outcome.name) == outcome.value:
            del self._pending[outcome.name]
        _line_of(self.editors[outcome.name]).setModified(False)
        value = plain(outcome.value)
        if outcome.reason:
            self._say(Level.ERROR,
                      f'REFUSED {outcome.name} {value}: {plain(outcome.reason, 400)}')
        else:
            self._say(Level.OK, f'{outcome.name} is {value}')

    def _say(self, level: Level, text: str) -> None:
        mark(self.message, OF_LEVELS[level])
        self.message.say(text)
        self.message.setVisible(bool(text))

    def _put(self, name: str, value: Any) -> None:
        editor = self.editors[name]
        editor.blockSignals(True)
        if name == 'model':
            if editor.currentText() != value:
                editor.clear()
                editor.addItems(suggestions(str(value)))
                editor.setCurrentText(str(value))
        elif name == 'threshold' and value < 0:
            editor.setValue(-STEP)
        else:
            editor.setValue(value)
        editor.blockSignals(False)

    def _model(self) -> Any:
        editor = QtWidgets.QComboBox()
        editor.setEditable(True)
        editor.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        editor.setMinimumContentsLength(10)
        editor.lineEdit().returnPressed.connect(self.ask_for_model)
        editor.activated.connect(lambda _: self.ask_for_model())
        return editor

    @staticmethod
    def _threshold() -> Any:
        editor = _floating(1.0, STEP, 2, '')
        editor.setMinimum(-STEP)
        editor.setSpecialValueText("model's own")
        return editor

    def _lay_out(self) -> None:
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        names = {'model': (0, 0, 3), 'threshold': (1, 0, 1), 'top_k': (1, 2, 1),
                 'max_rate_hz': (2, 0, 1), 'max_age_ms': (2, 2, 1)}
        for name, (row, column, width) in names.items():
            label = QtWidgets.QLabel(name.rpartition('_')[0].replace('_', ' ')
                                     if name.startswith('max') else name.replace('_', ' '))
            grid.addWidget(label, row, column)
            grid.addWidget(self.editors[name], row, column + 1, 1, width)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.setRowStretch(3, 1)


def _whole(least: int, most: int) -> Any:
    editor = QtWidgets.QSpinBox()
    editor.setRange(least, most)
    editor.setKeyboardTracking(False)
    return editor


def _floating(most: float, step: float, decimals: int, unit: str) -> Any:
    editor = QtWidgets.QDoubleSpinBox()
    editor.setDecimals(decimals)
    editor.setRange(0.0, most)
    editor.setSingleStep(step)
    editor.setSuffix(unit)
    editor.setKeyboardTracking(False)
    editor.setSpecialValueText('no limit')
    return editor


def _line_of(editor: Any) -> Any:
    return editor.findChild(QtWidgets.QLineEdit)


def _is_being_edited(editor: Any) -> bool:
    return bool(editor.hasFocus() and _line_of(editor).isModified())
