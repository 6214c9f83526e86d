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

"""A console of rich that shows every string as it is: no markup, no emoji codes, no escapes."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text
from shufflenet_ros.core.text import plain

MAX_LENGTH = 4000
"""Of one line or one cell (characters)."""


class PlainConsole(Console):
    """
    The only console of this package.

    Each string that is printed, and each cell and title of a table, is one line: whatever names
    it holds, they can neither end the line nor style it. ``Text`` is taken as it is made.
    """

    def __init__(self, **options: Any) -> None:
        """``options`` are those of rich's console."""
        super().__init__(**{'markup': False, 'emoji': False, 'highlight': False} | options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a string of the user's safe before rich looks at it."""
        return super().render_str(plain(text, MAX_LENGTH), **options)
