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

"""The page while no classifier is found: what it waits for, and what to check."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.screen_monitor.view import View


def waiting_lines(view: View) -> list[Text]:
    """Give the lines; each may be longer than a terminal is wide."""
    waited = f'{view.now_s - view.since_s:.0f} s'
    name = plain(view.wanted)
    # In place of a name that is not known the one that the launch file gives.
    node = name or '/classifier'
    wanted = f'the classifier {name}' if name else 'a classifier'
    lines = [
        Text.assemble((f'Waiting for {wanted}', 'bold'), f' ({waited})'), Text(),
        Text('It is found by the topics of its results, once it is configured:'),
        Text(f'  {plain(node)}/label_info and, of each camera, classification and frame_latency'),
        Text(), Text('What to check:'),
        Text('  Does it run?           ros2 launch shufflenet_ros classifier.launch.py'),
        Text(f'  Is it configured?      ros2 lifecycle get {plain(node)}'),
        Text(f'                         ros2 lifecycle set {plain(node)} configure'),
        *_places(view)]
    if view.others:
        lines += [Text(), Text.assemble(f'Lifecycle nodes that are seen: {_listed(view.others)}')]
    if view.nodes and name:
        lines += [Text(), Text.assemble(
            f'Classifiers that are seen: {_listed(view.nodes)} (key n)')]
    return lines


def _places(view: View) -> list[Text]:
    here = view.surroundings
    domain = ', '.join([f'ROS_DOMAIN_ID={here.domain}', *([here.reach] if here.reach else [])])
    return [Text(f'  The same domain?       here {plain(domain)}'),
            Text(f'  The same middleware?   here {plain(here.middleware)}')]


def _listed(names: Sequence[str]) -> str:
    return ', '.join(map(plain, names))
