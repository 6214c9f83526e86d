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
A camera as drivers are: no profile but that of its environment, and the user that is asked for.

Words: topic, images a second (0: none), number of its user. It publishes images of 640x480, whose
stamps count them in seconds, until its standard input ends. :func:`driving` starts it for a test.
"""

from array import array
from contextlib import contextmanager
import os
import select
import subprocess
import sys

import rclpy
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
from shufflenet_ros.process.middleware import PROFILE_VARIABLES

GRACE_S = 60
PIXELS = bytes(range(256)) * 3600


@contextmanager
def driving(topic, *before, rate_hz=0, user=None, **environment):
    """Start a camera, its command line below other words; it gives its memory back at the end."""
    process = subprocess.Popen(
        [*before, sys.executable, __file__, topic, str(rate_hz),
         str(os.getuid() if user is None else user)],
        stdin=subprocess.PIPE, env={
            name: value for name, value in os.environ.items()
            if name not in PROFILE_VARIABLES} | environment)
    try:
        yield process
        process.stdin.close()
        process.wait(GRACE_S)
    finally:
        process.kill()
        process.wait()


def main(topic, rate_hz, user):
    """Publish until the standard input ends."""
    if int(user) != os.getuid():
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    # Another user may not write where the tests have their logs.
    rclpy.init(args=['--ros-args', '--disable-external-lib-logs'])
    node = Node('driver')
    publisher = node.create_publisher(Image, topic, qos_profile_sensor_data)
    msg = Image(width=640, height=480, encoding='bgr8', step=1920,
                data=array('B', PIXELS))
    wait_s = 1 / float(rate_hz) if float(rate_hz) else None
    while not select.select([sys.stdin], [], [], wait_s)[0]:
        if publisher.get_subscription_count():
            msg.header.stamp.sec += 1
            publisher.publish(msg)
    rclpy.shutdown()


if __name__ == '__main__':
    main(*sys.argv[1:])
