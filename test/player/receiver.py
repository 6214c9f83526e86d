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
Keeps every message of some topics, in a process of its own, as a subscriber of the user's would.

    python3 receiver.py TOPIC=KIND ... [--ros-args ...]

KIND is Image, CompressedImage or Clock; ``=KIND=reliable`` asks for reliable messages. One line of
JSON for each message on standard output: topic, stamp (ns), the time of its arrival (s, monotonic)
and the sha256 of the message without its header. It ends with its standard input.
"""

import hashlib
import json
import select
import sys
import time

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.process.middleware import prepare_middleware

KINDS = {'Image': Image, 'CompressedImage': CompressedImage, 'Clock': Clock}


def content_of(*fields, data=b''):
    """Give the sha256 of an image: what its message says of it, and its bytes."""
    digest = hashlib.sha256(repr(fields).encode())
    digest.update(data)
    return digest.hexdigest()


def _content(msg):
    if isinstance(msg, Image):
        return content_of(msg.header.frame_id, msg.height, msg.width, msg.encoding,
                          msg.is_bigendian, msg.step, data=msg.data)
    return content_of(msg.header.frame_id, msg.format, data=msg.data)


def _tell(topic, msg):
    now_s = time.monotonic()
    stamp = msg.clock if isinstance(msg, Clock) else msg.header.stamp
    print(json.dumps({'topic': topic, 'stamp': stamp.sec * 10 ** 9 + stamp.nanosec, 'at': now_s,
                      'content': '' if isinstance(msg, Clock) else _content(msg)}), flush=True)


def main(words):
    """Subscribe to the topics of the words until standard input ends."""
    prepare_middleware()
    rclpy.init()
    node = rclpy.create_node('receiver')
    for word in words:
        topic, kind, *reliable = word.split('=')
        qos = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE if reliable
                         else qos_profile_sensor_data.reliability)
        node.create_subscription(KINDS[kind], topic, lambda msg, topic=topic: _tell(topic, msg),
                                 qos)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    print(json.dumps('ready'), flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        executor.spin_once(timeout_sec=0.1)
    node.destroy_node()  # gives the shared memory back
    rclpy.shutdown()


if __name__ == '__main__':
    main(sys.argv[1:])
