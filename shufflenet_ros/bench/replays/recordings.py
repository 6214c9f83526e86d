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

"""Recordings of the demo's camera, as rosbag2 and video recorders write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import cv2
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
import numpy as np
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.demo.image_sources import Flight

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
TOPIC = '/camera/image_raw'
START_NS, SECOND_NS = 1_700_000_000_000_000_000, 1_000_000_000
CHUNK_BYTES = 768 * 1024
"""What rosbag2 collects before it writes a chunk, unless told otherwise."""
JPEG_QUALITY = 90
DIFFERENT = 60
"""Images of the flight; longer recordings show them again."""
FLIGHT_S = 20.0
CODEC = 'mp4v'
"""OpenCV's own wheels have no encoder of H.264: this is MPEG-4 part 2."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a recording is to hold."""

    height: int
    width: int
    frames: int
    period_ns: int
    """Between two frames."""


def write_raw(path: Path, wanted: Wanted) -> None:
    """Write bgr8 images into chunks that are not compressed, as ``ros2 bag record`` does."""
    _write_mcap(path, wanted, RAW, CompressionType.NONE)


def write_raw_zstd(path: Path, wanted: Wanted) -> None:
    """Write bgr8 images into chunks compressed with zstd."""
    _write_mcap(path, wanted, RAW, CompressionType.ZSTD)


def write_jpeg(path: Path, wanted: Wanted) -> None:
    """Write jpegs of quality 90 into chunks that are not compressed."""
    _write_mcap(path, wanted, COMPRESSED, CompressionType.NONE)


def write_video(path: Path, wanted: Wanted) -> None:
    """Write an mp4 file; ConfigurationError where OpenCV cannot."""
    size = wanted.width, wanted.height
    video = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*CODEC),
                            SECOND_NS / wanted.period_ns, size)
    if not video.isOpened():
        raise ConfigurationError(f'OpenCV {cv2.__version__} cannot write {CODEC} here')
    for image in islice(cycle(flight(*size)), wanted.frames):
        video.write(image)
    video.release()


def messages_of(path: Path) -> Iterator[Any]:
    """Read the messages of an mcap with the packages mcap and rosbags and nothing else."""
    store = get_typestore(Stores.ROS2_HUMBLE)
    with path.open('rb') as file:
        for schema, _, message in make_reader(file).iter_messages():
            if schema is not None:
                yield store.deserialize_cdr(message.data, schema.name)


WRITE: dict[str, tuple[str, Callable[[Path, Wanted], None]]] = {
    'raw': ('.mcap', write_raw), 'raw_zstd': ('.mcap', write_raw_zstd),
    'jpeg': ('.mcap', write_jpeg), 'video': ('.mp4', write_video)}
"""Kinds of recordings: the end of the file's name, and what writes it."""


@lru_cache(maxsize=1)
def flight(width: int, height: int) -> Sequence[np.ndarray]:
    """Give images BGR uint8 (height, width, 3), each unlike the one before."""
    seen = Flight(width, height, FLIGHT_S)
    return [np.ascontiguousarray(seen.view(time)[0])
            for time in np.linspace(0, FLIGHT_S, DIFFERENT, endpoint=False)]


def _write_mcap(path: Path, wanted: Wanted, kind: str, compression: CompressionType) -> None:
    store = get_typestore(Stores.ROS2_HUMBLE)
    with path.open('wb') as file:
        writer = Writer(file, chunk_size=CHUNK_BYTES, compression=compression)
        writer.start('ros2', 'shufflenet_ros bench')
        schema = writer.register_schema(
            kind, 'ros2msg', store.generate_msgdef(kind, ros_version=2)[0].encode())
        channel = writer.register_channel(TOPIC, 'cdr', schema)
        for stamp_ns, msg in _messages(store, wanted, kind):
            data = bytes(store.serialize_cdr(msg, kind))
            writer.add_message(channel, stamp_ns, data, stamp_ns)
        writer.finish()


def _messages(store: Any, wanted: Wanted, kind: str) -> Iterator[tuple[int, Any]]:
    """Give stamps (ns) and messages."""
    types = store.types
    contents = [_content(image, kind) for image in flight(wanted.width, wanted.height)]
    for number, content in zip(range(wanted.frames), cycle(contents)):
        stamp_ns = START_NS + number * wanted.period_ns
        header = types['std_msgs/msg/Header'](
            types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, SECOND_NS)), 'camera')
        yield stamp_ns, types[kind](header, *content)


def _content(image: np.ndarray, kind: str) -> tuple[Any, ...]:
    """Give the fields of a message behind its header."""
    if kind == RAW:
        height, width = image.shape[:2]
        return height, width, 'bgr8', 0, 3 * width, image.reshape(-1)
    jpeg = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return 'bgr8; jpeg compressed bgr8', jpeg.reshape(-1)
