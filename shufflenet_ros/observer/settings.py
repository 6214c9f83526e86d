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
Parameters of a classifier as a screen shows and changes them, by its services.

An executor must spin the node that the clients belong to; answers are looked at by
:meth:`Settings.update`, on the thread of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import time
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters
from rclpy.client import Client
from rclpy.node import Node
from rclpy.parameter import Parameter, parameter_value_to_python
from shufflenet_ros.core.text import plain

SHOWN = ('model', 'threshold', 'top_k', 'max_rate_hz', 'max_age_ms')
"""What is changed while the node runs."""
READ_S = 2.0
"""How often values are read again: others change them too."""
LOST_S = 5.0
"""Answers get lost while client and node find each other: then the value says what was done."""
ANSWER_S = 60.0
"""A model is loaded, measured and warmed up before the answer comes; a lost one never comes."""


@dataclass(frozen=True)
class Outcome:
    """What became of a change that was asked for."""

    name: str
    value: Any
    reason: str
    """Why it was refused, or that no answer came; empty where it was done."""


class Settings:
    """The parameters :data:`SHOWN` of one node, and changes of them that are on their way."""

    def __init__(self, node: Node, name: str, shown: Sequence[str] = SHOWN) -> None:
        """``name`` is the fully qualified one of the classifier, which need not run yet."""
        self.values: dict[str, Any] = {}
        """By name, as last read; empty until the node answers."""
        self.descriptors: dict[str, ParameterDescriptor] = {}
        self._node = node
        self._shown = tuple(shown)
        self._get: Client = node.create_client(GetParameters, f'{name}/get_parameters')
        self._describe: Client = node.create_client(
            DescribeParameters, f'{name}/describe_parameters')
        self._set: Client = node.create_client(SetParameters, f'{name}/set_parameters')
        self._reading: Any = None
        self._describing: Any = None
        self._read_s = -READ_S
        self._changes: list[tuple[Parameter, Any, float, Callable[[Outcome], None]]] = []

    @property
    def is_there(self) -> bool:
        """Whether the node's services are seen."""
        return bool(self._set.service_is_ready())

    @property
    def is_changing(self) -> bool:
        """Whether a change is on its way."""
        return bool(self._changes)

    def change(self, name: str, value: Any, tell: Callable[[Outcome], None]) -> None:
        """Ask for a change; ``tell`` is called by :meth:`update` once it is done or refused."""
        if isinstance(self.values.get(name), float):
            value = float(value)  # rclpy refuses a whole number for it
        parameter = Parameter(name, value=value)
        if not self.is_there:
            tell(Outcome(name, value, f'{plain(name)} cannot be set: the node does not answer'))
            return
        request = SetParameters.Request(parameters=[parameter.to_parameter_msg()])
        self._changes.append(
            (parameter, self._set.call_async(request), time.monotonic(), tell))

    def update(self) -> bool:
        """Look at answers, and read the values again when it is time; whether something is new."""
        now_s = time.monotonic()
        is_new = self._take_outcomes(now_s) | self._take_values()
        if now_s - self._read_s >= READ_S and self._get.service_is_ready():
            self._read_s = now_s
            if self._reading is not None:
                self._get.remove_pending_request(self._reading)
            self._reading = self._get.call_async(GetParameters.Request(names=self._shown))
            if not self.descriptors and self._describing is None:
                self._describing = self._describe.call_async(
                    DescribeParameters.Request(names=self._shown))
        return is_new

    def close(self) -> None:
        """Destroy the clients."""
        for client in (self._get, self._describe, self._set):
            self._node.destroy_client(client)

    def _take_values(self) -> bool:
        before = dict(self.values)
        if self._reading is not None and self._reading.done():
            values, self._reading = self._reading.result().values, None
            if len(values) == len(self._shown):  # otherwise one of them is not declared (yet)
                self.values = dict(zip(self._shown, map(parameter_value_to_python, values)))
        if self._describing is not None and self._describing.done():
            found, self._describing = self._describing.result().descriptors, None
            self.descriptors = {descriptor.name: descriptor for descriptor in found}
            return True
        return before != self.values

    def _take_outcomes(self, now_s: float) -> bool:
        waiting, done = [], []
        for change in self._changes:
            parameter, future, asked_s, _ = change
            if future.done():
                result = future.result().results[0]
                done.append((change, '' if result.successful else (
                    result.reason or 'refused without a reason')))
            elif now_s - asked_s > LOST_S and self.values.get(parameter.name) == parameter.value:
                done.append((change, ''))
            elif now_s - asked_s > ANSWER_S:
                self._set.remove_pending_request(future)
                done.append((change, f'no answer for {ANSWER_S:.0f} s'))
            else:
                waiting.append(change)
        self._changes = waiting
        for (parameter, _, _, tell), reason in done:
            self._read_s = -READ_S
            tell(Outcome(parameter.name, parameter.value, reason))
        return bool(done)
