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

"""rqt in this process, with the context of rclpy that this process already has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rclpy
from rclpy.signals import SignalHandlerOptions
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.rqt_window.installed import apt_package

AGGREGATED = '/diagnostics_agg'
"""The topic that rqt_robot_monitor subscribes to."""


def rqt_main() -> Any:
    """Give rqt's main function of a list of words; ConfigurationError where there is no rqt."""
    try:
        from rqt_gui.main import Main
    except ImportError as error:
        packages = ' '.join(map(apt_package, ('rqt_gui', 'rqt_gui_py')))
        raise ConfigurationError(f'rqt cannot be imported ({error}): sudo apt install {packages}, '
                                 'and source the setup.bash of ROS 2') from error
    return Main().main


def start_ros(use_sim_time: bool, aggregated: str) -> None:
    """
    Initialize rclpy, which rqt then does not do again, with parameters and names of its node.

    Signals are left to rqt, which closes its window: rclpy would take its context away before.
    """
    words = ['-p', f'use_sim_time:={str(use_sim_time).lower()}']
    if aggregated not in ('', AGGREGATED):
        words += ['-r', f'{AGGREGATED}:={aggregated}']
    rclpy.init(args=['--ros-args', *words], signal_handler_options=SignalHandlerOptions.NO)


def open_window(main: Any, perspective: str, others: Sequence[str] = ()) -> int:
    """Run rqt until its window is closed, and give its exit code."""
    # What rqt remembers of the plugins that it found may be older than what is installed.
    code: int = main(['rqt', '--force-discover', '--perspective-file', perspective, *others])
    return code
