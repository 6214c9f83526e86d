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
The part of a parameter file that holds for a node of a given name, read as rcl reads it.

The launch file needs it before any node runs; nothing of ROS is imported. Where no section of a
file matches its name, a node runs with its defaults and says nothing: rcl takes it for a file of
other nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, describe
import yaml

VALUES = 'ros__parameters'
WILDCARDS = {'*': '/[^/]+', '**': '(/[^/]+)*'}
"""What a part of a name in a parameter file may stand for: one part, or any number of them."""


def parameters_for(file: Path, node: str) -> dict[str, Any]:
    """
    Read the parameters for a node, given by its full name such as ``/robot/classifier``.

    Later sections win. Raises ConfigurationError for a file that cannot be read, and for one
    without a section for this node.
    """
    sections = list(_sections(_read(file)))
    found = [values for name, values in sections if _stands_for(name, node)]
    if not found:
        names = ', '.join(name for name, _ in sections) or 'none'
        raise ConfigurationError(
            f'params_file: {str(file)!r}, expected parameters of {node}, but it has those of '
            f'{names}; /** stands for any node')
    return {name: value for values in found for name, value in values.items()}


def _read(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text())
    except OSError as error:
        reason = error.strerror or describe(error)
        raise ConfigurationError(f'params_file: {str(file)!r}, {reason.lower()}') from error
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f'params_file: {str(file)!r}, expected YAML: {describe(error)}') from error


def _sections(tree: object, name: str = '') -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the name of each section, which may be nested as namespaces are, and its values."""
    if not isinstance(tree, dict):
        return
    for key, inner in tree.items():
        if key == VALUES and isinstance(inner, dict):
            yield name, inner
        else:
            yield from _sections(inner, f'{name}/{str(key).strip("/")}')


def _stands_for(name: str, node: str) -> bool:
    parts = (WILDCARDS.get(part, f'/{re.escape(part)}') for part in name.split('/') if part)
    return re.fullmatch(''.join(parts), node) is not None
