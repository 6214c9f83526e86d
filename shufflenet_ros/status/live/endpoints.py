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

"""Who publishes a camera's topic, whether its QoS fits, and what would lose images on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rclpy.node import Node as RosNode
from rclpy.qos import qos_check_compatible, QoSCompatibility, QoSProfile, ReliabilityPolicy
from shufflenet_ros.node.health.loss_advice import EPROSIMA, OF_HOST, OF_PROCESS
from shufflenet_ros.node.health.loss_cures import cure_of, LossFacts, SEEN_NOWHERE
from shufflenet_ros.process.fast_dds import FastDdsProcess, find_process, PID_BITS
from shufflenet_ros.process.files import share_dir
from shufflenet_ros.process.middleware import free_shared_memory, profile_for
from shufflenet_ros.status.facts import Endpoint


class Ends(NamedTuple):
    """The ends of a camera's topic."""

    subscription: Endpoint | None
    """Of the classifier; None where it has none."""
    publishers: tuple[Endpoint, ...]


def ends_of(node: RosNode, topic: str, classifier: str,
            find: Callable[[int], FastDdsProcess | None] = find_process) -> Ends:
    """
    Look at the ends of ``topic``; ``classifier`` is the full name of the node that subscribes.

    ``find`` gives a process by the last 16 bits of its id.
    """
    infos = list(node.get_subscriptions_info_by_topic(topic))
    own = next((info for info in infos if _node_of(info) == classifier), None)
    return Ends(None if own is None else _endpoint(own), tuple(
        _publisher(info, own, topic, find) for info in node.get_publishers_info_by_topic(topic)))


def process_of(info: Any) -> int:
    """Give the last 16 bits of the id of an endpoint's process; -1 where Fast DDS is not used."""
    gid = bytes(info.endpoint_gid)
    return int.from_bytes(gid[4:6], 'little') & PID_BITS if gid.startswith(EPROSIMA) else -1


def host_of(info: Any) -> bytes:
    """Give the part of an endpoint's GUID that is the same in all of its machine."""
    return bytes(info.endpoint_gid)[:OF_HOST]


def _publisher(info: Any, own: Any, topic: str,
               find: Callable[[int], FastDdsProcess | None]) -> Endpoint:
    misfit = _misfit(info, own)
    cure = '' if misfit or own is None else _cure(info, own, topic, find)
    return _endpoint(info, misfit, cure)


def _endpoint(info: Any, misfit: str = '', cure: str = '') -> Endpoint:
    profile: QoSProfile = info.qos_profile
    return Endpoint(
        _node_of(info), info.topic_type, profile.reliability.name.lower(),
        profile.durability.name.lower(), int(profile.depth), misfit, cure)


def _misfit(info: Any, own: Any) -> str:
    if own is None:
        return ''
    if info.topic_type != own.topic_type:
        return f'it publishes {info.topic_type}, not {own.topic_type}'
    compatibility, reason = qos_check_compatible(info.qos_profile, own.qos_profile)
    if compatibility != QoSCompatibility.ERROR:
        return ''
    return ' '.join(reason.split()).removeprefix('ERROR: ').rstrip(';')


def _cure(info: Any, own: Any, topic: str,
          find: Callable[[int], FastDdsProcess | None]) -> str:
    """Say what would lose images on this way, and what to do; empty where nothing is seen."""
    camera_bits, own_bits = process_of(info), process_of(own)
    is_one_process = bytes(info.endpoint_gid)[:OF_PROCESS] == bytes(own.endpoint_gid)[:OF_PROCESS]
    if is_one_process or -1 in (camera_bits, own_bits):
        return ''
    node_process = find(own_bits)
    if node_process is None:  # the node is on another machine, which sees more than this one
        return ''
    free = free_shared_memory()
    answer = cure_of(LossFacts(
        topic=topic, camera=find(camera_bits), own=node_process, free_bytes=free,
        is_same_host=host_of(info) == host_of(own),
        is_reliable=info.qos_profile.reliability == ReliabilityPolicy.RELIABLE,
        profile=share_dir() / 'config' / profile_for(free)))
    return '' if answer == SEEN_NOWHERE else answer


def _node_of(info: Any) -> str:
    if info.node_name.startswith('_NODE_NAME_UNKNOWN_'):
        return ''
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'
