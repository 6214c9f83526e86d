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

"""One known problem that was found: how bad it is, what was found, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from shufflenet_ros.status.facts import Facts


class Severity(IntEnum):
    """How bad a finding is."""

    NOTE = 0
    """Worth knowing; nothing need be wrong."""
    WARN = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One known problem that was found."""

    severity: Severity
    name: str
    """Of the problem: never renamed, so that scripts may look for it."""
    text: str
    """What was found, with its value."""
    cure: str
    """What to do."""
    about: str = ''
    """The node, or node and camera, that it is about; empty for the machine."""


Rule = Callable[[Facts], Iterator[Finding]]
"""Looks for one problem in what is known."""


def note(name: str, text: str, cure: str, about: str = '') -> Finding:
    """Make a finding of :attr:`Severity.NOTE`."""
    return Finding(Severity.NOTE, name, text, cure, about)


def warn(name: str, text: str, cure: str, about: str = '') -> Finding:
    """Make a finding of :attr:`Severity.WARN`."""
    return Finding(Severity.WARN, name, text, cure, about)


def error(name: str, text: str, cure: str, about: str = '') -> Finding:
    """Make a finding of :attr:`Severity.ERROR`."""
    return Finding(Severity.ERROR, name, text, cure, about)
