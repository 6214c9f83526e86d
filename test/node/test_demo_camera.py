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

"""The camera of the demo comes to its end, whoever listens to it."""

import signal
import subprocess
import sys
import time

from node.processes import running, STALL_S
import pytest

pytestmark = pytest.mark.slow

SUBSCRIBER = """
import sys
import rclpy
from vision_msgs.msg import Classification
rclpy.init()
node = rclpy.create_node('monitor', namespace=sys.argv[1])
node.create_subscription(
    Classification, 'camera/ground_truth', lambda msg: print('seen', flush=True), 1000)
rclpy.spin(node)
"""


def test_a_subscriber_that_was_stopped_does_not_keep_the_camera(namespace):
    """It never acknowledges the last truths; the camera ends all the same, and with code 0."""
    monitor = subprocess.Popen([sys.executable, '-c', SUBSCRIBER, namespace], text=True,
                               stdout=subprocess.PIPE)
    try:
        with running('demo.nodes.camera', '-r', f'__ns:={namespace}', '-p', 'seconds:=4.0', '-p',
                     'rate_hz:=5.0', '-p', 'width:=64', '-p', 'height:=64') as camera:
            assert monitor.stdout.readline() == 'seen\n'
            monitor.send_signal(signal.SIGSTOP)
            start = time.monotonic()
            assert camera.process.wait(15) == 0
            assert time.monotonic() - start < 10 and not camera.lines
    finally:
        monitor.kill()
        monitor.wait(STALL_S)
