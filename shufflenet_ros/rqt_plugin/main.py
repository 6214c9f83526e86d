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

"""The command ``rqt_classifier``: the plugin alone in a window of rqt."""

from __future__ import annotations

import sys

from shufflenet_ros.core.text import plain
from shufflenet_ros.rqt_plugin.arguments import add_arguments, PLUGIN


def main() -> int:
    """Open it; ``rqt_classifier --help`` lists the options of rqt and the name of the node."""
    try:
        from rqt_gui.main import Main
    except ImportError as error:
        print(f'rqt_classifier: rqt is not installed ({plain(error)}): sudo apt install '
              'ros-$ROS_DISTRO-rqt-gui ros-$ROS_DISTRO-rqt-gui-py python3-pyqtgraph',
              file=sys.stderr)
        return 1
    # What rqt remembers of the plugins that it found may be older than this package.
    arguments = [sys.argv[0], '--force-discover', *sys.argv[1:]]
    code: int = Main(filename=PLUGIN).main(
        arguments, standalone=PLUGIN, plugin_argument_provider=add_arguments)
    return code


if __name__ == '__main__':
    sys.exit(main())
