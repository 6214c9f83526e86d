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
Panels beside and below each other and in tabs, as a layout file of Foxglove and Lichtblick.

The form is that of files which both programs export: ``configById`` holds the settings of each
panel under ``<type>!<name>``, ``layout`` a tree of pairs. Lichtblick reads no other; Foxglove
reads it beside the one of its SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Tree: TypeAlias = 'str | dict[str, Any]'
"""The id of a panel, or two trees with the direction in which they stand."""


class Panels:
    """The settings of all panels, each under its id."""

    def __init__(self) -> None:
        self.settings: dict[str, dict[str, Any]] = {}

    def add(self, kind: str, settings: Mapping[str, Any], title: str = '') -> str:
        """Add a panel and give its id."""
        number = sum(one.startswith(f'{kind}!') for one in self.settings) + 1
        name = f'{kind}!shufflenet_ros_{number}'
        # The two programs keep the title of a panel under names of their own.
        titles = {'foxglovePanelTitle': title, 'lichtblickPanelTitle': title} if title else {}
        self.settings[name] = {**titles, **settings}
        return name


def row(*parts: tuple[Tree, float]) -> Tree:
    """Put parts side by side, each with its share of the width."""
    return _split('row', parts)


def column(*parts: tuple[Tree, float]) -> Tree:
    """Put parts below each other, each with its share of the height."""
    return _split('column', parts)


def grid(trees: Sequence[Tree], columns: int) -> Tree:
    """Put parts of equal size into rows of so many columns."""
    rows = [trees[start:start + columns] for start in range(0, len(trees), columns)]
    return column(*((row(*((tree, 1.0) for tree in one)), 1.0) for one in rows))


def tabs(panels: Panels, pages: Mapping[str, Tree]) -> str:
    """Put trees behind tabs with these titles; the first is open."""
    return panels.add('Tab', {'activeTabIdx': 0, 'tabs': [
        {'title': title, 'layout': tree} for title, tree in pages.items()]})


def layout_file(panels: Panels, tree: Tree,
                scripts: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Give what the file holds; ``scripts`` are user scripts by their id."""
    return {'configById': panels.settings, 'globalVariables': {},
            'userNodes': {name: dict(script) for name, script in scripts.items()},
            'playbackConfig': {'speed': 1}, 'layout': tree}


def _split(direction: str, parts: Sequence[tuple[Tree, float]]) -> Tree:
    (first, share), *others = parts
    if not others:
        return first
    whole = share + sum(weight for _, weight in others)
    return {'direction': direction, 'first': first, 'second': _split(direction, others),
            'splitPercentage': round(100 * share / whole, 2)}
