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
Parse the YAML of a card that others wrote, at a cost that its length bounds.

A few hundred bytes of YAML can stand for gigabytes (aliases) or for a stack that overflows
(nesting), and numbers of thousands of digits cannot even be shown; no card needs any of them.
"""

from __future__ import annotations

from typing import Any

from shufflenet_ros.core.errors import one_line
from shufflenet_ros.core.text import plain
import yaml

MAX_CARD_BYTES = 2 ** 18
"""Cards have 2 kB; YAML of this length takes a second or two."""
MAX_DEPTH = 16
MAX_DIGITS = 300
"""Of a number: the longest float has 309 before its point."""


class CardSyntaxError(Exception):
    """A text that is no YAML, or YAML that no card needs; one line says what and where."""


def parse_card(content: bytes) -> Any:
    """Parse the YAML of a card; raises CardSyntaxError."""
    try:
        return yaml.load(content.decode('utf-8'), _CardLoader)
    except yaml.YAMLError as error:
        raise CardSyntaxError(plain(one_line(error))) from error
    # Values that PyYAML takes for dates, numbers or texts and that are none.
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
            ValueError) as error:
        raise CardSyntaxError(plain(f'{type(error).__name__}: {one_line(error)}')) from error


class _CardLoader(yaml.SafeLoader):
    """YAML 1.1 without aliases, deep nesting and endless numbers."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse what would be composed twice, or too far down."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(event, f'an alias (*{event.anchor}), expected each value in its place')
        if self._depth >= MAX_DEPTH:
            raise _refusal(event, f'more than {MAX_DEPTH} levels, expected those of a card')
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_number(self, node: Any) -> float:
        """Refuse a number that takes long to compute, or that could not be shown."""
        if len(node.value) > MAX_DIGITS:
            raise _refusal(node, f'a number of {len(node.value)} characters, expected at most '
                           f'{MAX_DIGITS}')
        is_whole = node.tag == 'tag:yaml.org,2002:int'
        return self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)


def _refusal(event: Any, reason: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)


for kind in ('int', 'float'):
    _CardLoader.add_constructor(f'tag:yaml.org,2002:{kind}', _CardLoader.construct_number)
