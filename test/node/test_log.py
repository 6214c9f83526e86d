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

"""Results go on whatever becomes of the log, and what cameras send does not flood it."""

from array import array
from contextlib import contextmanager
import os
import re
import signal
import subprocess
import sys
import time

import cv2
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node.processes import STALL_S, started
from node.workbench import IMAGE, unaccounted
import numpy as np
import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(5)
LINES_PER_S = 10


@contextmanager
def classifier(bench, *arguments, log_level='info', **streams):
    """Start a classifier whose streams lead where a test wants them."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'shufflenet_ros.process.entry_points', 'node.classifier_node',
         '--ros-args', '-r', f'__ns:={bench.namespace}', '-p', 'precision:=int8',
         '--log-level', log_level, *arguments], **streams)
    try:
        yield process
    finally:
        process.kill()
        process.wait(STALL_S)


def filled_pipe():
    """Make a pipe that is full already: its reader, and its end to write into."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def hostile_name(number):
    """Give an encoding that never repeats, in letters, with what would break a line."""
    letters = ''.join(RANDOM.choice(list('abcdefghijklmnopqrstuvwxyz'), 12))
    return f'{letters}\n[ERROR] [1.0] [other]: forged {number}\x1b[2J{letters * 50}'


def send_hostile(bench, camera, count, rate_hz=400):
    """Publish images that are refused, each for a reason of its own."""
    for number in range(count):
        bench.send(camera, encoding=hostile_name(number))
        bench.executor.spin_once(timeout_sec=1 / rate_hz)


@pytest.mark.parametrize('output', ['a pipe that nobody reads', 'a full disk', 'closed'])
def test_results_go_on_without_an_output(bench, output):
    """While warnings are due all the time; SIGTERM ends the node within 2 s, exit code 0."""
    ends = filled_pipe() if 'pipe' in output else (os.open('/dev/full', os.O_WRONLY),) * 2
    streams = {} if output == 'closed' else {'stdout': ends[1], 'stderr': ends[1]}
    if output == 'closed':
        streams['preexec_fn'] = lambda: (os.close(1), os.close(2))
    with classifier(bench, log_level='debug' if 'pipe' in output else 'info',
                    **streams) as process:
        assert bench.wait(bench.is_connected)
        bench.spin(0.2)
        bench.ask()
        for _ in range(3):
            send_hostile(bench, '', 100)
            began_s = time.monotonic()
            _, values = bench.ask()
            assert time.monotonic() - began_s < 1
        assert values['failed'] > 100 and unaccounted(values) == 0
        process.send_signal(signal.SIGTERM)
        began_s = time.monotonic()
        assert process.wait(STALL_S) == 0 and time.monotonic() - began_s < 2
    for end in set(ends):
        os.close(end)


def test_what_is_written_blocks_nobody_and_comes_out_later(bench):
    """A reader that stops for a while, as a paged or suspended terminal does."""
    reader, writer = os.pipe()
    with classifier(bench, stdout=writer, stderr=writer) as process:
        os.close(writer)
        assert bench.wait(bench.is_connected)
        bench.spin(0.2)
        bench.ask()
        send_hostile(bench, '', 50)
        bench.ask()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STALL_S) == 0
    said = b''
    while chunk := os.read(reader, 65536):
        said += chunk
    os.close(reader)
    assert b'ready' in said and b'refused' in said


def test_values_that_never_repeat_do_not_flood_the_log(make_bench):
    """Nor does a second camera suffer, nor does a name from outside forge a line or an escape."""
    bench = make_bench(('front', 'rear'))
    with started(bench, '-p', 'cameras:=[front,rear]', '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        before, began_s = len(process.lines), time.monotonic()
        for _ in range(4):
            send_hostile(bench, 'front', 400)
            bench.ask('rear')
        seconds = time.monotonic() - began_s
        bench.spin(0.5)
        lines = process.lines[before:]
        assert 1 <= len(lines) <= LINES_PER_S * seconds
        says = re.compile(r'\[(WARN|INFO)\] \[\d+\.\d+\] \[\S+\]: (image on front/image_raw|'
                          rf'{bench.namespace}/(front|rear)/image_raw: )')
        assert all(says.match(line)
                   and len(line) < 600 and '\x1b' not in line for line in lines), lines
        assert all('forged' in line for line in lines
                   if 'image on front' in line and '[ERROR]' in line)
        assert not any(line.startswith('[ERROR]') for line in process.lines)


def test_a_damaged_jpeg_is_a_warning_and_no_line_for_each_frame(bench):
    """The decoder itself is silent; the camera that sends them is named in diagnostics."""
    jpeg = bytearray(cv2.imencode('.jpg', IMAGE)[1].tobytes())
    jpeg[-2:-2] = bytes(64)
    publisher = bench.node.create_publisher(
        CompressedImage, 'image_raw/compressed', qos_profile_sensor_data)
    statuses = []
    bench.node.create_subscription(
        DiagnosticArray, f'{bench.namespace}/diagnostics',
        lambda msg: statuses.extend(msg.status), 10)
    with started(bench, '-p', 'precision:=int8', '-p', 'image_transport:=[compressed]', '-r',
                 f'/diagnostics:={bench.namespace}/diagnostics') as process:
        process.wait_for('ready')
        assert bench.wait(publisher.get_subscription_count)
        bench.spin(0.5)

        def publish(content):
            header = Header(stamp=bench.node.get_clock().now().to_msg())
            publisher.publish(CompressedImage(
                header=header, format='jpeg', data=array('B', content)))
            bench.spin(0.05)

        for _ in range(60):
            publish(bytes(jpeg))
        found = [status for status in statuses if 'damaged inside' in status.message]
        assert found and all(status.level == DiagnosticStatus.WARN for status in found)
        assert 'Corrupt JPEG data' in found[0].message
        assert not any(line.startswith('Corrupt') for line in process.lines)
        assert len([line for line in process.lines if 'damaged' in line]) in (1, 2, 3)
        sound = cv2.imencode('.jpg', IMAGE)[1].tobytes()
        for _ in range(130):
            publish(sound)
        statuses.clear()
        assert bench.wait(lambda: any('image_raw' in status.name for status in statuses), 5)
        assert not any('damaged' in status.message for status in statuses)
