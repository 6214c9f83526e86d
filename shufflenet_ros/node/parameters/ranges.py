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
Ranges of parameters: what they may be, and what a slider is offered.

A descriptor has one range, which rclpy holds values to and tools make a slider of. Where every
value that can work is far more than anybody wants, the descriptor shows the usual ones; another
value that can work widens it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange
from rclpy.node import Node

FIELDS = ('integer_range', 'floating_point_range')


def integer_range(low: int, high: int) -> dict[str, Any]:
    """Bounds of an integer parameter, both included, as fields of its descriptor."""
    return {'integer_range': [IntegerRange(from_value=low, to_value=high, step=1)]}


def floating_range(low: float, high: float) -> dict[str, Any]:
    """Bounds of a floating-point parameter, both included, as fields of its descriptor."""
    return {'floating_point_range': [
        # A whole number would go over the middleware as the bits of another one.
        FloatingPointRange(from_value=float(low), to_value=float(high), step=0.0)]}


def lies_within(value: Any, limits: dict[str, Any]) -> bool:
    """Whether a number lies within the range of these fields; true where they have none."""
    return all(found.from_value <= value <= found.to_value
               for field in FIELDS for found in limits.get(field, ()))


def offer(node: Node, name: str, usual: dict[str, Any], value: Any = None) -> None:
    """
    Let the descriptor of a declared parameter show the usual range.

    It is made wide enough for the parameter's value, and for another one that is going to be set.
    """
    values = [node.get_parameter(name).value, *([] if value is None else [value])]
    descriptor = deepcopy(node.describe_parameter(name))
    for field in FIELDS:
        shown = deepcopy(usual.get(field, []))
        for found in shown:
            found.from_value = min(found.from_value, *values)
            found.to_value = max(found.to_value, *values)
        setattr(descriptor, field, shown)
    node.set_descriptor(name, descriptor)
