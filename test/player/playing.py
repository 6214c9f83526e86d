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

"""A player and a subscriber in processes of their own, and short recordings to play."""

from contextlib import contextmanager
import json
import os
from pathlib import Path
import queue
import signal
import subprocess
import sys
import threading

from core.encoders import colour_image
from node.recorded_frames import message_of, record
import numpy as np
from player.receiver import content_of
from recordings.bags import COMPRESSED, RAW, raw_of, START_NS
from shufflenet_ros.recordings.open_recording import open_recording

STALL_S = 60
FRONT, REAR = '/front/image_raw', '/rear/image_raw/compressed'
PERIOD_NS = 50_000_000
FRAMES = 20
DAMAGED = 7
"""Number of the frame of the front camera whose message is cut off."""


def record_two_cameras(path):
    """Record a second of a raw and a compressed camera; one message is damaged."""
    image = colour_image(240, 320)
    messages = []
    for number in range(FRAMES):
        time_ns = START_NS + number * PERIOD_NS
        pixels = np.roll(image, 7 * number, 1)
        front = raw_of(pixels, ('bgr8', 'rgb8')[number % 2], time_ns - 3_000_000)
        messages += [(FRONT, time_ns, front if number != DAMAGED else b'\0\1\0\0cut off'),
                     (REAR, time_ns + 20_000_000,
                      message_of(pixels, time_ns + 17_000_000, COMPRESSED))]
    return record(path, {FRONT: RAW, REAR: COMPRESSED}, messages)


def arrivals_of(path):
    """Give topic, time of recording, stamp and content of each whole image of a recording."""
    with open_recording(Path(path)) as recording:
        return [(one.topic, one.received_ns, one.stamp_ns, _content(one))
                for one in recording.images(list(recording.topics)) if one.frame is not None]


def _content(arrival):
    frame = arrival.frame
    if hasattr(frame, 'format'):
        return content_of(arrival.frame_id, frame.format, data=bytes(frame.data))
    return content_of(arrival.frame_id, frame.height, frame.width, frame.encoding,
                      int(frame.is_bigendian), frame.step, data=bytes(frame.data))


class Receiver:
    """What a subscriber in a process of its own has received."""

    def __init__(self, process):
        self._process = process
        self._waiting = queue.Queue()
        self.received = []
        threading.Thread(target=self._read, daemon=True).start()
        assert self._waiting.get(timeout=STALL_S) == 'ready'

    def next(self, timeout=STALL_S):
        """Give the next message; raises queue.Empty after the timeout."""
        self.received.append(self._waiting.get(timeout=timeout))
        return self.received[-1]

    def of(self, topic):
        """Give what came on a topic so far."""
        while not self._waiting.empty():
            self.next()
        return [one for one in self.received if one['topic'] == topic]

    def _read(self):
        for line in self._process.stdout:
            self._waiting.put(json.loads(line))


@contextmanager
def receiving(*topics):
    """Subscribe to topics, given as TOPIC=KIND, in another process."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name('receiver.py')), *topics],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Receiver(process)
    finally:
        process.stdin.close()
        process.wait(STALL_S)


@contextmanager
def playing(*words, **options):
    """Start a player; it is ended whatever happens."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'shufflenet_ros.cli.main', 'play', *map(str, words)],
        **{'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'text': True,
           'env': os.environ | {'COLUMNS': '100'}} | options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(5)
            finally:
                process.kill()


def play(*words):
    """Play to the end; exit code and lines."""
    with playing(*words) as process:
        output, _ = process.communicate(timeout=STALL_S)
    return process.returncode, output.splitlines()
