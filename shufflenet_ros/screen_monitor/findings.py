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

"""What is not well, each with what to do, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.text import Text
from shufflenet_ros.core.text import plain
from shufflenet_ros.monitoring.rules import Level
from shufflenet_ros.node.public_names import NAMELESS
from shufflenet_ros.observer.observed import Finding
from shufflenet_ros.screen_monitor.cells import LONGEST
from shufflenet_ros.screen_monitor.view import View
from shufflenet_ros.terminal.plain_console import PlainConsole

COLOURS = {Level.WARN: 'yellow', Level.ERROR: 'bold red', Level.STALE: 'yellow'}
_CONSOLE = PlainConsole(file=StringIO())
"""What rich wants in order to break lines; nothing is written to it."""


def finding_lines(view: View, width: int) -> list[list[Text]]:
    """Give the lines of each finding: those of the chosen camera first, then the worst."""
    assert view.node is not None, 'a page without a node has no findings'
    findings = view.node.findings()
    chosen = view.camera or NAMELESS
    findings.sort(key=lambda finding: finding.source != chosen)
    return [_lines(finding, width) for finding in findings]


def fitted(findings: Sequence[Sequence[Text]], room: int, width: int) -> list[Text]:
    """Give at most ``room`` lines; the last one says how many findings are not shown in full."""
    lines = [line for finding in findings for line in finding]
    if len(lines) <= room:
        return lines
    whole, used = 0, 0
    for finding in findings:
        used += len(finding)
        whole += used <= room - 1
    left = len(findings) - whole
    more = f'{left} more or longer: choose another camera, or make the terminal larger'
    more_line = Text.assemble((more, 'dim'))
    more_line.truncate(width)
    return [*lines[:max(room - 1, 0)], more_line][:room]


def _lines(finding: Finding, width: int) -> list[Text]:
    text = Text.assemble((finding.level.name, COLOURS.get(finding.level, '')),
                         f' {plain(finding.source)}: {plain(finding.text, LONGEST)}')
    lines = list(text.wrap(_CONSOLE, width - 2))
    return [line if not number else Text.assemble('  ', line)
            for number, line in enumerate(lines)]
