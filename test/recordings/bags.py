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

"""Short recordings of a camera over real images, for the tests of bags."""

import subprocess
import sys

from node.recorded_frames import message_of, record, STORE
import numpy as np
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.recordings.export import check_bags, Export, ExportOptions
from shufflenet_ros.recordings.frame_folder import FrameFolder

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
START_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
TOPIC = '/camera/image_raw'


class Lines:
    """A progress that keeps what is said."""

    def __init__(self):
        self.said = []

    def say(self, line):
        self.said.append(line)

    def start(self, name, total, done=0):
        return lambda done, note='': None


def views(count, rate_hz=2.0):
    """Images of a flight, each unlike the one before."""
    flight = Flight(160, 120, 30.0)
    return [flight.view(number / rate_hz)[0] for number in range(count)]


def raw_of(pixels, encoding, stamp_ns, step=None, bigendian=0):
    """Give rows of samples as an Image message of any encoding."""
    types = STORE.types
    stamp = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, SECOND_NS))
    return types[RAW](
        header=types['std_msgs/msg/Header'](stamp=stamp, frame_id='optical'),
        height=pixels.shape[0], width=pixels.shape[1], encoding=encoding, is_bigendian=bigendian,
        step=step or pixels.strides[0], data=np.frombuffer(pixels.tobytes(), np.uint8))


def record_images(path, images, rate_hz=2.0, kind=RAW, storage='mcap', topic=TOPIC,
                  stamped=True, start_ns=START_NS):
    """Record images at a rate; without stamps if that is asked for."""
    times_ns = [start_ns + round(number / rate_hz * SECOND_NS) for number in range(len(images))]
    return record(path, {topic: kind}, [
        (topic, time_ns, message_of(image, time_ns if stamped else 0, kind))
        for image, time_ns in zip(images, times_ns)], storage)


def export(bags, out, suffix='.jpg', **options):
    """Run an export in this process: counts by topic, and the lines that were said."""
    lines = Lines()
    check_bags(bags, options.get('topics', ()))
    work = Export(FrameFolder(out, suffix, 95, patches='view' in options),
                  ExportOptions(**{'min_similarity': 0.95, **options}), lines)
    try:
        work.run(bags)
    finally:
        lines.counts = work.counts
    return work.counts, lines.said


def command(*arguments, **options):
    """Exit code, lines of standard output, lines of standard error of the command line."""
    done = subprocess.run(
        [sys.executable, '-m', 'shufflenet_ros.cli.main', *map(str, arguments)],
        capture_output=True, text=True, timeout=120, **options)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()
