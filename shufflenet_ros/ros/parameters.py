"""
Every parameter of the classifier node once: name, default, range, prose; read into one record.

All are read when the node starts, and are read-only afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.engine import PRECISIONS


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters as the node runs with them."""

    model: str
    precision: str
    top_k: int
    threshold: float
    intra_op_num_threads: int
    allow_spinning: bool
    execution_providers: tuple[str, ...]


PRECISION_CHOICES = ('auto', *PRECISIONS)


def integer_range(low: int, high: int) -> dict[str, Any]:
    """Bounds of an integer parameter, both included, as fields of its descriptor."""
    return {'integer_range': [IntegerRange(from_value=low, to_value=high, step=1)]}


def floating_range(low: float, high: float) -> dict[str, Any]:
    """Bounds of a floating-point parameter, both included, as fields of its descriptor."""
    return {'floating_point_range': [
        FloatingPointRange(from_value=low, to_value=high, step=0.0)]}


PARAMETERS = {
    'model': (
        'surfaces', {}, 'Model folder: the name of a shipped model, or a path.'),
    'precision': (
        'auto', {'additional_constraints': ', '.join(PRECISION_CHOICES)},
        'Form of the model: int8, fp32, or auto for the faster one on this machine, measured at '
        'start.'),
    'top_k': (
        5, integer_range(1, 1000), 'How many hypotheses a result holds at most.'),
    'threshold': (
        0.0, floating_range(0.0, 1.0),
        'Hypotheses with a lower score are left out; a result may be empty.'),
    'intra_op_num_threads': (
        1, integer_range(1, 64), 'Threads of onnxruntime inside one inference.'),
    'allow_spinning': (
        False, {},
        'Whether idle threads of onnxruntime burn CPU to wake faster; slows other nodes.'),
    'execution_providers': (
        ['CPUExecutionProvider'], {}, 'Execution providers of onnxruntime, in order.'),
}


def declare_parameters(node: Node) -> Parameters:
    """Declare all parameters on the node; ConfigurationError for a value that cannot be."""
    values = declare_all(node, PARAMETERS)
    if values['precision'] not in PRECISION_CHOICES:
        raise ConfigurationError(f'parameter precision: {values["precision"]!r}, expected one of '
                                 f'{", ".join(PRECISION_CHOICES)}')
    values['execution_providers'] = tuple(values['execution_providers'])
    return Parameters(**values)


def declare_all(node: Node, table: dict[str, tuple[Any, dict[str, Any], str]]) -> dict[str, Any]:
    """Declare a table of name to (default, limits, prose), and return name to value."""
    return {name: declare(node, name, *entry) for name, entry in table.items()}


def declare_labels(node: Node, labels: tuple[str, ...]) -> str:
    """Put the label list into a read-only parameter and return its full name."""
    node.declare_parameter('labels', list(labels), ParameterDescriptor(
        description='Class names of the model in index order.', read_only=True),
        ignore_override=True)
    return f'{node.get_fully_qualified_name()}/labels'


def declare(node: Node, name: str, default: Any, limits: dict[str, Any], prose: str) -> Any:
    """
    Declare one read-only parameter and return its value.

    Raises ConfigurationError where an override has the wrong type or lies outside ``limits``.
    """
    descriptor = ParameterDescriptor(description=prose, read_only=True, **limits)
    try:
        return node.declare_parameter(name, default, descriptor).value
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        reason = ' '.join(str(error).split())
        raise ConfigurationError(
            f'parameter {name}: {reason} Expected: {prose} Default: {default!r}') from error
