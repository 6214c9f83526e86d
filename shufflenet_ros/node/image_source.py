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
Images straight from the middleware: workers wait for the subscriptions and take what is newest.

The executor is kept away from these subscriptions and their events (:data:`WITHHELD`). It would
wake for every image (for Fast DDS also where it waits for events alone) and hand it to another
thread; a worker that waits itself has its result out sooner, for less CPU. With a depth of 1 the
middleware keeps the newest image of each camera.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
import threading
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.context import Context
from rclpy.guard_condition import GuardCondition
from rclpy.subscription import Subscription
from shufflenet_ros.core.frame import Delivery
from shufflenet_ros.node.rclpy_versions import wait_set

CLOSE_TIMEOUT_S = 1.0


class _Withheld(CallbackGroup):
    """A group whose members no executor serves."""

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return False

    def ending_execution(self, entity: Any) -> None:
        return


WITHHELD = _Withheld()
"""Callback group of subscriptions that workers wait for."""


def serve_events(subscription: Subscription, context: Context) -> None:
    """Call back for the QoS events of a withheld subscription; call it once in a while."""
    handlers: Any = subscription.event_handlers  # Jazzy gives them another type
    events = wait_set(context, 0, 0, len(handlers))
    for handler in handlers:
        handler.add_to_wait_set(events)
    events.wait(0)
    for handler in handlers:
        if handler.is_ready(events):
            event = handler.take_data()
            if event is not None:
                handler.callback(event)


class ImageSource:
    """The subscriptions of all cameras in one wait set; see ``core.pipeline.FrameSource``."""

    def __init__(self, context: Context, subscriptions: Mapping[str, Subscription],
                 take: Callable[[str], Delivery | None],
                 waits_ns: Mapping[str, Callable[[], int]] = {}) -> None:
        """
        Wait for these subscriptions.

        ``take`` gives the newest frame of a camera; it runs on the thread of a worker.
        ``waits_ns`` tell after how long (ns) some of them have something to do although no message
        came.
        """
        self._subscriptions = dict(subscriptions)
        self._take = take
        self._waits_ns = dict(waits_ns)
        self._lock = threading.Lock()  # a wait set is for one thread at a time
        # What is entered here cannot be destroyed while a worker may still use it.
        self._held = ExitStack()
        self._wait_set = wait_set(context, len(self._subscriptions), 1)
        self._guard = GuardCondition(None, None, context)
        for held in (self._wait_set, self._guard.handle,
                     *(found.handle for found in self._subscriptions.values())):
            self._held.enter_context(held)

    def wait(self, cameras: Sequence[str], timeout_ns: int) -> Collection[str]:
        """Wait until one of the cameras has an image, or :meth:`wake`; which ones have one."""
        images, works = self._wait_set, [name for name in cameras if name in self._waits_ns]
        with self._lock:
            images.clear_entities()
            images.add_guard_condition(self._guard.handle)
            for camera in cameras:
                images.add_subscription(self._subscriptions[camera].handle)
            images.wait(min([timeout_ns, *(self._waits_ns[name]() for name in works)]))
            return [camera for index, camera in enumerate(cameras)
                    if images.is_ready('subscription', index)
                    or (camera in works and not self._waits_ns[camera]())]

    def wake(self) -> None:
        """End the wait that is going on, or else the next one; from any thread."""
        self._guard.trigger()

    def take(self, camera: str) -> Delivery | None:
        """Take the newest frame of a camera; None where there is none."""
        return self._take(camera)

    def close(self) -> None:
        """Let go of the subscriptions, unless a worker still waits for them."""
        self.wake()
        if self._lock.acquire(timeout=CLOSE_TIMEOUT_S):
            self._held.close()
            self._wait_set.destroy_when_not_in_use()
            self._guard.destroy()
            self._lock.release()
