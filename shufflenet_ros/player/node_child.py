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
The classifier node as the child of a process: it ends with it, also where that one is killed.

    python3 -m shufflenet_ros.player.node_child --ros-args -p top_k:=3

The parent holds the other end of standard input, and never writes to it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import shufflenet_ros.process.no_telemetry  # noqa: F401
from shufflenet_ros.process.signals import finish, stop_signals

STDIN = 0


def main() -> int:
    """Run the node until standard input ends."""
    stop_signals.take_over()
    threading.Thread(target=_end_with_parent, name='parent', daemon=True).start()
    # Imported only now, as by process.entry_points: it takes a second, in which a signal may come.
    from shufflenet_ros.node.classifier_node import main as serve
    return finish(serve(sys.argv))


def _end_with_parent() -> None:
    while os.read(STDIN, 64):
        pass
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == '__main__':
    sys.exit(main())
