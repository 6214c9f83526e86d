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

"""Text in the cells of a terminal: cut and filled to a width, bars, and sparklines."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan

from rich.cells import cell_len, set_cell_size
from shufflenet_ros.core.text import plain

MORE = '…'
BAR, RULE = '━', '─'
"""A rule is also the rest of a bar: without colours the two must differ."""
LEVELS = ' ▁▂▃▄▅▆▇█'
"""No value, then from the lowest to the highest."""
ASCII = str.maketrans('…━─▁▂▃▄▅▆▇█', '.=-__--==##')
"""For terminals that are not of Unicode."""
LONGEST = 1000
"""Characters of a text that are looked at."""


def fit(text: str, width: int) -> str:
    """Give text from outside in exactly so many cells: filled with spaces, or cut with an …."""
    text = plain(text, LONGEST)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + MORE if width > 0 else ''


def right(text: str, width: int) -> str:
    """Give a short text of ours at the right end of so many cells."""
    return text[:width].rjust(width)


def number(value: float, decimals: int = 1) -> str:
    """Give a number in few characters; ``-`` for NaN."""
    if isnan(value):
        return '-'
    if not isfinite(value) or abs(value) >= 1e6:
        return f'{value:.0e}'
    return f'{value:.{decimals if abs(value) < 1000 else 0}f}'


def bar(share: float, width: int) -> tuple[str, str]:
    """Give a bar of so many cells in two parts: the share (0 to 1), and the rest."""
    filled = 0 if isnan(share) else round(min(max(share, 0.0), 1.0) * width)
    return BAR * filled, RULE * (width - filled)


def sparkline(values: Sequence[float], width: int) -> str:
    """Give the last ``width`` values as blocks, 0 to the highest of them; NaN as a space."""
    shown = list(values[-width:]) if width > 0 else []
    highest = max((value for value in shown if isfinite(value)), default=0.0)
    return ''.join(_block(value, highest) for value in shown).rjust(max(width, 0))


def _block(value: float, highest: float) -> str:
    if not isfinite(value):
        return LEVELS[0]
    steps = len(LEVELS) - 1
    # An age below zero (a clock that is ahead) is shown as the lowest.
    return LEVELS[1 + min(steps - 1, int(max(value, 0.0) / highest * steps) if highest > 0 else 0)]
