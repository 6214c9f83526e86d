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
The node that plays: publishers of the images, ``/clock``, services that pause and step.

Publishes
    The images of the recordings (sensor_msgs/Image, sensor_msgs/CompressedImage): best effort and
    volatile with depth 1, as cameras do, or reliable with depth 10.
    ``/clock`` (rosgraph_msgs/Clock), where that is asked for: the time of the recording, at a
    steady rate and just before each image.
Serves
    ``~/pause``, ``~/resume``, ``~/step`` (std_srvs/Trigger).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
import threading
import time
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import qos_policy_name_from_kind, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.qos import SENSOR_QOS
from shufflenet_ros.node.rclpy_versions import PublisherEventCallbacks
from shufflenet_ros.player.messages import time_of
from shufflenet_ros.player.pace import Pace
from shufflenet_ros.recordings.storage import COMPRESSED
from std_srvs.srv import Trigger

RELIABLE_QOS = QoSProfile(depth=10)


class PlayerNode(Node):
    """Topics and services of a player; ``close`` ends what waits for the pace."""

    def __init__(self, kinds: Mapping[str, str], pace: Pace, clock_hz: float, is_reliable: bool,
                 say: Callable[[str], None], at_end: Callable[[], None]) -> None:
        """
        Advertise topics, given with their types; raises ConfigurationError for a bad name.

        ``at_end`` is called when the node closes, on any thread.
        """
        super().__init__('player')
        self._pace, self._clock_hz, self._say, self._at_end = pace, clock_hz, say, at_end
        self._warned: set[str] = set()
        self._publishers_of = {
            topic: self._advertise(topic, kind, is_reliable) for topic, kind in kinds.items()}
        self._clock_publisher = self.create_publisher(
            Clock, '/clock', RELIABLE_QOS) if clock_hz else None
        self._clock_lock = threading.Lock()
        self._is_closed = threading.Event()
        self._serve()
        if clock_hz:
            threading.Thread(target=self._tick, name='clock', daemon=True).start()

    def unwatched(self) -> list[str]:
        """Topics that have no subscriber."""
        return [topic for topic, publisher in self._publishers_of.items()
                if not publisher.get_subscription_count()]

    def publish(self, topic: str, msg: Any, due_ns: int, stamp_now: bool) -> None:
        """Publish an image; ``/clock`` shows the time when it was due, or later."""
        now_ns = self.publish_time(due_ns)
        if stamp_now:
            msg.header.stamp = (time_of(now_ns) if self._clock_publisher is not None
                                else self.get_clock().now().to_msg())
        self._publishers_of[topic].publish(msg)

    def publish_time(self, at_least_ns: int = 0) -> int:
        """Publish the time of the recording where there is a clock, and give it (ns)."""
        with self._clock_lock:  # two threads publish: none may come with an older time
            now_ns = max(self._pace.now_ns(), at_least_ns)
            if self._clock_publisher is not None:
                self._clock_publisher.publish(Clock(clock=time_of(now_ns)))
            return now_ns

    def close(self) -> None:
        """Stop; from any thread, and more than once."""
        self._is_closed.set()
        self._at_end()
        self._pace.stop()

    def _advertise(self, topic: str, kind: str, is_reliable: bool) -> Publisher:
        events = PublisherEventCallbacks(incompatible_qos=partial(self._incompatible, topic))
        try:
            return self.create_publisher(
                CompressedImage if kind == COMPRESSED else Image, topic,
                RELIABLE_QOS if is_reliable else SENSOR_QOS, event_callbacks=events)
        except InvalidTopicNameException as error:
            raise ConfigurationError(
                f'{plain(topic)}: no name for a topic of ROS 2 ({one_line(error)}); give it '
                "another one with --remap 'FROM:=TO'") from error

    def _serve(self) -> None:
        def pause(request: Any, response: Any) -> Any:
            self._pace.pause()
            return _answer(response, True, 'paused')

        def resume(request: Any, response: Any) -> Any:
            self._pace.resume()
            return _answer(response, True, 'playing')

        def step(request: Any, response: Any) -> Any:
            is_done = self._pace.step()
            return _answer(response, is_done, 'stepped' if is_done else 'not paused')

        for name, callback in (('pause', pause), ('resume', resume), ('step', step)):
            self.create_service(Trigger, f'~/{name}', callback)

    def _incompatible(self, topic: str, event: Any) -> None:
        """Say once for each topic that a subscriber gets nothing, and why."""
        if topic in self._warned:
            return
        self._warned.add(topic)
        policy = qos_policy_name_from_kind(event.last_policy_kind).lower()
        cure = ('it wants them reliable; start again with --reliable'
                if policy == 'reliability' else f'its {policy} is not that of a camera; change it')
        self._say(f'{plain(topic)}: a subscriber gets no images: {cure}')

    def _tick(self) -> None:
        due_s = time.monotonic()
        while not self._is_closed.is_set() and self.context.ok():
            try:
                self.publish_time()
            except Exception:
                if self.context.ok():
                    raise
                return
            # A tick that was missed is not made up for.
            due_s = max(due_s + 1 / self._clock_hz, time.monotonic())
            self._is_closed.wait(max(0.0, due_s - time.monotonic()))


def _answer(response: Any, is_done: bool, message: str) -> Any:
    response.success, response.message = is_done, message
    return response
