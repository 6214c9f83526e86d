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

"""Quality of service of every topic by its kind (REP 2003), and what users may override."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import InvalidQosOverridesError, QoSOverridingOptions
from rclpy.subscription import Subscription
from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.node.rclpy_versions import PublisherEventCallbacks, SubscriptionEventCallbacks

SENSOR_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT,
                        durability=DurabilityPolicy.VOLATILE)
"""Sensor data with room for one message: an older image is of no use once a newer one is there."""
JOINED_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT,
                        durability=DurabilityPolicy.VOLATILE)
"""Sensor data whose images are kept for boxes of a detector, while a worker is at other boxes."""
ROIS_QOS = QoSProfile(depth=10)
"""Reliable and volatile: boxes of a detector, which wait for their images."""
RESULT_QOS = QoSProfile(depth=10)
"""Reliable and volatile: results."""
LATCHED_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Reliable and kept for late subscribers: label and vision info."""
OVERRIDES = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY,
             QoSPolicyKind.DURABILITY)


def subscribe(node: Node, kind: type, topic: str, on_incompatible: Callable[[Any], None],
              group: CallbackGroup, qos: QoSProfile = SENSOR_QOS,
              raw: bool = False) -> Subscription:
    """
    Subscribe with the ``qos_overrides`` of the user; the messages are taken.

    With ``raw`` they are taken as bytes. ``group`` withholds the subscription and its events from
    the executor. ``on_incompatible`` gets the event of a publisher that cannot satisfy the QoS.
    Raises ConfigurationError for an override that cannot be.
    """
    events = SubscriptionEventCallbacks(incompatible_qos=on_incompatible)
    return _create(node.create_subscription, topic, kind, topic, never_called, copy(qos),
                   event_callbacks=events, callback_group=group, raw=raw)


def never_called(msg: Any) -> None:
    """Stand for the callback that rclpy demands of a subscription that no executor serves."""


def advertise(node: Node, kind: type, topic: str,
              on_incompatible: Callable[[Any], None]) -> Publisher:
    """Publish results with the ``qos_overrides`` of the user; see :func:`subscribe`."""
    events = PublisherEventCallbacks(incompatible_qos=on_incompatible)
    return _create(node.create_publisher, topic, kind, topic, copy(RESULT_QOS),
                   event_callbacks=events)


def describe_qos(profile: QoSProfile) -> str:
    """Say in words what a subscription asks for."""
    words = [profile.reliability.name, profile.durability.name]
    depth = '' if profile.history.name == 'KEEP_ALL' else f' {profile.depth}'
    return ', '.join([*words, f'{profile.history.name}{depth}']).lower().replace('_', ' ')


def _create(create: Callable[..., Any], name: str, *arguments: Any, **options: Any) -> Any:
    try:
        return create(*arguments, qos_overriding_options=QoSOverridingOptions(OVERRIDES),
                      **options)
    except (ParameterException, InvalidQosOverridesError, RuntimeError, ValueError,
            TypeError) as error:
        reason = one_line(error).partition(', at ')[0]
        raise ConfigurationError(
            f'parameters qos_overrides of {name}: {reason}; expected history keep_last or '
            'keep_all, depth above 0, reliability reliable or best_effort, durability volatile '
            'or transient_local') from error
