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

"""Whose image is next: longest waiting camera first, one worker a camera, rates, pauses, ends."""

import threading
import time

from core.newest_frames import NewestFrames
from costs import in_time
import numpy as np
import pytest
from shufflenet_ros.core.frame import Frame
from shufflenet_ros.core.turns import Turns

FRAME = Frame(bytes(4), 2, 2, 'mono8', 2)


class Consumer:
    """A worker that takes what is next and notes when."""

    def __init__(self, turns, source, opening=None):
        self.turns, self.source, self.taken = turns, source, []
        self.opening = turns.open() if opening is None else opening
        self.thread = threading.Thread(target=self._consume)
        self.thread.start()

    def _consume(self):
        while (turn := self.turns.next(self.source, self.opening)) is not None:
            delivery = self.source.take(turn.camera)
            self.taken.append((turn, delivery, time.monotonic()))
            self.turns.done(turn.camera, self.opening)


@pytest.fixture
def source():
    return NewestFrames()


@pytest.fixture
def turns():
    return Turns(('front', 'rear'))


@pytest.fixture
def consumer(turns, source):
    consumer = Consumer(turns, source)
    yield consumer
    turns.close()
    consumer.thread.join(5)
    assert not consumer.thread.is_alive()


def wait(condition):
    """Wait for another thread to have done something."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def take(turns, source, opening):
    """Camera of the next turn, whose frame is taken."""
    turn = turns.next(source, opening)
    assert source.take(turn.camera) is not None
    return turn.camera


def test_a_fast_camera_cannot_starve_a_slow_one(turns, source):
    """However often one has a frame between two turns, the other is next."""
    opening = turns.open()
    for camera in ('front', 'rear'):
        source.put(camera, FRAME)
    served = []
    for _ in range(6):
        source.put('front', FRAME)
        served.append(take(turns, source, opening))
        turns.done(served[-1], opening)
        source.put(served[-1], FRAME)
    assert served == ['front', 'rear'] * 3


def test_the_camera_that_has_waited_longest_is_served_first(source):
    """What was there at an earlier look comes before what has come since."""
    turns = Turns(('a', 'b', 'c'))
    opening = turns.open()
    for camera in ('a', 'c'):
        source.put(camera, FRAME)
    assert take(turns, source, opening) == 'a'
    source.put('b', FRAME)
    turns.done('a', opening)
    assert [take(turns, source, opening), take(turns, source, opening)] == ['c', 'b']


def test_a_camera_is_at_work_with_one_worker_only(turns, source):
    """Its next frame waits until the last one is done, so that results keep their order."""
    opening = turns.open()
    source.put('front', FRAME)
    assert take(turns, source, opening) == 'front'
    source.put('front', FRAME)
    source.put('rear', FRAME)
    assert take(turns, source, opening) == 'rear'

    def take_next():
        threading.Timer(0.02, turns.done, ('front', opening)).start()  # wakes who waits
        camera = take(turns, source, opening)
        source.put('front', FRAME)
        return camera

    assert in_time(take_next, 0.5, time.monotonic) == 'front'


def test_a_limited_camera_is_served_when_it_is_due_and_without_drift(turns, source, consumer):
    """At 50 a second: the newest frame each 20 ms, however often and when one comes."""
    turns.limit(50.0)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        source.put('front', FRAME)
        time.sleep(0.0015)
    moments = np.array([moment for _, _, moment in consumer.taken])
    # A busy machine may stop everything for a while: few are late, and none comes too early.
    assert 15 <= len(moments) <= 26
    late = (moments - moments[0] + 0.001) % 0.02 - 0.001
    assert np.median(late) < 0.005 and moments[-1] - moments[0] > 0.02 * (len(moments) - 1) - 0.01
    ages = [moment - delivery.received_ns / 1e9 for _, delivery, moment in consumer.taken]
    assert np.median(ages) < 0.01


def test_the_last_frame_of_a_limited_camera_is_served_in_the_end(turns, source, consumer):
    """It waits until it is due, and for nothing else."""
    turns.limit(20.0)
    for _ in range(3):
        source.put('front', FRAME)
        time.sleep(0.005)
    wait(lambda: len(consumer.taken) == 2)
    (unlimited, _, first), (turn, delivery, second) = consumer.taken
    assert delivery.missed == 1 and 0.045 < second - first < 0.5
    assert unlimited.due_ns == 0 and turn.due_ns > delivery.received_ns


def test_no_rate_holds_back_the_unlimited(source):
    """Boxes of a detector come at its rate; they take turns with the cameras all the same."""
    turns = Turns(('front',), ('front boxes',))
    turns.limit(1e-6)
    opening, served = turns.open(), []
    for _ in range(3):
        source.put('front', FRAME)
        source.put('front boxes', FRAME)
        served.append(take(turns, source, opening))
        turns.done(served[-1], opening)
    assert served == ['front', 'front boxes', 'front boxes']


@pytest.mark.parametrize('rate_hz', [5e-324, 1e-300, 1e-10, 1e-6, 1e300])
def test_any_rate_is_inside_the_arithmetic(turns, source, consumer, rate_hz):
    """The first frame is served, the next one when it is due, and no worker ends."""
    turns.limit(rate_hz)
    source.put('front', FRAME)
    wait(lambda: len(consumer.taken) == 1)
    source.put('front', FRAME)
    time.sleep(0.05)
    assert len(consumer.taken) == (2 if rate_hz > 1 else 1)
    turns.limit(0.0)
    wait(lambda: len(consumer.taken) == 2)


def test_a_pause_begins_when_no_camera_is_at_work_and_holds_the_rest(turns, source):
    """Between two frames something can be exchanged; frames may come meanwhile."""
    opening = turns.open()
    source.put('front', FRAME)
    assert take(turns, source, opening) == 'front'
    events = []

    def exchange():
        with turns.paused():
            events.append('exchange')
            source.put('front', FRAME)
            time.sleep(0.05)
            events.append('exchanged')

    thread = threading.Thread(target=exchange)
    thread.start()
    time.sleep(0.05)
    events.append('done')
    turns.done('front', opening)
    assert take(turns, source, opening) == 'front'
    events.append('taken')
    thread.join(5)
    assert events == ['done', 'exchange', 'exchanged', 'taken']


def test_a_pause_holds_a_worker_that_waits_already(turns, source, consumer):
    """What comes during the pause is served after it, at once."""
    def pause():
        consumer.taken.clear()
        with turns.paused(5) as is_at_rest:
            source.put('front', FRAME)
            time.sleep(0.05)
            assert is_at_rest and not consumer.taken
        wait(lambda: consumer.taken)

    in_time(pause, 0.5, time.monotonic)


def test_nothing_more_is_taken_once_it_is_closed(turns, source, consumer):
    """What comes after the end stays where it is, and workers end at once."""
    source.put('front', FRAME)
    wait(lambda: consumer.taken)
    turns.close()
    consumer.thread.join(0.5)
    assert not consumer.thread.is_alive()
    source.put('front', FRAME)
    assert turns.next(source, consumer.opening) is None


def test_closing_can_serve_what_waits_first(turns, source):
    """At once, whatever the highest rate, each camera once, and after a frame at work."""
    turns.limit(0.1)
    opening = turns.open()
    source.put('front', FRAME)
    assert take(turns, source, opening) == 'front'
    source.put('front', FRAME)
    turns.close(drop=False)
    assert turns.next(source, opening) is None
    turns.done('front', opening)
    assert take(turns, source, opening) == 'front'
    source.put('front', FRAME)
    turns.done('front', opening)
    assert turns.next(source, opening) is None


def test_workers_of_an_earlier_opening_end_and_change_nothing(turns, source, consumer):
    """What one of them still does is done to no camera of the new opening."""
    opening = turns.open()
    consumer.thread.join(0.5)
    assert not consumer.thread.is_alive()
    source.put('front', FRAME)
    assert take(turns, source, opening) == 'front'
    turns.done('front', consumer.opening)
    source.put('front', FRAME)
    source.put('rear', FRAME)
    assert take(turns, source, opening) == 'rear'


def test_frames_of_many_cameras_are_all_accounted_for(source):
    """Taken plus missed is what was put, with several workers under contention."""
    turns = Turns('abcd')
    opening = turns.open()
    consumers = [Consumer(turns, source, opening) for _ in range(3)]

    def produce(camera):
        for _ in range(2000):
            source.put(camera, FRAME)

    producers = [threading.Thread(target=produce, args=(camera,)) for camera in 'abcd']
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    wait(lambda: sum(1 + delivery.missed for consumer in consumers
                     for _, delivery, _ in consumer.taken if delivery) == 8000)
    turns.close()
    for consumer in consumers:
        consumer.thread.join(5)
