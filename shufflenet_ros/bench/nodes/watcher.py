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

"""A tool that watches the node under test while that is measured, and what the tool uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shufflenet_ros.bench.nodes.process import MeasuredProcess
from shufflenet_ros.bench.nodes.terminal_process import TerminalProcess

NODE = '<node>'
"""Stands for the node's full name in the command of a watcher."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """How a tool is started, and how it is known to be at work."""

    name: str
    command: tuple[str, ...]
    """Words after the interpreter; :data:`NODE` is the name of the node."""
    shared: tuple[str, ...]
    """Topics below each camera that it subscribes to: no image counts before."""
    terminal: tuple[int, int] | None = None
    """Columns and lines of a terminal of its own, where it needs one."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to the environment of the other processes."""
    shown: str = ''
    """What it is drawn on, in words."""

    def start(self, node: str, environment: Mapping[str, str]) -> MeasuredProcess:
        """Start it for the node of this full name."""
        words = [word.replace(NODE, node) for word in self.command]
        variables = {**environment, **self.environment}
        if self.terminal is None:
            return MeasuredProcess(self.name, words, variables)
        return TerminalProcess(self.name, words, variables, *self.terminal)


@dataclass(frozen=True, slots=True)
class WatcherUse:
    """What a watcher used while images were counted."""

    cpu_s: float
    rss_mb: float
    """Resident memory at the end."""
    terminal_bytes: int

    @classmethod
    def so_far(cls, process: MeasuredProcess) -> WatcherUse:
        """Read it of a process that runs, since its start."""
        return cls(process.cpu_s(), process.rss_mb(), process.terminal_bytes)

    def since(self, before: WatcherUse) -> WatcherUse:
        """Give what was used after ``before``."""
        return WatcherUse(self.cpu_s - before.cpu_s, self.rss_mb,
                          self.terminal_bytes - before.terminal_bytes)
