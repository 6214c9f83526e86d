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

"""What is chosen in the plugin and kept with the perspective of rqt, as plain strings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SPANS_S = (10, 30, 60)
"""Seconds that a chart may show."""


@dataclass(frozen=True)
class Choices:
    """The node that is shown, the cameras of it that are not, and how long the charts are."""

    node: str = ''
    """Its fully qualified name; empty for the first that is found."""
    hidden: frozenset[str] = frozenset()
    """Titles of cameras that are not shown; all others are, also those that come later."""
    span_s: int = 30

    def save(self, set_value: Callable[[str, str], Any]) -> None:
        """Hand each value to ``set_value(key, text)``; none needs a QByteArray."""
        set_value('node', self.node)
        set_value('hidden_cameras', ','.join(sorted(self.hidden)))
        set_value('span_s', str(self.span_s))


def restored(value: Callable[[str, str], Any]) -> Choices:
    """Read what :meth:`Choices.save` wrote by ``value(key, default)``; defaults for the rest."""
    span = str(value('span_s', ''))
    hidden = str(value('hidden_cameras', '') or '')
    return Choices(
        str(value('node', '') or ''), frozenset(name for name in hidden.split(',') if name),
        int(span) if span in map(str, SPANS_S) else Choices.span_s)
