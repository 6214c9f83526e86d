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
Parameters that are set while the node runs: prepared in the background, one after the other.

A model takes a while to load. Meanwhile the service that was called waits, and images go on: the
answer comes when the model is loaded and good, or says why it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import threading
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters, SetParametersAtomically
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.task import Future
from shufflenet_ros.core.errors import describe, ShufflenetRosError
from shufflenet_ros.node.parameters.declaration import Definition
from shufflenet_ros.node.parameters.ranges import FIELDS, lies_within, offer
from shufflenet_ros.node.rclpy_versions import call_when_set
from shufflenet_ros.node.throttled_log import ThrottledLog
from shufflenet_ros.process.thread_priority import lower_loading_priority

CLOSE_TIMEOUT_S = 0.5
TYPE_WORDS = {'BOOL': 'boolean', 'INTEGER': 'integer', 'DOUBLE': 'float', 'STRING': 'string'}


class ParameterChanges:
    """The two services that set parameters, and the background thread that they wait for."""

    def __init__(self, node: Node, definitions: Mapping[str, Definition],
                 prepare: Callable[[dict[str, Any]], None],
                 apply: Callable[[Sequence[Parameter]], None]) -> None:
        """
        Take over the services of the node.

        ``definitions`` are those of its own parameters, which are declared.
        ``prepare`` gets name to value on a thread of its own before they are set, and may raise
        an error of the user's; ``apply`` is called when they are set.
        """
        self._node = node
        self._definitions = definitions
        self._log = ThrottledLog(node.get_logger())
        self._prepare = prepare
        self._apply = apply
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._is_applied_by_node = call_when_set(node, apply)
        self._take_over_services()

    def close(self) -> None:
        """Begin nothing more, and wait a little for the background thread."""
        self._is_closed = True
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT_S)

    def _take_over_services(self) -> None:
        callbacks: dict[Any, Any] = {
            SetParameters: self._set_each, SetParametersAtomically: self._set_all}
        # While one of them waits, no other change and no transition may begin; all other services,
        # images and the clock go on.
        group = MutuallyExclusiveCallbackGroup()
        for service in self._node.services:
            if service.srv_type in (*callbacks, ChangeState):
                service.callback = callbacks.get(service.srv_type, service.callback)
                service.callback_group = group
                group.add_entity(service)

    async def _set_each(self, request: SetParameters.Request,
                        response: SetParameters.Response) -> SetParameters.Response:
        for msg in request.parameters:
            response.results.append(await self._set([Parameter.from_parameter_msg(msg)]))
        return response

    async def _set_all(self, request: SetParametersAtomically.Request,
                       response: SetParametersAtomically.Response,
                       ) -> SetParametersAtomically.Response:
        response.result = await self._set(
            [Parameter.from_parameter_msg(msg) for msg in request.parameters])
        return response

    async def _set(self, parameters: list[Parameter]) -> SetParametersResult:
        result = await self._try_to_set(
            [_as_declared(self._node, parameter) for parameter in parameters])
        if not result.successful:  # whoever asked may not look at the answer
            self._log.warn(f'not set: {result.reason}', 'parameters')
        return result

    async def _try_to_set(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            reason = self._reason_to_refuse(parameter)
            if reason:
                return refusal(f'parameter {parameter.name}{reason}')
        error = await self._in_background(
            {parameter.name: parameter.value for parameter in parameters})
        if error is not None:
            return refusal(str(error))
        for parameter in parameters:
            self._widen(parameter)
        result = self._node.set_parameters_atomically(parameters)
        if not result.successful:
            return refusal(self._explained(result.reason, parameters))
        if not self._is_applied_by_node:
            self._apply(parameters)
        return result

    def _reason_to_refuse(self, parameter: Parameter) -> str:
        name = parameter.name
        if not self._node.has_parameter(name):
            return ': this node has none of that name'
        entry = self._definitions.get(name)
        if entry is None:
            return ''
        if entry.read_only_reason:
            return f' is read-only: {entry.read_only_reason}'
        declared = self._node.get_parameter(name).type_
        if parameter.type_ == Parameter.Type.NOT_SET:  # rclpy would take the parameter away
            return f': expected a value such as {entry.default!r}, got none{_meaning(entry)}'
        if parameter.type_ != declared and not entry.limits.get('dynamic_typing'):
            return (f': expected {entry.default!r} or another {TYPE_WORDS[declared.name]}, got '
                    f'{parameter.value!r}{_meaning(entry)}')
        if not lies_within(parameter.value, entry.limits):
            return f': {parameter.value!r} is out of range, {_range(entry)}{_meaning(entry)}'
        return ''

    def _widen(self, parameter: Parameter) -> None:
        """Let the descriptor allow a value that can work, though it is none of the usual ones."""
        entry = self._definitions.get(parameter.name)
        if entry is None or not entry.usual:
            return
        descriptor = self._node.describe_parameter(parameter.name)
        shown = {field: getattr(descriptor, field) for field in FIELDS}
        if not lies_within(parameter.value, shown):
            offer(self._node, parameter.name, shown, parameter.value)

    def _explained(self, reason: str, parameters: list[Parameter]) -> str:
        """Add what is expected where rclpy refused one of its own, such as use_sim_time."""
        name = parameters[0].name
        if len(parameters) > 1 or not reason.startswith(('Wrong', 'Parameter')):
            return reason
        declared = self._node.get_parameter(name).type_.name
        return f'parameter {name}: {reason}. Expected: a value of type {declared}'

    async def _in_background(self, changes: dict[str, Any]) -> ShufflenetRosError | None:
        """Prepare the changes without holding up the executor; the error they would cause."""
        if self._is_closed:
            return ShufflenetRosError('the node ends')
        future: Future = Future()
        thread = threading.Thread(
            target=self._run, args=(changes, future), name='prepare', daemon=True)
        thread.start()
        self._thread = thread  # only now: close() may come at any moment, and joins it
        return await future

    def _run(self, changes: dict[str, Any], future: Future) -> None:
        lower_loading_priority()
        error = None
        try:
            self._prepare(changes)
        except Exception as found:  # the service must answer, whatever happens
            error = ShufflenetRosError(describe(found))
        future.set_result(error)
        self._wake_executor()

    def _wake_executor(self) -> None:
        try:
            executor = self._node.executor
            if executor is not None:
                executor.create_task(lambda: None)
        except Exception:
            return  # it ends, and needs no waking


def refusal(reason: str) -> SetParametersResult:
    """Answer that a parameter was not set, and why."""
    return SetParametersResult(successful=False, reason=reason)


def _as_declared(node: Node, parameter: Parameter) -> Parameter:
    """Take an integer for the floating-point number that was asked for."""
    is_float = node.has_parameter(parameter.name) and (
        node.get_parameter(parameter.name).type_ == Parameter.Type.DOUBLE)
    if not is_float or parameter.type_ != Parameter.Type.INTEGER:
        return parameter
    return Parameter(parameter.name, value=float(parameter.value))


def _meaning(entry: Definition) -> str:
    return f'. {entry.description} Default: {entry.default!r}'


def _range(entry: Definition) -> str:
    found, = (found for field in FIELDS for found in entry.limits.get(field, ()))
    return f'expected {found.from_value!r} to {found.to_value!r}'
