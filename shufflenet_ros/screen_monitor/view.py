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

"""All that is on the screen, as values: what was observed, what was chosen, what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shufflenet_ros.observer.observed import ObservedNode
from shufflenet_ros.screen_monitor.figures import Figures


@dataclass(frozen=True)
class Surroundings:
    """Where this process looks for nodes, for who wonders why none is found."""

    middleware: str = ''
    domain: str = '0'
    reach: str = ''
    """How far discovery goes, as the environment has it."""


@dataclass(frozen=True)
class Prompt:
    """A line that is being typed."""

    name: str
    """The parameter that it is for."""
    typed: str = ''


@dataclass
class View:
    """What the page is made of; nothing in it is changed by making the page."""

    node: ObservedNode | None = None
    """None while no classifier is found."""
    now_s: float = 0.0
    """The observer's steady clock (s)."""
    since_s: float = 0.0
    """When the wait for a node began, by the same clock."""
    wanted: str = ''
    """The node that was asked for; empty for any."""
    nodes: Sequence[str] = ()
    """All classifiers that are seen, in order."""
    others: Sequence[str] = ()
    """Nodes with a lifecycle that are seen while no classifier is."""
    figures: Mapping[str, Figures] = field(default_factory=dict)
    """By name of the camera."""
    camera: str = ''
    """Name of the camera that is chosen."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Parameters by name, as last read; empty until the node has answered."""
    surroundings: Surroundings = field(default_factory=Surroundings)
    note: str = ''
    """The last thing that happened, in one line."""
    is_trouble: bool = False
    """Whether the note says that something was refused or is gone."""
    prompt: Prompt | None = None
    shows_cells: bool = True
    """Whether a camera with a grid has its cells in place of the classes of the whole."""

    def figures_of(self, camera: str) -> Figures:
        """Give the figures of a camera; those without any value before the first."""
        return self.figures.get(camera, Figures())
