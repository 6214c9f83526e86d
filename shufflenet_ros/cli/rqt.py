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
Open rqt on a running classifier: our plugin, plots, diagnostics, parameters.

It waits for the topics of the node, since rqt_plot leaves out those that come later. Plugins that
are not installed are left out. ros2 launch shufflenet_ros monitor.launch.py does the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.downloads.catalogue import cache_folder
from shufflenet_ros.process.files import prepare_file, write_whole
from shufflenet_ros.process.middleware import prepare_middleware

TIMEOUT_S = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--node', default='/classifier', metavar='NAME',
                        help='full name of the node (default: /classifier)')
    parser.add_argument('--cameras', default='', metavar='LIST',
                        help="names as in the node's parameter cameras, such as front,rear "
                        '(default: those that the running node has)')
    parser.add_argument('--timeout', type=float, default=TIMEOUT_S, metavar='S',
                        help='wait so many seconds for the topics of the node at most, then open '
                        f'rqt all the same (default: {TIMEOUT_S:.0f})')
    parser.add_argument('--perspective', type=Path, metavar='FILE',
                        help='write the perspective of rqt to this file')
    parser.add_argument('--only-perspective', action='store_true',
                        help='write the file and do not open rqt')
    parser.add_argument('--aggregated', default='', metavar='TOPIC',
                        help='show what a diagnostic_aggregator publishes there')
    parser.add_argument('--use-sim-time', action='store_true',
                        help='follow /clock (bags, simulators)')


def run(args: argparse.Namespace) -> int:
    """Wait, write the perspective, be rqt."""
    from shufflenet_ros.rqt_window.opening import open_window, rqt_main, start_ros

    _check(args)
    prepare_middleware()
    main = None if args.only_perspective else rqt_main()
    path = args.perspective or cache_folder() / f'{_dotted(args.node)}.perspective'
    prepare_file(path)
    cameras = [name.strip() for name in args.cameras.split(',')] if args.cameras else []
    if main is not None or not cameras:
        start_ros(args.use_sim_time, args.aggregated)
        cameras = _wait(args, cameras)
    write_whole(path, _perspective(args, cameras))
    if main is None:
        print(f'{plain(path)}: open it with rqt --force-discover --perspective-file FILE')
        return 0
    return open_window(main, str(path))


def _check(args: argparse.Namespace) -> None:
    from shufflenet_ros.layouts.perspective import perspective_text

    if args.only_perspective and args.perspective is None:
        raise ConfigurationError('--only-perspective: expected --perspective FILE as well')
    if not 0 <= args.timeout < float('inf'):
        raise ConfigurationError(f'--timeout {args.timeout}: expected seconds, 0 or more')
    perspective_text(args.node, [name.strip() for name in args.cameras.split(',')])


def _dotted(node: str) -> str:
    return node.strip('/').replace('/', '.')


def _perspective(args: argparse.Namespace, cameras: list[str]) -> str:
    from shufflenet_ros.layouts.perspective import perspective_text, PLUGINS, ROBOT_MONITOR
    from shufflenet_ros.rqt_window.installed import apt_package, installed_of, package_of

    wanted = [plugin for plugin in PLUGINS if plugin != ROBOT_MONITOR or args.aggregated]
    installed = installed_of(wanted)
    missing = [plugin for plugin in wanted if plugin not in installed]
    if missing:
        _say('left out, since not installed: ' + ', '.join(
            f'{plugin} (sudo apt install {apt_package(package_of(plugin))})'
            for plugin in missing))
    return perspective_text(args.node, cameras, installed)


def _wait(args: argparse.Namespace, cameras: list[str]) -> list[str]:
    """Give the cameras to show, once their topics are there."""
    from shufflenet_ros.rqt_window.waiting import wait_for_topics

    seen = wait_for_topics(args.node, cameras, args.timeout)
    if not seen.is_running:
        _say(f'{args.node}: not seen in {args.timeout:g} s; start the node, and check that '
             'ROS_DOMAIN_ID is the same here and there')
    if seen.missing:
        _say(f'no plot of {", ".join(seen.missing)}: not there when rqt starts; open it again '
             'when the node is configured')
    return list(seen.cameras)


def _say(text: str) -> None:
    print(f'shufflenet_ros rqt: {plain(text, len(text))}', file=sys.stderr, flush=True)
