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

"""Arguments of the plugin: ``rqt_classifier /robot1/classifier``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

PLUGIN = 'shufflenet_ros.rqt_plugin.plugin.ClassifierPlugin'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them to the parser of rqt, which shows them in its help."""
    group = parser.add_argument_group(f'Options for {PLUGIN}')
    group.add_argument('node', nargs='?', default='', metavar='NODE',
                       help='fully qualified name of the classifier, such as /robot1/classifier '
                            '(default: that of the perspective, or the first that is found)')


def node_of(arguments: Sequence[str]) -> str:
    """Give the node that the arguments name, with the slash in front; empty for none."""
    parser = argparse.ArgumentParser(prog='rqt_classifier', add_help=False)
    add_arguments(parser)
    name: str = parser.parse_known_args(list(arguments))[0].node.strip('/')
    return f'/{name}' if name else ''
