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

"""What a subscriber has of a recording that is played: every byte, in order, at its pace."""

import os
import pty
import queue
import signal
import termios

from core.encoders import colour_image
import cv2
import numpy as np
from player.playing import (
    arrivals_of,
    FRAMES,
    FRONT,
    play,
    playing,
    REAR,
    receiving,
    record_two_cameras,
    STALL_S,
)
import pytest
import rclpy
from recordings.bags import START_NS
from std_srvs.srv import Trigger

SECOND_NS, TICK_NS = 1_000_000_000, 10_000_000
BOTH = (f'{FRONT}=Image=reliable', f'{REAR}=CompressedImage=reliable')


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Two cameras in an mcap file."""
    return record_two_cameras(tmp_path_factory.mktemp('bag') / 'drive')


def contents(messages):
    """Give stamp and content of what was received."""
    return [(one['stamp'], one['content']) for one in messages]


def test_both_cameras_arrive_to_the_last_bit_at_their_pace_with_the_clock(bag):
    """Headers are as recorded; the damaged message is counted, named and left out."""
    with receiving(*BOTH, '/clock=Clock') as receiver:
        code, lines = play(bag, '--reliable', '--clock', '100')
        expected = arrivals_of(bag)
        for topic in (FRONT, REAR):
            assert contents(receiver.of(topic)) == [one[2:] for one in expected if one[0] == topic]
        times = {(one['topic'], one['stamp']): one['at'] for one in receiver.received}
        clock = [one['stamp'] for one in receiver.of('/clock')]
    assert code == 0
    assert len(expected) == 2 * FRAMES - 1
    late_s = [times[topic, stamp] - received_ns / SECOND_NS
              for topic, received_ns, stamp, _ in expected]
    # Most come when they are due, whatever holds up the others; at another pace few would.
    assert sum(one - min(late_s) < 0.05 for one in late_s) > len(late_s) / 2
    assert clock == sorted(clock) and len(clock) > 50 and clock[0] == START_NS
    for _, received_ns, _, _ in expected:  # the time just before an image
        assert any(0 <= one - received_ns < TICK_NS for one in clock)
    assert clock[-1] >= expected[-1][1]
    front, rear = (next(line for line in lines if line.startswith(f'{topic}: '))
                   for topic in (FRONT, REAR))
    assert f'{FRAMES - 1} images published' in front and f'{FRAMES} images published' in rear
    assert '1 left out' in lines[lines.index(front) + 1]
    assert 'Image' in lines[lines.index(front) + 2]


def test_a_looped_video_is_a_camera_until_ctrl_c(tmp_path):
    """Best effort, as a driver has it; stamps of now go on where the recording starts again."""
    path = tmp_path / 'drive.avi'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 20.0, (160, 120))
    for number in range(8):
        video.write(np.roll(colour_image(120, 160), 9 * number, 1))
    video.release()
    expected = [one[3] for one in arrivals_of(path)]
    assert len(set(expected)) == 8
    with receiving('/camera/image_raw=Image') as receiver, playing(
            path, '--to', 'camera/image_raw', '--loop', '--stamps', 'now', '--rate', '2'
            ) as player:
        while len(receiver.of('/camera/image_raw')) < 20:
            receiver.next()
        player.send_signal(signal.SIGINT)
        output, _ = player.communicate(timeout=STALL_S)
        received = receiver.of('/camera/image_raw')
    assert player.returncode == 0
    assert output.splitlines()[-1].startswith('/camera/image_raw: ')
    assert 'Traceback' not in output
    numbers = [expected.index(one['content']) for one in received]
    steps = [(later - earlier) % 8 for earlier, later in zip(numbers, numbers[1:])]
    assert numbers.count(3) >= 2 and steps.count(1) >= 0.9 * len(steps)
    stamps = [one['stamp'] for one in received]
    assert stamps == sorted(stamps)


def test_a_pause_ends_by_keys(bag):
    """Space and n in a terminal, which is as it was before at the end."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with receiving(*BOTH) as receiver, playing(
            bag, '--reliable', '--start-paused', stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=lambda: _take_terminal(theirs)) as player:
        screen = _read_until(ours, b'paused')
        with pytest.raises(queue.Empty):
            receiver.next(0.3)
        os.write(ours, b'n\x1b[C')
        stepped = [receiver.next(), receiver.next()]
        with pytest.raises(queue.Empty):
            receiver.next(0.3)
        os.write(ours, b' ')
        screen += _read_until(ours, b'published', b'published')
        assert player.wait(STALL_S) == 0
        expected = arrivals_of(bag)
        while len(receiver.received) < len(expected):
            receiver.next()
    assert contents(stepped) == [one[2:] for one in expected[:2]]
    assert termios.tcgetattr(theirs) == before
    assert b'space: pause' in screen
    os.close(ours)
    os.close(theirs)


def test_a_pause_ends_by_services(bag, monkeypatch):
    """Those of std_srvs, since rosbag2's own are not on every machine."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('operator', context=context)
    executor = rclpy.executors.SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def call(name):
        client = node.create_client(Trigger, f'/player/{name}')
        assert client.wait_for_service(STALL_S)
        for _ in range(STALL_S):  # an answer may come before its reader is known
            future = client.call_async(Trigger.Request())
            executor.spin_until_future_complete(future, 1)
            if future.done():
                return future.result()
        raise AssertionError(f'{name} did not answer')

    with receiving(*BOTH) as receiver, playing(
            bag, '--reliable', '--loop', '--start-paused') as player:
        assert call('pause').success
        assert call('step').success
        assert receiver.next()['topic'] == FRONT
        assert call('resume').message == 'playing'
        assert not call('step').success
        for _ in range(5):
            receiver.next()
        assert player.poll() is None
    node.destroy_node()
    rclpy.shutdown(context=context)


def test_a_subscriber_that_asks_for_reliable_images_is_told_of_the_option(bag):
    """Nobody else gets an image for it: the wait ends, and the line says why."""
    with receiving(*BOTH):
        code, lines = play(bag, '--wait', '1', '--end', '0.1')
    assert code == 0
    assert any('--reliable' in line and FRONT in line for line in lines)
    assert any(line.startswith('No subscriber on') for line in lines)


def _take_terminal(number):
    os.setsid()
    # Makes it the terminal of the new session.
    os.close(os.open(os.ttyname(number), os.O_RDWR))


def _read_until(number, *words):
    """Read from a terminal until some words have come one after the other."""
    text, start = b'', 0
    for word in words:
        while (found := text.find(word, start)) < 0:
            text += os.read(number, 4096)
        start = found + len(word)
    return text
