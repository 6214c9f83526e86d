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
Declare parameters of any node from a table: default, limits, description, why read-only.

A table maps a name to a :class:`Definition`, or to a plain tuple of its first fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.node.parameters.ranges import offer
from shufflenet_ros.node.rclpy_versions import parameter_error


class Definition(NamedTuple):
    """All about one parameter but its name."""

    default: Any
    limits: dict[str, Any]
    """Fields of its descriptor."""
    description: str
    read_only_reason: str = ''
    """Why it may not change while the node runs; empty where it may."""
    usual: dict[str, Any] = {}
    """Range that tools are shown where ``limits`` are too wide for a slider."""


def one_of(*choices: str) -> dict[str, Any]:
    """Say in words what a string may be: descriptors have no field for choices."""
    return {'additional_constraints': f'One of {", ".join(choices)}.'}


def strings() -> dict[str, Any]:
    """One string or a list of strings."""
    return {'dynamic_typing': True, 'additional_constraints': 'A string or a list of strings.'}


def numbers() -> dict[str, Any]:
    """Give a list of numbers, whole ones among them."""
    return {'dynamic_typing': True, 'additional_constraints': 'A list of numbers.'}


def declare_all(node: Node, table: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    """Declare a table of name to (default, limits, description, ...), and return the values."""
    return {name: declare(node, name, *entry) for name, entry in table.items()}


def declare(node: Node, name: str, default: Any, limits: dict[str, Any], description: str,
            read_only_reason: str = 'it is read when the node starts',
            usual: dict[str, Any] | None = None) -> Any:
    """
    Declare one parameter and return its value; it may change where ``read_only_reason`` is empty.

    An integer is taken for a floating-point number: ``5`` in a YAML file means 5.0. Raises
    ConfigurationError where an override has the wrong type or lies outside ``limits``.
    """
    constraints = [limits.get('additional_constraints', ''),
                   f'Read-only: {read_only_reason}.' if read_only_reason else '']
    descriptor = ParameterDescriptor(**{
        **limits, 'description': description, 'read_only': bool(read_only_reason),
        'additional_constraints': ' '.join(filter(None, constraints))})
    try:
        value = _declare(node, name, default, descriptor)
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        reason = parameter_error(error).rstrip('.')
        raise ConfigurationError(f'parameter {name}: {reason}. Expected: {description} '
                                 f'Default: {default!r}') from error
    if usual:
        offer(node, name, usual)
    return value


def _declare(node: Node, name: str, default: Any, descriptor: ParameterDescriptor) -> Any:
    try:
        return node.declare_parameter(name, default, descriptor).value
    except InvalidParameterTypeException:
        if not isinstance(default, float):
            raise
    given = node.declare_parameter(name, descriptor=ParameterDescriptor(dynamic_typing=True)).value
    node.undeclare_parameter(name)
    if type(given) is not int:
        return node.declare_parameter(name, default, descriptor).value  # raises as before
    return node.declare_parameter(name, float(given), descriptor, ignore_override=True).value
