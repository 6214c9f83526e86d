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
Where the docks of a window lie once they were arranged, as a line of JSON.

    python dock_places.py PySide6 PERSPECTIVE

The window is that of rqt: all docks in one row, in the order of their names.
"""

import json
from pathlib import Path
import sys

from rqt_plugin.qt_stand_in import provide

provide(sys.argv[1])

from python_qt_binding import QtCore, QtWidgets  # noqa: E402
from shufflenet_ros.rqt_plugin.docks import arrange_docks  # noqa: E402


class Settings(dict):
    """Settings of an instance, as those of rqt."""

    value = dict.get
    remove = dict.pop


def main(text):
    """Arrange twice, as where rqt restores its settings again after the user moved a dock."""
    application = QtWidgets.QApplication([])
    manager = json.loads(text)['groups']['pluginmanager']['groups']
    window = QtWidgets.QMainWindow()
    window.setDockNestingEnabled(True)
    docks = {}
    for name in sorted(manager):
        plugin = name.removeprefix('plugin__')
        docks[plugin] = dock = QtWidgets.QDockWidget(window)
        dock.setObjectName(f'{plugin}__Widget')
        dock.setWidget(QtWidgets.QLabel(plugin))
        window.addDockWidget(QtCore.Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    window.show()
    ours = manager['plugin__shufflenet_ros__ClassifierPlugin__1']['groups']['plugin']['keys']
    settings = Settings(arrangement=eval(ours['arrangement']['repr']))
    places = []
    for _ in range(2):
        arrange_docks(docks['shufflenet_ros__ClassifierPlugin__1'].widget(), settings)
        for _ in range(5):
            application.processEvents()
        places.append({name: [dock.x(), dock.y(), dock.width(), dock.height(),
                              len(window.tabifiedDockWidgets(dock))]
                       for name, dock in docks.items() if not dock.visibleRegion().isEmpty()})
        window.resize(700, 500)
    print(json.dumps([places, list(settings)]))


if __name__ == '__main__':
    main(Path(sys.argv[2]).read_text())
