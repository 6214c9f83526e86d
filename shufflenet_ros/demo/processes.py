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

"""The processes of the demo: camera, classifier and monitor, from start to end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
import os
import signal
import subprocess
import sys
import time
from typing import Any

from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.process.middleware import parameter_words, this_machine_only

NODES = {'classifier': 'node.classifier_node', 'monitor': 'demo.nodes.monitor',
         'camera': 'demo.nodes.camera'}
"""Name of a process to the module of its node."""
EXIT_TIMEOUT_S = 5.0


def run_nodes(parameters: Mapping[str, Mapping[str, Any]], timeout_s: float) -> int:
    """
    Run the nodes until the monitor ends; exit code of the monitor, or 130 after Ctrl-C.

    ``parameters`` are those of each of ``NODES``. Raises ShufflenetRosError where another process
    fails, or where the monitor takes longer than ``timeout_s``.
    """
    # A namespace of its own: neither a robot nor a second demo on this machine is disturbed.
    namespace = f'/demo_{os.getpid()}'
    environment = this_machine_only() | os.environ
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, values in parameters.items():
            processes[name] = subprocess.Popen(
                [sys.executable, '-m', 'shufflenet_ros.process.entry_points', NODES[name],
                 *ros_arguments(namespace, values), '-r', 'image_raw:=camera/image_raw'],
                env=environment)
        return _wait(processes, time.monotonic() + timeout_s)
    except KeyboardInterrupt:
        return 130
    finally:
        _end(processes.values())


def ros_arguments(namespace: str, parameters: Mapping[str, Any]) -> list[str]:
    """Words of the command line of a node that logs warnings only; remappings may follow."""
    return ['--ros-args', '-r', f'__ns:={namespace}', '--log-level', 'warn',
            *parameter_words(parameters)]


def _wait(processes: Mapping[str, subprocess.Popen[bytes]], deadline_s: float) -> int:
    while (code := processes['monitor'].poll()) is None:
        for name in ('classifier', 'camera'):
            if processes[name].poll():
                raise ShufflenetRosError(f'the {name} ended with exit code '
                                         f'{processes[name].returncode}; its message is above')
        if time.monotonic() > deadline_s:
            raise ShufflenetRosError('the demo did not end in time: no frames arrived? See '
                                     'docs/troubleshooting.md')
        time.sleep(0.05)
    return code


def _end(processes: Collection[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
