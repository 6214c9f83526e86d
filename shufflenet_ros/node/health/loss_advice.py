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
Why best-effort images get lost between a camera's process and this one, and the cure that fits.

Such losses leave no error anywhere. What there is to see: the GUID of a publisher names its
machine and process (Fast DDS: bytes 2-3 and 4-5), and :mod:`shufflenet_ros.process.fast_dds` tells
what that process shares with this one. docs/troubleshooting.md explains each cure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
import os
from pathlib import Path
import pwd
import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from rclpy.utilities import get_rmw_implementation_identifier
from shufflenet_ros.core.text import plain
from shufflenet_ros.process.fast_dds import (
    describe_process,
    FastDdsProcess,
    find_process,
    own_udp_sockets,
    PID_BITS,
    UdpSockets,
)
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import (
    free_shared_memory,
    LARGE_PROFILE_BYTES,
    profile_for,
    PROFILE_VARIABLES,
    TRANSPORTS_VARIABLE,
)

EPROSIMA = b'\x01\x0f'
"""First bytes of the GUIDs that Fast DDS gives."""
OF_HOST, OF_PROCESS = 4, 8
"""So many first bytes are the same in all GUIDs of a machine, and of a process."""
KEPT_S = 10.0
"""So long an answer holds: looking costs some milliseconds, and processes do not change."""
DEFAULT_SEGMENT = 1 << 20
"""Only Fast DDS's own default (512 KB) gives a segment below this."""
SOCKET_BYTES = 4 << 20
"""Receive buffer that the package's profiles ask for."""
SEEN_NOWHERE = (
    'no cause is seen: shared memory and sockets of both processes have room for them; this '
    'machine may be too busy, see "Images get lost" in docs/troubleshooting.md')


@dataclass(frozen=True, slots=True)
class LossFacts:
    """What is known of the way from one publisher to this process."""

    topic: str = ''
    middleware: str = 'rmw_fastrtps_cpp'
    is_fast_dds: bool = True
    """Whether both ends are Fast DDS."""
    is_same_host: bool = True
    """Whether both ends think that they are on the same machine."""
    camera: FastDdsProcess | None = None
    """The publisher's process; None where it cannot be seen from here."""
    own: FastDdsProcess = FastDdsProcess(0)
    sockets: UdpSockets = UdpSockets()
    free_bytes: int = LARGE_PROFILE_BYTES
    """Of shared memory."""
    image_bytes: int = 0
    """0 while no image has come."""
    is_reliable: bool = False
    """Whether the publisher would send again what got lost."""
    profile: Path = Path('fastdds.xml')
    """The package's profile that fits this machine."""


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
        return self._look(image_bytes)

    def cause(self, image_bytes: int = 0) -> str:
        """Say the same, but nothing where no cause is seen: perhaps no image is published."""
        answer = self._look(image_bytes)
        return '' if answer == SEEN_NOWHERE else answer

    def _look(self, image_bytes: int) -> str:
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        asked = sorted(bytes(one.endpoint_gid) for one in publishers)
        if asked != self._asked or time.monotonic() - self._asked_s > KEPT_S:
            self._asked, self._asked_s = asked, time.monotonic()
            self._answer = self._first_cause(publishers, image_bytes)
        return self._answer

    def _first_cause(self, publishers: list[Any], image_bytes: int) -> str:
        """Give the cure of the first publisher on whose way something is seen."""
        common = LossFacts(
            topic=self._topic, middleware=get_rmw_implementation_identifier(),
            own=describe_process(os.getpid()), sockets=own_udp_sockets(),
            free_bytes=free_shared_memory(), image_bytes=image_bytes)
        common = replace(
            common, profile=share_dir() / 'config' / profile_for(common.free_bytes))
        own_guid = self._own_guid()
        answers = [loss_advice(_facts_of(common, one, own_guid)) for one in publishers]
        return min(answers, key=lambda answer: answer == SEEN_NOWHERE, default='')

    def _own_guid(self) -> bytes:
        """GUID of our own subscription; empty while there is none."""
        endpoints = self._node.get_subscriptions_info_by_topic(self._topic)
        guids = (bytes(one.endpoint_gid) for one in endpoints
                 if one.node_name == self._node.get_name())
        return next((guid for guid in guids if _pid_bits(guid) == os.getpid() & PID_BITS), b'')


def loss_advice(facts: LossFacts) -> str:
    """Give the cure that fits the facts, the surest cause first."""
    if not facts.is_fast_dds:
        return _other_middleware(facts)
    if not facts.is_same_host:
        return _other_host(facts)
    if facts.camera is None or facts.camera.is_apart:
        return _apart(facts)
    if facts.camera.user != facts.own.user:
        return _other_user(facts, facts.camera)
    if not facts.own.segment_bytes or not facts.camera.segment_bytes:
        return _no_segment(facts, facts.camera)
    if facts.camera.is_fast_dds_2 != facts.own.is_fast_dds_2:
        return (f'{_title(facts.camera)} and this node have different versions of Fast DDS, which '
                'share no memory: run both with the same ROS distribution')
    if facts.camera.segment_bytes < DEFAULT_SEGMENT:
        return _default_segment(facts, facts.camera)
    if facts.camera.segment_bytes < 2 * facts.image_bytes:
        return _small_segment(facts, facts.camera)
    return SEEN_NOWHERE


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


def _default_segment(facts: LossFacts, camera: FastDdsProcess) -> str:
    variable = _variable(camera)
    given = camera.environment.get(variable)
    found = f' ({plain(given)}, which it has, gave no more)' if given else ''
    images = f', for images of {_size(facts.image_bytes)}' if facts.image_bytes else ''
    return (f'{_title(camera)} has {_size(camera.segment_bytes)} of shared memory, as without a '
            f'profile{images}: set {variable}={facts.profile} for it and start it again{found}'
            f'{_room(facts, LARGE_PROFILE_BYTES)}')


def _small_segment(facts: LossFacts, camera: FastDdsProcess) -> str:
    needed = 4 * facts.image_bytes
    return (f'{_title(camera)} has {_size(camera.segment_bytes)} of shared memory, less than two '
            f'images of {_size(facts.image_bytes)}: set {_variable(camera)} for it to a profile '
            f'with a segment_size of {needed} or more (a copy of {facts.profile}) and start it '
            f'again{_room(facts, needed)}')


def _other_user(facts: LossFacts, camera: FastDdsProcess) -> str:
    return (f'{_title(camera)} runs as user {_user(camera)} and this node as {_user(facts.own)}: '
            'Fast DDS shares no memory between users; run both as the same one'
            f'{f", or {_buffer_cure(facts)}" if facts.sockets.dropped else ""}')


def _apart(facts: LossFacts) -> str:
    who = (f'{_title(facts.camera)} has another /dev/shm than this node' if facts.camera else
           'the process that publishes cannot be seen from here, though it is on this machine')
    return (f'{who}, as between containers: start every container with --ipc=host, and both '
            'processes as the same user')


def _no_segment(facts: LossFacts, camera: FastDdsProcess) -> str:
    without, who = ((camera, _title(camera)) if facts.own.segment_bytes else
                    (facts.own, 'this node'))
    reasons = ', '.join(f'{name}={plain(value)}' for name, value in without.environment.items())
    unset = f'unset {TRANSPORTS_VARIABLE}, ' if TRANSPORTS_VARIABLE in reasons else ''
    if without is facts.own:  # its profile gives its sockets room as well
        facts = replace(facts, sockets=UdpSockets())
    return (f'{who} uses no shared memory{f" (it has {reasons})" if reasons else ""}, so that '
            f'images go over UDP: {unset}set {_variable(without)}={facts.profile} and start it '
            f'again{_room(facts, LARGE_PROFILE_BYTES)}; or {_udp_cure(facts)}')


def _other_host(facts: LossFacts) -> str:
    if facts.camera is not None and facts.camera.segment_bytes:
        return (f'{_title(facts.camera)} has other network addresses than this node, so that '
                'images go over UDP: they changed meanwhile (start both again), or one is in a '
                f'container without --network=host; or {_udp_cure(facts)}')
    return ('the publisher is on another machine, or in a container with a network of its own: '
            f'{_udp_cure(facts)}')


def _udp_cure(facts: LossFacts) -> str:
    sockets = facts.sockets
    cures = ['take image_transport:=compressed']
    if facts.is_reliable:
        cures.append(f'set parameter qos_overrides.{facts.topic}.subscription.reliability to '
                     'reliable')
    if sockets.dropped:
        cures.insert(0, f'{_buffer_cure(facts)} ({sockets.dropped} datagrams found no room in '
                        f'the {_size(sockets.buffer_bytes)} of its sockets)')
    return ' or '.join(cures)


def _buffer_cure(facts: LossFacts) -> str:
    """Say how to give the sockets of this node more room."""
    if facts.sockets.allowed_bytes < SOCKET_BYTES:
        return f'run sysctl -w net.core.rmem_max={SOCKET_BYTES} and start this node again'
    if facts.sockets.buffer_bytes < SOCKET_BYTES:
        return f'start this node with {_variable(facts.own)}={facts.profile}'
    return 'raise net.core.rmem_max and the receiveBufferSize of the profile of this node'


def _other_middleware(facts: LossFacts) -> str:
    return (f'the cause can only be seen where both processes have Fast DDS (this one has '
            f'{facts.middleware}): give the sockets of this node room (net.core.rmem_max, and the '
            "middleware's own receive buffer), or take image_transport:=compressed")


def _title(process: FastDdsProcess) -> str:
    return f'process {process.pid} ({plain(process.name)}) of the camera'


def _user(process: FastDdsProcess) -> str:
    try:
        return plain(pwd.getpwuid(process.user).pw_name)
    except KeyError:
        return str(process.user)


def _room(facts: LossFacts, needed: int) -> str:
    """Say that shared memory is short, where it is."""
    return '' if facts.free_bytes >= needed else (
        f'; /dev/shm has {_size(facts.free_bytes)} free: give a container more with '
        '--shm-size=512m')


def _variable(process: FastDdsProcess) -> str:
    """Name the variable of the profile that a process reads."""
    return PROFILE_VARIABLES[process.is_fast_dds_2]


def _size(size: int) -> str:
    return f'{size / (1 << 20):.1f} MB'
