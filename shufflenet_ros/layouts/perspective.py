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
A perspective of rqt that shows a classifier: our plugin, plots, diagnostics and parameters.

The form is what rqt exports (``qt_gui.perspective_manager``): groups of keys, each with the
``repr`` of its value. rqt evaluates that text, so that every name is checked before it gets there.
A perspective that rqt exports also holds bytes of Qt with the places of the docks; here our plugin
puts them into their places when it starts (``rqt_plugin.docks``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
import json
from typing import Any

from shufflenet_ros.layouts.shown import check_node
from shufflenet_ros.node.camera_topics import check_camera_names, result_prefix
from shufflenet_ros.node.public_names import latency_topic

OURS = 'shufflenet_ros/ClassifierPlugin'
PLOT = 'rqt_plot/Plot'
RUNTIME_MONITOR = 'rqt_runtime_monitor/RuntimeMonitor'
ROBOT_MONITOR = 'rqt_robot_monitor/RobotMonitor'
RECONFIGURE = 'rqt_reconfigure/Param'
"""Plugins as rqt names them: the package, and the name of the class in its ``plugin.xml``."""
PLUGINS = (OURS, PLOT, RUNTIME_MONITOR, ROBOT_MONITOR, RECONFIGURE)
NODE, ARRANGEMENT = 'node', 'arrangement'
"""Settings that our plugin reads."""
PLOTTED = ('total_ms', 'inference_ms', 'age_at_receipt_ms')
PLOT_SPAN_S = 30.0
WINDOW = (1600, 1000)
"""Size of the window in pixels, where the screen has room for it."""
LEFT, RIGHT = 10, 7
"""Shares of the width: our plugin, all others."""


@dataclass(frozen=True)
class Dock:
    """One plugin of the window: which, its serial number, its title and its settings."""

    plugin: str
    serial: int = 1
    title: str = ''
    widget: str = ''
    """Object name of the plugin's widget, below which rqt keeps the title."""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the name of its dock widget starts, such as ``rqt_plot__Plot__1``."""
        return f'{self.plugin.replace("/", "__")}__{self.serial}'


def perspective_text(node: str, cameras: Sequence[str],
                     plugins: Collection[str] = PLUGINS) -> str:
    """
    Give the perspective of a node (``/robot1/classifier``) and its cameras as JSON.

    ``cameras`` are the names as in the node's parameter ``cameras``: ``['']`` for the one without
    a name; ``plugins`` are those of :data:`PLUGINS` that are shown. Raises ConfigurationError for
    what can be no such name.
    """
    check_node(node)
    check_camera_names(cameras)
    plots = [_plot(node, camera, serial) for serial, camera in enumerate(cameras, 1)]
    health = [Dock(RUNTIME_MONITOR), Dock(ROBOT_MONITOR),
              Dock(RECONFIGURE, settings={'selected_nodes': [node]})]
    columns = [_shown([[Dock(OURS)]], plugins), _shown([plots, health], plugins)]
    ours = Dock(OURS, settings={NODE: node, ARRANGEMENT: json.dumps(_arrangement(columns))})
    docks = [ours if dock.plugin == OURS else dock
             for column in columns for tabs in column for dock in tabs]
    return json.dumps(_group(groups={'pluginmanager': _plugin_manager(docks)}), indent=2) + '\n'


def plotted_topics(node: str, cameras: Sequence[str]) -> list[str]:
    """Give the topics of the plots; rqt_plot drops those that it does not see when it starts."""
    return [f'{result_prefix(camera).replace("~", node)}{latency_topic(key)}'
            for camera in cameras for key in PLOTTED]


def _plot(node: str, camera: str, serial: int) -> Dock:
    topics = [f'{topic}/data' for topic in plotted_topics(node, [camera])]
    return Dock(PLOT, serial, f'Latency of {camera or node} (ms)', 'DataPlotWidget',
                {'topics': topics, 'autoscroll': True, 'x_limits': [0.0, PLOT_SPAN_S]})


def _shown(column: Sequence[Sequence[Dock]], plugins: Collection[str]) -> list[list[Dock]]:
    """Leave out what is not shown, and the tabs of which nothing is left."""
    tabs = [[dock for dock in tabs if dock.plugin in plugins] for tabs in column]
    return [some for some in tabs if some]


def _arrangement(columns: Sequence[Sequence[Sequence[Dock]]]) -> dict[str, Any]:
    """Give the size of the window, and its columns of tabs from left to right."""
    return {'size': WINDOW, 'columns': [
        {'share': share, 'rows': [[dock.name for dock in tabs] for tabs in column]}
        for share, column in zip((LEFT, RIGHT), columns, strict=True) if column]}


def _plugin_manager(docks: Sequence[Dock]) -> dict[str, Any]:
    running: dict[str, list[int]] = {}
    for dock in docks:
        running.setdefault(dock.plugin, []).append(dock.serial)
    return _group({'running-plugins': running},
                  {f'plugin__{dock.name}': _dock_group(dock) for dock in docks})


def _dock_group(dock: Dock) -> dict[str, Any]:
    titles = {f'dock_widget__{dock.widget}': _group({'dock_widget_title': dock.title})}
    return _group(groups={'plugin': _group(dock.settings), **(titles if dock.title else {})})


def _group(keys: Mapping[str, Any] | None = None,
           groups: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give a group of settings as rqt writes it."""
    return {'keys': {key: {'type': 'repr', 'repr': repr(value)}
                     for key, value in (keys or {}).items()},
            'groups': dict(groups or {})}
