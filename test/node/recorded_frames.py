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

"""Real footage in a bag of rosbag2, and the images in such a bag."""

import cv2
import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.core.frame import CompressedFrame, Frame
from shufflenet_ros.demo.image_sources import Flight

STORE = get_typestore(Stores.ROS2_KILTED)
TOPICS = {'raw': ('/image_raw', 'sensor_msgs/msg/Image'),
          'compressed': ('/image_raw/compressed', 'sensor_msgs/msg/CompressedImage')}
START_NS = 1_700_000_000_000_000_000
RECORDING_NS = 2_000_000
"""How long after its stamp an image was written into the bag."""


def write(path, frames, transport, rate_hz=30, width=640, height=480):
    """Record a flight over real images, as a recorder writes what a camera publishes."""
    flight = Flight(width, height, frames / rate_hz)
    topic, kind = TOPICS[transport]
    stamps_ns = [START_NS + number * 1_000_000_000 // rate_hz for number in range(frames)]
    record(path, {topic: kind}, (
        (topic, stamp_ns + RECORDING_NS, message_of(
            flight.view(number / rate_hz)[0], stamp_ns, kind))
        for number, stamp_ns in enumerate(stamps_ns)))


def record(path, topics, messages, storage='mcap', compression=None):
    """Record messages, given as (topic, time of recording in ns, message), on topics of types."""
    writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
    if compression:
        writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
    with writer:
        connections = {topic: writer.add_connection(topic, kind, typestore=STORE)
                       for topic, kind in topics.items()}
        for topic, time_ns, msg in messages:
            data = msg if isinstance(msg, bytes) else bytes(
                STORE.serialize_cdr(msg, topics[topic]))
            writer.write(connections[topic], time_ns, data)
    return path


def message_of(image, stamp_ns, kind):
    """Give an image as a message: its pixels, or a jpeg of them."""
    types = STORE.types
    stamp = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 1_000_000_000))
    header = types['std_msgs/msg/Header'](stamp=stamp, frame_id='belly_optical_frame')
    if kind.endswith('CompressedImage'):
        return types[kind](header=header, format='bgr8; jpeg compressed bgr8',
                           data=cv2.imencode('.jpg', image)[1].reshape(-1))
    height, width = image.shape[:2]
    return types[kind](header=header, height=height, width=width, encoding='bgr8', is_bigendian=0,
                       step=3 * width, data=image.reshape(-1))


def read(path):
    """Give topic, kind, and (time of recording in ns, message as CDR) of every image in order."""
    with Reader(path) as reader:
        connection, = reader.connections
        return connection.topic, connection.msgtype, [
            (time_ns, bytes(cdr)) for _, time_ns, cdr in reader.messages()]


def frame_of(cdr, kind):
    """Give stamp (ns), frame id and the frame for the core, read without any middleware."""
    msg = STORE.deserialize_cdr(cdr, kind)
    stamp, data = msg.header.stamp, np.ascontiguousarray(msg.data)
    frame = (CompressedFrame(data, msg.format) if kind.endswith('CompressedImage') else
             Frame(data, msg.height, msg.width, msg.encoding, msg.step))
    return stamp.sec * 1_000_000_000 + stamp.nanosec, msg.header.frame_id, frame
