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
YAML of others at a cost that its length bounds.

A few hundred bytes of YAML can stand for gigabytes (aliases) or for a stack that overflows
(nesting), and numbers of thousands of digits cannot even be shown.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_DIGITS = 300
"""Of a number: the longest float has 309 before its point."""


class BoundedLoader(yaml.SafeLoader):
    """YAML 1.1 without aliases, deep nesting and endless numbers."""

    max_depth = 16

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse what would be composed twice, or too far down."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise refusal(event, f'an alias (*{event.anchor}), expected each value in its place')
        if self._depth >= self.max_depth:
            raise refusal(event, f'more than {self.max_depth} levels')
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_number(self, node: Any) -> float:
        """Refuse a number that takes long to compute, or that could not be shown."""
        if len(node.value) > MAX_DIGITS:
            raise refusal(node, f'a number of {len(node.value)} characters, expected at most '
                          f'{MAX_DIGITS}')
        is_whole = node.tag == 'tag:yaml.org,2002:int'
        return self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)


def refusal(event: Any, reason: str) -> yaml.MarkedYAMLError:
    """Make the error for what stands in one place."""
    return yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)


for kind in ('int', 'float'):
    BoundedLoader.add_constructor(f'tag:yaml.org,2002:{kind}', BoundedLoader.construct_number)
