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
The executables of nodes: first the signals, then the imports, then the node.

    python3 -m shufflenet_ros.process.entry_points node.classifier_node --ros-args -p top_k:=3
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
import sys

import shufflenet_ros.process.no_telemetry  # noqa: F401
from shufflenet_ros.process.signals import finish, stop_signals


def classifier_node() -> int:
    """Run the classifier node."""
    return start('node.classifier_node')


def start(module: str) -> int:
    """Run the ``main`` of a module of this package with the arguments of this process."""
    stop_signals.take_over()
    # Imported only now: rclpy and onnxruntime take a second, in which a signal may come.
    return finish(import_module(f'shufflenet_ros.{module}').main(sys.argv))


def _exists(module: str) -> bool:
    try:
        return find_spec(f'shufflenet_ros.{module}') is not None
    except ModuleNotFoundError:
        return False


if __name__ == '__main__':
    if len(sys.argv) < 2 or not _exists(sys.argv[1]):
        print('usage: python3 -m shufflenet_ros.process.entry_points MODULE [--ros-args ...], '
              'with the module of a node below shufflenet_ros, such as node.classifier_node',
              file=sys.stderr)
        sys.exit(2)
    sys.exit(start(sys.argv.pop(1)))
