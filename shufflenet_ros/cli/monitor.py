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
Watch a running classifier in a terminal: classes, latency, rates, drops, findings; also over ssh.

In a terminal: up and down choose a camera; + and - change the threshold by 0.05; m, t, k, r and a
set the model, the threshold, top_k, max_rate_hz and max_age_ms; n goes to the next classifier;
q quits. From 60x12 on; a larger terminal shows more cameras in full. Only public topics and the
node's parameters are used. The screen stays while the node is restarted.

Without a terminal (a pipe, TERM=dumb) a line for each camera is printed once a second.
Arguments of ROS come last: --ros-args -r __ns:=/robot.
"""

from __future__ import annotations

import argparse
import re

from shufflenet_ros.core.errors import ConfigurationError

QUICKEST_S, SLOWEST_S = 0.1, 60.0
NODE_NAME = re.compile(r'(/[A-Za-z_][A-Za-z0-9_]*)+')
"""Fully qualified, as design.ros2.org/articles/topic_and_service_names has it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--node', default='', metavar='NAME',
                        help='classifier to watch, such as /robot1/classifier (default: the first '
                        'one that is found)')
    parser.add_argument('--every', type=float, metavar='SECONDS',
                        help='seconds between two updates; more for a slow link (default: 0.5 in '
                        'a terminal, otherwise 1)')
    parser.add_argument('--ros-args', nargs=argparse.REMAINDER, default=[], metavar='...',
                        help='arguments of ROS; the last option')


def run(args: argparse.Namespace) -> int:
    """Check, and watch until a key or a signal ends it."""
    from shufflenet_ros.process.signals import finish, stop_signals

    if args.every is not None and not QUICKEST_S <= args.every <= SLOWEST_S:
        raise ConfigurationError(f'--every {args.every}: expected seconds, {QUICKEST_S} to '
                                 f'{SLOWEST_S:.0f}')
    name = f'/{args.node.strip("/")}' if args.node else ''
    if name and not NODE_NAME.fullmatch(name):
        raise ConfigurationError(f'--node {args.node}: expected the name of a node with its '
                                 'namespace, such as /robot1/classifier')
    try:
        from shufflenet_ros.screen_monitor.suspension import end_on_hangup
        end_on_hangup()
        stop_signals.take_over()  # before anything that takes long, or starts a thread
        from shufflenet_ros.screen_monitor.watch import monitor, Request
    except ImportError as error:
        if (error.name or '').startswith('shufflenet_ros'):
            raise
        raise ConfigurationError(f'the monitor needs ROS 2 and rich ({error}): source the '
                                 'setup.bash of ROS, or run environment/install.py') from error
    return finish(monitor(Request(name, args.every),
                          ['--ros-args', *args.ros_args] if args.ros_args else []))
