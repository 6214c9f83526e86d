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

"""How long work reports how far it is; nothing is shown here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Update = Callable[..., None]
"""Called with how many parts are done, and a note if there is one."""


class Progress(Protocol):
    """Receives the progress of long work; the command line has one that draws bars."""

    def say(self, line: str) -> None:
        """Show one line of text."""

    def start(self, name: str, total: int, done: int = 0) -> Update:
        """Begin a stage of ``total`` parts, of which some are ``done`` already."""
