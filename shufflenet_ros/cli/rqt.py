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
import os
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain
from shufflenet_ros.downloads.catalogue import cache_folder
from shufflenet_ros.process.files import prepare_file, write_whole
from shufflenet_ros.process.middleware import prepare_middleware

if TYPE_CHECKING:
    from shufflenet_ros.rqt_window.waiting import Seen

TIMEOUT_S = 15.0
AGGREGATED = '/diagnostics_agg'
"""The topic that rqt_robot_monitor subscribes to."""


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
    """Wait, write the perspective, become rqt."""
    from shufflenet_ros.rqt_window.installed import rqt_program
    from shufflenet_ros.rqt_window.waiting import wait_for_topics

    _check(args)
    prepare_middleware()
    program = '' if args.only_perspective else rqt_program()
    path = args.perspective or cache_folder() / f'{_dotted(args.node)}.perspective'
    prepare_file(path)
    cameras = [name.strip() for name in args.cameras.split(',')] if args.cameras else []
    if not (cameras and args.only_perspective):
        seen = wait_for_topics(args.node, cameras, args.timeout)
        cameras = list(seen.cameras)
        _tell_missing(args, seen)
    write_whole(path, _perspective(args, cameras))
    if args.only_perspective:
        print(f'{plain(path)}: open it with rqt --force-discover --perspective-file FILE')
        return 0
    return _become(program, _words(args, path))


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


def _tell_missing(args: argparse.Namespace, seen: Seen) -> None:
    if not seen.is_running:
        _say(f'{args.node}: not seen in {args.timeout:g} s; start the node, and check that '
             'ROS_DOMAIN_ID is the same here and there')
    if seen.missing:
        _say(f'no plot of {", ".join(seen.missing)}: not there when rqt starts; open it again '
             'when the node is configured')


def _words(args: argparse.Namespace, path: Path) -> list[str]:
    """Give the arguments of rqt; it finds newly installed plugins only with --force-discover."""
    ros = ['-p', 'use_sim_time:=true'] if args.use_sim_time else []
    if args.aggregated not in ('', AGGREGATED):
        ros += ['-r', f'{AGGREGATED}:={args.aggregated}']
    return ['--force-discover', '--perspective-file', str(path),
            *(['--ros-args', *ros] if ros else [])]


def _become(program: str, words: list[str]) -> int:
    """Run rqt in the place of this process, so that signals and exit codes are its own."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    sys.stdout.flush()
    os.execv(program, [program, *words])


def _say(text: str) -> None:
    print(f'shufflenet_ros rqt: {plain(text, len(text))}', file=sys.stderr, flush=True)
