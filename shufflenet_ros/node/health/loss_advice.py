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
Why best-effort images get lost between a camera's process and this one.

Such losses leave no error anywhere. What there is to see: the GUID of a publisher names its
machine and process (Fast DDS: bytes 2-3 and 4-5), and :mod:`shufflenet_ros.process.fast_dds` tells
what that process shares with this one.
"""

from __future__ import annotations

from dataclasses import replace
import os
import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from rclpy.utilities import get_rmw_implementation_identifier
from shufflenet_ros.node.health.loss_cures import cure_of, LossFacts, SEEN_NOWHERE
from shufflenet_ros.process.fast_dds import (
    describe_process,
    find_process,
    own_udp_sockets,
    PID_BITS,
)
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import free_shared_memory, profile_for

EPROSIMA = b'\x01\x0f'
"""First bytes of the GUIDs that Fast DDS gives."""
OF_HOST, OF_PROCESS = 4, 8
"""So many first bytes are the same in all GUIDs of a machine, and of a process."""
KEPT_S = 10.0
"""So long an answer holds: looking costs some milliseconds, and processes do not change."""


class LossAdvice:
    """Tells why the images of one topic get lost."""

    def __init__(self, node: Node, topic: str) -> None:
        """Prepare for a topic by its full name; nothing is looked at yet."""
        self._node = node
        self._topic = topic
        self._asked: list[bytes] = []
        self._asked_s = 0.0
        self._answer = ''

    def advice(self, image_bytes: int = 0) -> str:
        """
        Say in one line why images get lost, and what to do; empty without a publisher.

        ``image_bytes`` is the size of one, 0 where that is unknown. Costs some milliseconds, at
        most once in ``KEPT_S`` while the publishers stay the same.
        """
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        asked = sorted(bytes(one.endpoint_gid) for one in publishers)
        if asked != self._asked or time.monotonic() - self._asked_s > KEPT_S:
            self._asked, self._asked_s = asked, time.monotonic()
            self._answer = self._first_cause(publishers, image_bytes)
        return self._answer

    def cause(self, image_bytes: int = 0) -> str:
        """Say the same, but nothing where no cause is seen: perhaps no image is published."""
        answer = self.advice(image_bytes)
        return '' if answer == SEEN_NOWHERE else answer

    def _first_cause(self, publishers: list[Any], image_bytes: int) -> str:
        """Give the cure of the first publisher on whose way something is seen."""
        common = LossFacts(
            topic=self._topic, middleware=get_rmw_implementation_identifier(),
            own=describe_process(os.getpid()), sockets=own_udp_sockets(),
            free_bytes=free_shared_memory(), image_bytes=image_bytes)
        common = replace(
            common, profile=share_dir() / 'config' / profile_for(common.free_bytes))
        own_guid = self._own_guid()
        answers = [cure_of(_facts_of(common, one, own_guid)) for one in publishers]
        return min(answers, key=lambda answer: answer == SEEN_NOWHERE, default='')

    def _own_guid(self) -> bytes:
        """GUID of our own subscription; empty while there is none."""
        endpoints = self._node.get_subscriptions_info_by_topic(self._topic)
        guids = (bytes(one.endpoint_gid) for one in endpoints
                 if one.node_name == self._node.get_name())
        return next((guid for guid in guids if _pid_bits(guid) == os.getpid() & PID_BITS), b'')


def _facts_of(common: LossFacts, publisher: Any, own_guid: bytes) -> LossFacts:
    guid = bytes(publisher.endpoint_gid)
    is_fast_dds = 'fastrtps' in common.middleware and guid.startswith(EPROSIMA)
    is_ours = guid[:OF_PROCESS] == own_guid[:OF_PROCESS]
    camera = common.own if is_ours else find_process(_pid_bits(guid)) if is_fast_dds else None
    return replace(
        common, is_fast_dds=is_fast_dds, camera=camera,
        is_same_host=guid.startswith(own_guid[:OF_HOST]),
        is_reliable=publisher.qos_profile.reliability == ReliabilityPolicy.RELIABLE)


def _pid_bits(guid: bytes) -> int:
    return int.from_bytes(guid[4:6], 'little')
