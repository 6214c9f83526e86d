"""Real footage in a bag of rosbag2 (mcap), and the images in such a bag."""

import numpy as np
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.core.types import Frame
from shufflenet_ros.demo.footage import Flight

STORE = get_typestore(Stores.ROS2_KILTED)
TOPIC, KIND = '/image_raw', 'sensor_msgs/msg/Image'
START_NS = 1_700_000_000_000_000_000
RECORDING_NS = 2_000_000
"""How long after its stamp an image was written into the bag."""


def write(path, frames, rate_hz=30, width=640, height=480):
    """Record a flight over photographs, as a recorder writes what a camera publishes."""
    types = STORE.types
    flight = Flight(width, height, frames / rate_hz)
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection(TOPIC, KIND, typestore=STORE)
        for number in range(frames):
            stamp_ns = START_NS + number * 1_000_000_000 // rate_hz
            stamp = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 1_000_000_000))
            image = flight.view(number / rate_hz)[0]
            msg = types[KIND](
                header=types['std_msgs/msg/Header'](stamp=stamp, frame_id='belly_optical_frame'),
                height=height, width=width, encoding='bgr8', is_bigendian=0, step=3 * width,
                data=image.reshape(-1))
            writer.write(connection, stamp_ns + RECORDING_NS, STORE.serialize_cdr(msg, KIND))


def read(path):
    """Give (time of recording in ns, message as CDR) of every image, in order."""
    with Reader(path) as reader:
        return [(time_ns, bytes(cdr)) for _, time_ns, cdr in reader.messages()]


def frame_of(cdr):
    """Give stamp (ns), frame id and the frame for the core, read without any middleware."""
    msg = STORE.deserialize_cdr(cdr, KIND)
    stamp = msg.header.stamp
    return stamp.sec * 1_000_000_000 + stamp.nanosec, msg.header.frame_id, Frame(
        np.ascontiguousarray(msg.data), msg.height, msg.width, msg.encoding, msg.step)
