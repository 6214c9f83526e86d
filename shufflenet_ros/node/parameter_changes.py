"""
Parameters that are set from outside: prepared in the background, one after the other.

A model takes a while to load. Meanwhile the service that was called waits, and images go on: the
answer comes when the model is loaded and good, or says why it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import os
import sys
import threading
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters, SetParametersAtomically
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.task import Future

from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.node.parameters import PARAMETERS

PATIENCE_S = 0.5
NICENESS = 10
"""How much later the background thread gets a core than the workers where both want one."""


class ParameterChanges:
    """The two services that set parameters, and what they wait for."""

    def __init__(self, node: Node, prepare: Callable[[dict[str, Any]], None],
                 apply: Callable[[Sequence[Parameter]], None]) -> None:
        """
        Take over the services of the node.

        ``prepare`` gets name to value on a thread of its own before they are set, and may raise
        an error of the user's; ``apply`` is called when they are set.
        """
        self._node = node
        self._prepare = prepare
        self._apply = apply
        self._thread: threading.Thread | None = None
        self._is_closed = False
        if hasattr(node, 'add_post_set_parameters_callback'):  # not in Humble
            node.add_post_set_parameters_callback(apply)
            self._apply = None
        answers = {SetParameters: self._set_each, SetParametersAtomically: self._set_all}
        # While one of them waits, no other change and no transition may begin; all other services,
        # images and the clock go on.
        group = MutuallyExclusiveCallbackGroup()
        for service in node.services:
            if service.srv_type in (*answers, ChangeState):
                service.callback = answers.get(service.srv_type, service.callback)
                service.callback_group = group
                group.add_entity(service)

    def close(self) -> None:
        """Begin nothing more, and wait a little for what the background thread is at."""
        self._is_closed = True
        if self._thread is not None:
            self._thread.join(PATIENCE_S)

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
        for name in (parameter.name for parameter in parameters):
            if not self._node.has_parameter(name):
                return refusal(f'parameter {name}: this node has none of that name')
            if name in PARAMETERS and PARAMETERS[name].fixed:
                return refusal(f'parameter {name} is read-only: {PARAMETERS[name].fixed}')
        error = await self._in_background(
            {parameter.name: parameter.value for parameter in parameters})
        if error is not None:
            return refusal(str(error))
        result = self._node.set_parameters_atomically(parameters)
        if not result.successful:
            return refusal(_explained(result.reason, parameters))
        if self._apply is not None:
            self._apply(parameters)
        return result

    async def _in_background(self, changes: dict[str, Any]) -> ShufflenetRosError | None:
        """Prepare the changes without holding up the executor; the error they would cause."""
        if self._is_closed:
            return ShufflenetRosError('the node ends')
        future: Future = Future()
        self._thread = threading.Thread(
            target=self._run, args=(changes, future), name='prepare', daemon=True)
        self._thread.start()
        return await future

    def _run(self, changes: dict[str, Any], future: Future) -> None:
        if sys.platform == 'linux':
            # Linux has a niceness for each thread.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        error = None
        try:
            self._prepare(changes)
        except ShufflenetRosError as found:
            error = found
        except Exception as found:  # the service must answer, whatever happens
            error = ShufflenetRosError(f'{type(found).__name__}: {found}')
        future.set_result(error)
        try:
            self._node.executor.create_task(lambda: None)  # wakes the executor
        except Exception:
            return  # it ends, and needs no waking


def refusal(reason: str) -> SetParametersResult:
    """Answer that a parameter was not set, and why."""
    return SetParametersResult(successful=False, reason=reason)


def _explained(reason: str, parameters: list[Parameter]) -> str:
    """Add what is expected where rclpy refused a type or a range without saying so."""
    entry = PARAMETERS.get(parameters[0].name)
    if entry is None or len(parameters) > 1 or not reason.startswith(('Wrong', 'Parameter')):
        return reason
    return (f'parameter {parameters[0].name}: {reason}. Expected: {entry.prose} '
            f'Default: {entry.default!r}')
