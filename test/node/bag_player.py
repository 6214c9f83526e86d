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
Plays a bag of images as ``ros2 bag play --clock`` does, in a process of its own.

    python3 bag_player.py BAG LOOPS PAUSE_AT PAUSE_S --ros-args -r __ns:=/somewhere

Publishes the images (the stored bytes as they are, in the namespace) and ``/clock`` at 100 Hz: the
time of the bag, which stands still in a pause and jumps back when the bag starts again. The pause
comes after ``PAUSE_AT`` images of the first loop.
"""

import sys
import time

import rclpy
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from recorded_frames import read
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.process.middleware import prepare_middleware

TICK_NS = 10_000_000
LEAD_NS = 300_000_000
"""How long the clock runs before the first image of a loop."""
SECOND_NS = 1_000_000_000


class Player:
    """Publishes the images of a bag and its time, at the pace of real time."""

    def __init__(self, topic, kind):
        self.node = rclpy.create_node('player')
        self.images = self.node.create_publisher(
            {'Image': Image, 'CompressedImage': CompressedImage}[kind.rpartition('/')[2]],
            topic.lstrip('/'), qos_profile_sensor_data)
        self.clock = self.node.create_publisher(Clock, '/clock', QoSProfile(depth=10))
        self.now_ns = 0

    def wait_for_subscribers(self):
        """Wait until images and time have a subscriber."""
        while not (self.images.get_subscription_count() and self.clock.get_subscription_count()):
            time.sleep(0.02)

    def play(self, messages, pause_at, pause_s):
        """Play every message once, when its time has come."""
        self.now_ns = messages[0][0] - LEAD_NS
        for number, (time_ns, cdr) in enumerate(messages):
            if number == pause_at:
                self.pause(pause_s)
            self.run_until(time_ns)
            self.images.publish(cdr)

    def run_until(self, time_ns):
        """Let the time of the bag pass, tick by tick."""
        while self.now_ns < time_ns:
            step_ns = min(TICK_NS, time_ns - self.now_ns)
            time.sleep(step_ns / SECOND_NS)
            self.now_ns += step_ns
            self.publish_time()

    def pause(self, seconds):
        """Publish the same time again and again."""
        for _ in range(round(seconds * SECOND_NS / TICK_NS)):
            time.sleep(TICK_NS / SECOND_NS)
            self.publish_time()

    def publish_time(self):
        """Publish the time of the bag."""
        msg = Clock()
        msg.clock.sec, msg.clock.nanosec = divmod(self.now_ns, SECOND_NS)
        self.clock.publish(msg)


def main():
    """Play all loops, and end when the last image was published."""
    prepare_middleware()
    rclpy.init()
    bag, loops, pause_at, pause_s = sys.argv[1:5]
    topic, kind, messages = read(bag)
    player = Player(topic, kind)
    player.wait_for_subscribers()
    for loop in range(int(loops)):
        player.play(messages, int(pause_at) if loop == 0 else -1, float(pause_s))
    player.pause(0.3)
    rclpy.shutdown()


if __name__ == '__main__':
    main()
