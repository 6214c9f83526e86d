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

"""YAML whose mappings know their lines, so that an error can name the place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, one_line, system_reason
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.bounded_yaml import BoundedLoader, MAX_DIGITS, refusal
import yaml

LARGEST_FILE = 2 ** 20
"""Bytes."""


class Section(dict[str, Any]):
    """A mapping with the line (from 1 on) of itself and of each key."""

    line = 0

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class Items(list[Any]):
    """A sequence with its line."""

    line = 0


def read_yaml(path: Path) -> Any:
    """Read one document. Raises ConfigurationError that names the line where it is wrong."""
    try:
        with path.open('rb') as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError(
            f'{plain(path)}: cannot be read ({system_reason(error)})') from error
    if len(content) > LARGEST_FILE:
        raise ConfigurationError(f'{plain(path)}: longer than {LARGEST_FILE} bytes, expected a '
                                 'file of conditions')
    try:
        loader = _Loader(content.decode('utf-8-sig'))
        try:
            node = loader.get_single_node()
            return None if node is None else loader.value(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f' line {mark.line + 1}:' if mark else ''
        raise ConfigurationError(f'{plain(path)}:{where} {plain(error.problem or error.context)}'
                                 ) from error
    # Text that is not UTF-8, and values that PyYAML takes for dates or numbers and that are none.
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError,
            TypeError, ValueError) as error:
        raise ConfigurationError(f'{plain(path)}: no YAML ({plain(one_line(error), 200)})'
                                 ) from error


class _Loader(BoundedLoader):
    """Without merges and repeated keys too; mappings know their lines."""

    max_depth = 32

    def value(self, node: Any) -> Any:
        """Give a node as Python's values, with sections that know their lines."""
        if isinstance(node, yaml.MappingNode):
            section = Section()
            section.line = node.start_mark.line + 1
            for key, one in self._pairs(node):
                if key.value in section:
                    raise refusal(key, f'{key.value} stands here twice')
                section.lines[key.value] = key.start_mark.line + 1
                section[key.value] = self.value(one)
            return section
        if isinstance(node, yaml.SequenceNode):
            items = Items(self.value(one) for one in node.value)
            items.line = node.start_mark.line + 1
            return items
        if len(node.value) > MAX_DIGITS and node.tag != 'tag:yaml.org,2002:str':
            raise refusal(node, f'a value of {len(node.value)} characters, expected at most '
                          f'{MAX_DIGITS}')
        return self.construct_object(node)

    def _pairs(self, node: Any) -> Iterator[tuple[Any, Any]]:
        for key, one in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise refusal(key, 'a key that is no text')
            yield key, one
