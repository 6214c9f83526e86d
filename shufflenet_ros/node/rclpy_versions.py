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
What differs between the rclpy of Humble (3.3), Jazzy (7.1) and Kilted (9.1), and nothing else.

Classes of events
    ``rclpy.qos_event`` on Humble, ``rclpy.event_handler`` since; ``_rclpy.QoSEvent`` on Humble,
    ``_rclpy.EventHandle`` since.
``Node.add_post_set_parameters_callback``
    Since Jazzy.
Errors of parameters
    The name is a second argument on Humble, so that their text is that of a tuple; it stands at
    the end of the text, after a colon, since Jazzy.
What ``take_message`` says about a message
    ``source_timestamp`` and ``received_timestamp`` (ns) on Humble; ``publication_sequence_number``
    and ``reception_sequence_number`` as well on Jazzy (each None where the middleware gives
    none); ``publisher_gid`` as well on Kilted.

The same in all three, though no public interface: ``subscription.handle.take_message(type, raw)``
gives ``None`` or ``(message, info)`` with ``info`` a dictionary; ``WaitSet(subscriptions,
guard_conditions, timers, clients, services, events, context.handle)``; its ``add_subscription``
and ``add_guard_condition`` return the index that ``is_ready('subscription' | 'guard_condition',
index)`` asks for; ``wait(nanoseconds)`` releases the interpreter, below 0 means for ever;
``clear_entities`` before each round, since ``wait`` removes what is not ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rclpy.context import Context
from rclpy.exceptions import ParameterException
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.subscription import Subscription
from shufflenet_ros.core.errors import MAX_LENGTH
from shufflenet_ros.core.text import plain

try:
    from rclpy.event_handler import (
        PublisherEventCallbacks,
        QoSSubscriptionEventType,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )
except ImportError:  # Humble has them under their older name
    from rclpy.qos_event import (
        PublisherEventCallbacks,
        QoSSubscriptionEventType,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )

__all__ = ['PublisherEventCallbacks', 'SubscriptionEventCallbacks', 'Taken', 'call_when_set',
           'lost_event', 'parameter_error', 'take', 'wait_set']

_IS_HUMBLE = not hasattr(Node, 'add_post_set_parameters_callback')


class Taken(NamedTuple):
    """A message with what the middleware knows about it."""

    msg: Any
    received_ns: int
    """When the middleware received it: system time (ns since 1970); 0 where it does not say."""
    published_ns: int
    """When it was published: system time (ns since 1970) there; 0 where it does not say."""
    sequence: int | None
    """Number of the publication, counted by its publisher from 1; None on Humble, and where the
    middleware gives none."""
    publisher: bytes | None
    """GID of the publisher, as ``TopicEndpointInfo.endpoint_gid``; None before Kilted."""


def take(subscription: Subscription) -> Taken | None:
    """
    Take the next message, or None where there is none.

    The caller holds the handle (``with subscription.handle:``) where another thread may destroy
    the subscription meanwhile.
    """
    taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
    if taken is None:
        return None
    msg, info = taken
    gid = info.get('publisher_gid')
    return Taken(msg, info.get('received_timestamp', 0), info.get('source_timestamp', 0),
                 info.get('publication_sequence_number'), gid['data'] if gid else None)


def wait_set(context: Context, subscriptions: int, guard_conditions: int, events: int = 0) -> Any:
    """Make a wait set for so many subscriptions, guard conditions and events."""
    handle: Any = context.handle  # None only before rclpy.init
    return rclpy_implementation.WaitSet(subscriptions, guard_conditions, 0, 0, 0, events, handle)


def lost_event(subscription: Subscription) -> Any:
    """
    Make the event whose ``take_event().total_count_change`` counts messages that got lost.

    None where the middleware has no such event.
    """
    make: Any = getattr(rclpy_implementation, 'QoSEvent' if _IS_HUMBLE else 'EventHandle')
    try:
        return make(subscription.handle, QoSSubscriptionEventType.RCL_SUBSCRIPTION_MESSAGE_LOST)
    except UnsupportedEventTypeError:
        return None


def call_when_set(node: Node, apply: Callable[[Sequence[Parameter]], None]) -> bool:
    """
    Have ``apply`` called with the parameters whenever some were set.

    Returns False where rclpy cannot (Humble): the caller then calls it after it has set some.
    """
    if _IS_HUMBLE:
        return False
    node.add_post_set_parameters_callback(apply)
    return True


def parameter_error(error: ParameterException) -> str:
    """Say in one line what is wrong with a parameter, without the name that rclpy adds."""
    text = ' '.join(str(error.args[0] if error.args else error).split())
    return plain(text if _IS_HUMBLE else text.rpartition(': ')[0], MAX_LENGTH)
