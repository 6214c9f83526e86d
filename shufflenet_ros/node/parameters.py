"""
Every parameter of the classifier node once: name, default, range, prose, and if it may change.

A parameter that may change takes effect between two frames; any other says why it may not. What
the type and the range of a value cannot say is checked here as well, so that a ``Parameters``
record is always one that the node can run with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
import re
from typing import Any, NamedTuple

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.inference.precision import PRECISIONS
from shufflenet_ros.inference.sessions import CPU, SHORT_NAMES

PRECISION_CHOICES = ('auto', *PRECISIONS)
TRANSPORTS = ('raw', 'compressed')
CAMERA = re.compile(r'[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*')
"""One token of a topic name."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters as the node runs with them."""

    model: str
    precision: str
    execution_providers: tuple[str, ...]
    intra_op_num_threads: int
    allow_spinning: bool
    cameras: tuple[str, ...]
    image_transport: tuple[str, ...]
    """As long as ``cameras``."""
    workers: int
    top_k: int
    threshold: float
    max_rate_hz: float
    max_age_ms: float
    annotate: bool
    autostart: bool
    tune_malloc: bool


class Parameter(NamedTuple):
    """What there is to know of one parameter."""

    default: Any
    limits: dict[str, Any]
    """Fields of its descriptor."""
    prose: str
    fixed: str = ''
    """Why it may not change while the node lives; empty where it may."""


def integer_range(low: int, high: int) -> dict[str, Any]:
    """Bounds of an integer parameter, both included, as fields of its descriptor."""
    return {'integer_range': [IntegerRange(from_value=low, to_value=high, step=1)]}


def floating_range(low: float, high: float) -> dict[str, Any]:
    """Bounds of a floating-point parameter, both included, as fields of its descriptor."""
    return {'floating_point_range': [
        FloatingPointRange(from_value=low, to_value=high, step=0.0)]}


def one_of(*choices: str) -> dict[str, Any]:
    """Say what a string may be, in words: descriptors know no choices."""
    return {'additional_constraints': f'One of {", ".join(choices)}.'}


def strings() -> dict[str, Any]:
    """One string or a list of strings."""
    return {'dynamic_typing': True, 'additional_constraints': 'A string or a list of strings.'}


AS_THE_CARD_SAYS = -1.0
"""Threshold by which each model has its own, also when models are swapped."""
SESSION = 'the sessions of onnxruntime are made with it; start the node anew'
TOPICS = 'the topics of the node follow from it; start the node anew'
START = 'it is read when the process starts; start the node anew'
PARAMETERS = {
    'model': Parameter(
        'surfaces', {}, 'Model folder: the name of a shipped model, or a path.'),
    'precision': Parameter(
        'auto', one_of(*PRECISION_CHOICES),
        'Form of the model: int8, fp32, or auto for the faster one on this machine, measured at '
        'start.', SESSION),
    'execution_providers': Parameter(
        [CPU], strings(),
        'Execution providers of onnxruntime in order, by its names or as '
        f'{", ".join(SHORT_NAMES)}.', SESSION),
    'intra_op_num_threads': Parameter(
        1, integer_range(1, 64), 'Threads of onnxruntime inside one inference.', SESSION),
    'allow_spinning': Parameter(
        False, {},
        'Whether idle threads of onnxruntime burn CPU to wake faster; slows other nodes.',
        SESSION),
    'cameras': Parameter(
        [''], strings(),
        'Names of the cameras; an empty name is the only camera, on image_raw itself.', TOPICS),
    'image_transport': Parameter(
        ['raw'], strings(), 'raw or compressed: one for all cameras, or one for each.', TOPICS),
    'workers': Parameter(
        1, integer_range(1, 16), 'How many cameras are served at the same moment.',
        'the threads of the node follow from it; start the node anew'),
    'top_k': Parameter(
        5, integer_range(1, 1000), 'How many hypotheses a result holds at most.'),
    'threshold': Parameter(
        AS_THE_CARD_SAYS, floating_range(-1.0, 1.0),
        "Hypotheses with a lower score are left out; a result may be empty. Below 0: as the "
        "model's card says, which is 0 where it says nothing."),
    'max_rate_hz': Parameter(
        0.0, floating_range(0.0, 1000.0),
        'Images of each camera that are classified in a second of real time; 0 for all.'),
    'max_age_ms': Parameter(
        0.0, floating_range(0.0, 3.6e6),
        'Images that are older when a worker is free are dropped; 0 for none.'),
    'annotate': Parameter(
        True, {}, 'Whether annotated images are drawn while somebody listens to them.'),
    'autostart': Parameter(
        True, {}, 'Whether the node configures and activates itself.', START),
    'tune_malloc': Parameter(
        True, {}, 'Whether freed image buffers stay with the process (glibc only): faster, for '
        'some memory.', START),
}


def declare_parameters(node: Node) -> Parameters:
    """Declare all parameters on the node; ConfigurationError for a value that cannot be."""
    return checked(declare_all(node, PARAMETERS))


def read_parameters(node: Node, changes: Mapping[str, Any] = {}) -> Parameters:
    """Read them as they are now, or would be after ``changes``; raises ConfigurationError."""
    values = {name: node.get_parameter(name).value for name in PARAMETERS}
    return checked({**values, **changes})


def checked(values: Mapping[str, Any]) -> Parameters:
    """Make the record of name to value; raises ConfigurationError for one that cannot be."""
    values = {name: values[name] for name in (field.name for field in fields(Parameters))}
    for name, value in values.items():
        if isinstance(value, float) and not isfinite(value):
            raise _wrong(name, value, 'a finite number')
    if values['precision'] not in PRECISION_CHOICES:
        raise _wrong('precision', values['precision'], f'one of {", ".join(PRECISION_CHOICES)}')
    for name in ('execution_providers', 'cameras', 'image_transport'):
        values[name] = _strings(name, values[name])
    _check_cameras(values['cameras'])
    values['image_transport'] = _transports(values['image_transport'], len(values['cameras']))
    return Parameters(**values)


def declare_all(node: Node, table: dict[str, tuple]) -> dict[str, Any]:
    """Declare a table of name to (default, limits, prose, ...), and return name to value."""
    return {name: declare(node, name, *entry) for name, entry in table.items()}


def declare(node: Node, name: str, default: Any, limits: dict[str, Any], prose: str,
            fixed: str = 'it is read when the node starts') -> Any:
    """
    Declare one parameter and return its value; it is read-only where ``fixed`` says why.

    Raises ConfigurationError where an override has the wrong type or lies outside ``limits``.
    """
    words = [limits.get('additional_constraints', ''), f'Read-only: {fixed}.' if fixed else '']
    descriptor = ParameterDescriptor(**{
        **limits, 'description': prose, 'read_only': bool(fixed),
        'additional_constraints': ' '.join(word for word in words if word)})
    try:
        return node.declare_parameter(name, default, descriptor).value
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        reason = one_line(error)
        raise ConfigurationError(
            f'parameter {name}: {reason} Expected: {prose} Default: {default!r}') from error


def _strings(name: str, value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not found or not all(
            isinstance(word, str) for word in found):
        raise _wrong(name, value, 'a string or a list of strings')
    return tuple(found)


def _check_cameras(cameras: tuple[str, ...]) -> None:
    if cameras == ('',):
        return
    for camera in cameras:
        if not CAMERA.fullmatch(camera):
            raise _wrong('cameras', camera, 'letters, digits and single underscores, a letter '
                         "first, or '' for an only camera without a name")
        if cameras.count(camera) > 1:
            raise _wrong('cameras', camera, 'each name once')


def _transports(transports: tuple[str, ...], cameras: int) -> tuple[str, ...]:
    for transport in transports:
        if transport not in TRANSPORTS:
            raise _wrong('image_transport', transport, f'one of {", ".join(TRANSPORTS)}')
    if len(transports) not in (1, cameras):
        raise _wrong('image_transport', list(transports),
                     f'one for all cameras, or {cameras}: one for each')
    return transports if len(transports) == cameras else transports * cameras


def _wrong(name: str, value: Any, expected: str) -> ConfigurationError:
    return ConfigurationError(f'parameter {name}: {value!r}, expected {expected}')
