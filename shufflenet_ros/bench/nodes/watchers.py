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

"""The tools of this package that people watch a node with, as processes of a benchmark."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path

from shufflenet_ros.bench.nodes.watcher import NODE, Watcher
from shufflenet_ros.node.public_names import ANNOTATED_COMPRESSED, CLASSIFICATION, FRAME_LATENCY

COLUMNS, LINES = 80, 24
RQT = 'rqt'
DISPLAYS = ('DISPLAY', 'WAYLAND_DISPLAY')
PLATFORM = 'QT_QPA_PLATFORM'
"""Qt's variable for what it draws on; without a display it must be ``offscreen``."""


def terminal() -> Watcher:
    """Give ``shufflenet_ros monitor`` in a terminal of 80x24."""
    return Watcher(
        'terminal', ('-m', 'shufflenet_ros.cli.main', 'monitor', '--node', NODE),
        (CLASSIFICATION, FRAME_LATENCY), (COLUMNS, LINES), shown=f'terminal {COLUMNS}x{LINES}')


def rqt(folder: Path) -> Watcher:
    """
    Give the plugin of rqt in a window of its own, with its settings below ``folder``.

    It is drawn on the display of this session where there is one, else in memory by Qt's platform
    ``offscreen``, which costs no X server.
    """
    environment = {'XDG_CONFIG_HOME': str(folder / 'rqt')}
    if not _has_display():
        environment[PLATFORM] = os.environ.get(PLATFORM, 'offscreen')
    return Watcher(
        RQT, ('-m', 'shufflenet_ros.rqt_plugin.main', NODE),
        (CLASSIFICATION, FRAME_LATENCY, ANNOTATED_COMPRESSED), environment=environment,
        shown=environment.get(PLATFORM) or os.environ.get(PLATFORM, 'display'))


def why_no_rqt() -> str:
    """Say why rqt with our plugin cannot run here; empty where it can."""
    if find_spec('rqt_gui') is None:
        return 'rqt_gui cannot be imported; source the setup.bash of ROS 2'
    prefixes = filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep))
    if not any((Path(prefix) / 'share' / 'shufflenet_ros' / 'plugin.xml').is_file()
               for prefix in prefixes):
        return ('rqt does not find the plugin of this package; build it with colcon, and source '
                'install/setup.bash')
    return ''


def _has_display() -> bool:
    return any(os.environ.get(name) for name in DISPLAYS)
