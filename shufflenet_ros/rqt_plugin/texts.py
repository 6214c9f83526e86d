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

"""The lines of text that the plugin shows, each made of what the observer knows."""

from __future__ import annotations

from collections.abc import Collection
from math import isnan
import time

from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import DROPS, NOT_NATIVE
from shufflenet_ros.observer.grid_cells import shares_in_words
from shufflenet_ros.observer.observed import Finding, ObservedCamera, ObservedNode

LONGEST = 400
"""Characters of a finding: they hold the cure."""
UNKNOWN = '-'
FIRST_REPORT_S = 5.0
"""A node that is seen reports within a second; discovery may take some more."""


def number(value: float, unit: str = '', digits: int = 1) -> str:
    """Give a number with its unit; ``-`` for one that is not known."""
    return UNKNOWN if isnan(value) else f'{value:.{digits}f}{f" {unit}" if unit else ""}'


def rates(camera: ObservedCamera) -> str:
    """Say how many images come in a second, and how many results go out."""
    return f'{number(camera.rate_hz, "Hz")} in, {number(camera.result_hz, "Hz")} classified'


def cells(camera: ObservedCamera) -> str:
    """Say how many of the cells of a grid show each class; empty without a grid."""
    return f'cells: {plain(shares_in_words(camera.cells), LONGEST)}' if camera.cells else ''


def latency(p50_ms: float, p99_ms: float) -> str:
    """Say how old an image is when its result has been published."""
    return f'total p50 {number(p50_ms)}, p99 {number(p99_ms, "ms")}'


def drops(camera: ObservedCamera) -> str:
    """Name each kind of drop that there was, with its number and how many come in a second."""
    if camera.status is None:
        return f'drops: {UNKNOWN}'
    now = camera.drops_per_second()
    counters = camera.counters
    there = [f'{kind.replace("_", " ")} {getattr(counters, kind)}{_speed(now[kind])}'
             for kind in DROPS if getattr(counters, kind)]
    return f'drops: {", ".join(there) or "none"}'


def all_drops(camera: ObservedCamera) -> str:
    """List all kinds of drops, one a line, also those that there were none of."""
    now = camera.drops_per_second()
    return '\n'.join(f'{kind.replace("_", " ")}: {getattr(camera.counters, kind)} since the node '
                     f'started, {number(now[kind])} a second now' for kind in DROPS)


def model(node: ObservedNode) -> str:
    """Say what runs, and on what."""
    if node.model is None:
        return UNKNOWN
    values = node.model.values
    parts = [values.get('model', ''), values.get('form', ''),
             values.get('execution_providers', ''),
             f'{values["classes"]} classes' if values.get('classes') else '',
             f'threshold {values["threshold"]}' if values.get('threshold') else '']
    return plain(', '.join(part for part in parts if part) or node.model.message, LONGEST)


def model_details(node: ObservedNode) -> str:
    """Say why it is this form, where it comes from, and what else its status has."""
    if node.model is None:
        return ''
    keys = ('form_from', NOT_NATIVE, 'requested_providers', 'precision', 'folder', 'input',
            'threshold_from')
    return '\n'.join(f'{key}: {plain(node.model.values[key])}' for key in keys
                     if node.model.values.get(key))


def finding(found: Finding) -> str:
    """Give a finding as one line: how bad, whose, what and what to do."""
    return (f'{found.level.name} {plain(found.source)}: '
            f'{plain(found.text, LONGEST)}')


def nothing_found(node: ObservedNode) -> str:
    """Say what it means that there are no findings."""
    if node.lifecycle is None:
        return 'no report of the node yet'
    return f'all is well; the node is {plain(node.state)}'


def state(node: ObservedNode | None, found: Collection[str], watched_s: float,
          now_s: float) -> tuple[Level, str]:
    """
    Say whether what is shown is live; an empty text where it is.

    ``found`` are the classifiers in the graph; ``watched_s`` is how long the node is looked at.
    """
    if node is None:
        return Level.STALE, (
            'No classifier is seen. Start one (ros2 run shufflenet_ros classifier_node) in the '
            'same ROS_DOMAIN_ID; it is found once it is configured.')
    if node.is_gone(now_s):
        ago_s = now_s - (node.last_report_s or 0.0)
        return Level.ERROR, (
            f'{plain(node.name)} is gone: no report for {ago_s:.0f} s. What is shown is the last '
            'that came; it goes on by itself once the node is back.')
    if node.last_report_s is None and watched_s > FIRST_REPORT_S:
        return Level.WARN, (
            f'No report of {plain(node.name)} for {watched_s:.0f} s'
            f'{"" if node.name in found else ", and it is not seen in the graph"}: is it running, '
            'with the same ROS_DOMAIN_ID?')
    if node.state and node.state != 'active':
        return Level.WARN, f'{plain(node.name)} is {plain(node.state)}: no results come.'
    return Level.OK, ''


def stamp(seconds: float) -> str:
    """Give the stamp of an image with its milliseconds."""
    if seconds < 1e9:
        return f'stamp {seconds:.3f} s'
    whole = time.strftime('%H:%M:%S', time.localtime(seconds))
    return f'stamp {whole}.{int(seconds % 1 * 1000):03d}'


def _speed(per_second: float) -> str:
    return f' ({per_second:.1f}/s)' if per_second > 0 else ''
