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

"""Newest only, oldest waiting source first, one consumer a source, nothing uncounted."""

from collections import Counter
import threading
import time

import numpy as np
import pytest
from shufflenet_ros.core.newest_only import LIMITED, NewestOnly, REPLACED


@pytest.fixture
def newest():
    return NewestOnly()


@pytest.fixture
def consumer(newest):
    """Keep what a consumer thread takes."""
    taken = []

    def consume():
        while (delivery := newest.take()) is not None:
            taken.append((*delivery, time.monotonic()))
            newest.done(delivery[0])

    thread = threading.Thread(target=consume)
    thread.start()
    yield taken
    newest.close()
    thread.join(5)
    assert not thread.is_alive()


def wait(condition):
    """Wait for another thread to have done something."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_newer_item_replaces_the_waiting_one_and_the_producer_knows(newest):
    """The consumer gets the newest, and the producer learns what was replaced."""
    assert [newest.put('front', number) for number in range(3)] == ['', REPLACED, REPLACED]
    assert newest.put('rear', 0) == ''
    assert newest.take() == ('front', 2)


def test_the_source_that_has_waited_longest_is_served_first(newest):
    """A fast source that puts another item does not overtake, nor lose its place."""
    newest.put('front', 1)
    newest.put('rear', 2)
    newest.put('front', 3)
    assert [newest.take(), newest.take()] == [('front', 3), ('rear', 2)]


def test_a_fast_source_cannot_starve_a_slow_one(newest):
    """However often one puts an item between takes, the other is next in line."""
    newest.put('slow', 0)
    served = []
    for number in range(6):
        for _ in range(10):
            newest.put('fast', number)
        served.append(newest.take()[0])
        newest.done(served[-1])
        newest.put(served[-1], number)
    assert served == ['slow', 'fast'] * 3


def test_a_source_is_at_work_with_one_consumer_only(newest):
    """Its next item waits until the last one is done, so that items keep their order."""
    newest.put('front', 1)
    assert newest.take() == ('front', 1)
    newest.put('front', 2)
    newest.put('rear', 3)
    assert newest.take() == ('rear', 3)
    newest.done('front')
    assert newest.take() == ('front', 2)


def test_a_limited_source_is_served_when_it_is_due_and_without_drift(newest, consumer):
    """At 50 a second: the newest item each 20 ms, however often and when one puts an item."""
    newest.limit(50.0)
    replaced, end = Counter(), time.monotonic() + 0.5
    while time.monotonic() < end:
        replaced[newest.put('front', time.monotonic())] += 1
        time.sleep(0.0015)
    moments = np.array([moment for _, _, moment in consumer])
    # A busy machine may stop everything for a while: few are late, and none comes too early.
    assert 15 <= len(moments) <= 26
    late = (moments - moments[0] + 0.001) % 0.02 - 0.001
    assert np.median(late) < 0.005 and moments[-1] - moments[0] > 0.02 * (len(moments) - 1) - 0.01
    assert np.median([moment - put_s for _, put_s, moment in consumer]) < 0.01
    assert replaced[LIMITED] > 5 * replaced[REPLACED] and replaced[LIMITED] > 50


def test_the_last_item_of_a_limited_source_is_served_in_the_end(newest, consumer):
    """It waits until it is due, and for nothing else."""
    newest.limit(20.0)
    for number in range(3):
        newest.put('front', number)
        time.sleep(0.005)
    wait(lambda: len(consumer) == 2)
    assert [number for _, number, _ in consumer] == [0, 2]
    assert 0.045 < consumer[1][2] - consumer[0][2] < 0.5


@pytest.mark.parametrize('rate_hz', [5e-324, 1e-300, 1e-10, 1e-6, 1e300])
def test_any_rate_is_inside_the_arithmetic(newest, consumer, rate_hz):
    """The first item is served, the next one when it is due, and no consumer ends."""
    newest.limit(rate_hz)
    newest.put('front', 0)
    wait(lambda: len(consumer) == 1)
    newest.put('front', 1)
    time.sleep(0.05)
    assert len(consumer) == (2 if rate_hz > 1 else 1)
    newest.limit(0.0)
    wait(lambda: len(consumer) == 2)


def test_a_limit_taken_back_frees_what_waits_at_once(newest, consumer):
    """No item waits for the moment that an older, lower rate had set."""
    newest.limit(0.1)
    newest.put('front', 0)
    wait(lambda: len(consumer) == 1)
    newest.put('front', 1)
    newest.limit(0.0)
    wait(lambda: len(consumer) == 2)


def test_a_pause_begins_when_no_item_is_at_work_and_holds_the_rest(newest):
    """Between two items something can be exchanged; items may be put meanwhile."""
    newest.put('front', 1)
    newest.take()
    events = []

    def exchange():
        with newest.paused():
            events.append('exchange')
            newest.put('front', 2)
            time.sleep(0.05)
            events.append('exchanged')

    thread = threading.Thread(target=exchange)
    thread.start()
    time.sleep(0.05)
    events.append('done')
    newest.done('front')
    assert newest.take() == ('front', 2)
    events.append('taken')
    thread.join(5)
    assert events == ['done', 'exchange', 'exchanged', 'taken']


def test_nothing_more_is_taken_once_it_is_closed(newest, consumer):
    """What is put after the end is dropped, and consumers end."""
    newest.put('front', 1)
    wait(lambda: consumer)
    newest.close()
    assert newest.put('front', 2) == ''
    assert newest.take() is None


def test_closing_can_hand_out_what_waits_first(newest):
    """At once, whatever the highest rate, and in line behind an item at work."""
    newest.limit(0.1)
    newest.put('front', 1)
    assert newest.take() == ('front', 1)
    newest.put('front', 2)
    newest.close(drop=False)
    threading.Timer(0.05, newest.done, ('front',)).start()
    assert newest.take() == ('front', 2)
    newest.done('front')
    assert newest.take() is None


def test_items_from_many_threads_are_all_accounted_for(newest, consumer):
    """Taken plus replaced is what was put, under contention."""
    replaced = Counter()

    def produce(source):
        replaced[source] = sum(bool(newest.put(source, number)) for number in range(2000))

    producers = [threading.Thread(target=produce, args=(source,)) for source in 'abcd']
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    wait(lambda: len(consumer) + sum(replaced.values()) == 8000)
