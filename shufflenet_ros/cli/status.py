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
Print one page for bug reports: versions, ROS 2, machine, running nodes, known problems.

It listens for a few seconds to the classifiers of this ROS domain, looks at this machine, and
names each known problem that it finds with what to do. Nothing is changed. Run it beside the node:
as the same user, in the same container, with the same ROS variables. It also works without a node,
and without ROS 2.

The page holds no host name, no user names and no serial numbers: attach it to a report as it is.
The exit code is 0, whatever is found, unless --fail-on says otherwise.
"""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.text import plain

NAME = re.compile(r'(/[A-Za-z_][A-Za-z0-9_]*)+', re.ASCII)
LISTEN_S, LONGEST_S = 3.0, 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--node', default='', metavar='NAME',
                        help='show this classifier alone, such as /robot1/classifier (default: '
                        'all that are seen)')
    parser.add_argument('--seconds', type=float, default=LISTEN_S, metavar='S',
                        help=f'listen for so long (default: {LISTEN_S:g})')
    parser.add_argument('--json', action='store_true',
                        help='print the same as JSON, with keys that stay')
    parser.add_argument('--fail-on', choices=('warn', 'error'), metavar='LEVEL',
                        help='warn or error: exit with 1 where something as bad was found')


def run(args: argparse.Namespace) -> int:
    """Look, print, and say how bad it is where that is asked for."""
    name = _checked_name(args.node)
    if not 0 < args.seconds <= LONGEST_S:
        raise ConfigurationError(f'--seconds {args.seconds:g}: expected above 0 and at most '
                                 f'{LONGEST_S:g}')
    from shufflenet_ros.status.finding import Severity
    from shufflenet_ros.status.report import gather, report_of, worst_of

    report = report_of(gather(args.seconds, name))
    _print(report, args.json)
    return int(bool(args.fail_on) and worst_of(report) >= Severity[args.fail_on.upper()])


def _checked_name(name: str) -> str:
    whole = name if name.startswith('/') or not name else f'/{name}'
    if whole and not NAME.fullmatch(whole):
        raise ConfigurationError(f"--node '{plain(name)}': expected the full name of a node, such "
                                 'as /robot1/classifier')
    return whole


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        # Every sign but ASCII is escaped there, so that no line is too long or changed by this.
        for line in json.dumps(report, indent=1).replace('\x7f', '\\u007f').splitlines():
            print(plain(line, len(line)))
        return
    from shufflenet_ros.status.page import make_console, print_page

    print_page(make_console(), report)
