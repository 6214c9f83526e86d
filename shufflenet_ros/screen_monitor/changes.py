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

"""Changes of parameters one after the other, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from shufflenet_ros.core.text import plain

SETTLED_S = 3.0
"""How long a value that was set counts, until the node has been asked for it again."""
SAID_S = 15.0
"""How long what was done stays on the screen; what was refused stays until the next note."""
KINDS = {int: 'a whole number', float: 'a number'}


class Outcome(Protocol):
    """What became of a change; as ``observer.settings`` has it."""

    name: str
    value: Any
    reason: str


class Node(Protocol):
    """The parameters of a node; as ``observer.settings`` has them."""

    @property
    def is_changing(self) -> bool:
        """Whether a change is on its way."""

    def change(self, name: str, value: Any, tell: Callable[[Any], None]) -> None:
        """Ask for a change; ``tell`` gets its outcome."""


class Changes:
    """
    The changes that were asked for.

    One at a time is on its way; of those that come meanwhile the last of each parameter is asked
    for next. So a key that is held down does not flood the node.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds that only grow."""
        self.note = ''
        self.is_trouble = False
        self._clock = clock
        self._wanted: dict[str, Any] = {}
        self._on_its_way: tuple[str, Any, float] | None = None
        self._done: dict[str, tuple[Any, float]] = {}
        self._said_s = 0.0

    def say(self, note: str, is_trouble: bool = False) -> None:
        """Have a line said."""
        self.note, self.is_trouble, self._said_s = note, is_trouble, self._clock()

    def ask(self, name: str, value: Any) -> None:
        """Ask for a change once the one before is done."""
        self._wanted[name] = value

    def ask_typed(self, name: str, typed: str, values: Mapping[str, Any]) -> None:
        """Ask for what was typed, as the kind that the parameter has; say why it is none."""
        if name not in values:
            self.say(f'{name}: the node has not answered yet; try again', True)
            return
        kind = type(values[name])
        try:
            self.ask(name, kind(typed))
        except ValueError:
            self.say(f'{name}: {plain(typed)!r}, expected {KINDS.get(kind, "another value")}',
                     True)

    def latest(self, name: str) -> Any:
        """Give the value that a parameter will have, or just got; None where none was asked."""
        if name in self._wanted:
            return self._wanted[name]
        if self._on_its_way is not None and self._on_its_way[0] == name:
            return self._on_its_way[1]
        value, set_s = self._done.get(name, (None, 0.0))
        return value if self._clock() - set_s < SETTLED_S else None

    def update(self, node: Node) -> None:
        """Send the next change when it is its turn, and say how long the one sent takes."""
        if self._on_its_way is None and self._wanted and not node.is_changing:
            name = next(iter(self._wanted))
            self._on_its_way = name, self._wanted.pop(name), self._clock()
            node.change(*self._on_its_way[:2], self._tell)
        if self._on_its_way is not None:
            name, value, sent_s = self._on_its_way
            word = 'loading' if name == 'model' else 'waiting for the node'
            took_s = int(self._clock() - sent_s)
            self.say(f'{name} {plain(value)}: {word}...{f" {took_s} s" if took_s else ""}')
        elif self.note and not self.is_trouble and self._clock() - self._said_s > SAID_S:
            self.note = ''

    def forget(self) -> None:
        """Forget what was asked of a node that is not watched any more."""
        self._wanted.clear()
        self._done.clear()
        self._on_its_way = None

    def _tell(self, outcome: Outcome) -> None:
        self._on_its_way = None
        if outcome.reason:
            self._done.pop(outcome.name, None)
            self.say(f'{outcome.name} {plain(outcome.value)}: {plain(outcome.reason, 1000)}', True)
        else:
            self._done[outcome.name] = outcome.value, self._clock()
            self.say(f'{outcome.name} is {plain(outcome.value)} now')
