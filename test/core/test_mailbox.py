"""Newest only, oldest waiting source first, one consumer a source, nothing uncounted."""

from collections import Counter
import threading
import time

import numpy as np
import pytest

from shufflenet_ros.core.mailbox import LIMITED, Mailbox, REPLACED


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def consumer(mailbox):
    """Keep what a consumer thread takes."""
    taken = []

    def consume():
        while (delivery := mailbox.take()) is not None:
            taken.append((*delivery, time.monotonic()))
            mailbox.done(delivery[0])

    thread = threading.Thread(target=consume)
    thread.start()
    yield taken
    mailbox.close()
    thread.join(5)
    assert not thread.is_alive()


def wait(condition):
    """Wait for another thread to have done something."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_newer_item_replaces_the_waiting_one_and_the_producer_knows(mailbox):
    """The consumer gets the newest, and the producer learns what was replaced."""
    assert [mailbox.put('front', number) for number in range(3)] == ['', REPLACED, REPLACED]
    assert mailbox.put('rear', 0) == ''
    assert mailbox.take() == ('front', 2)


def test_the_source_that_has_waited_longest_is_served_first(mailbox):
    """A fast source that puts another item does not overtake, nor lose its place."""
    mailbox.put('front', 1)
    mailbox.put('rear', 2)
    mailbox.put('front', 3)
    assert [mailbox.take(), mailbox.take()] == [('front', 3), ('rear', 2)]


def test_a_fast_source_cannot_starve_a_slow_one(mailbox):
    """However often one puts an item between takes, the other is next in line."""
    mailbox.put('slow', 0)
    served = []
    for number in range(6):
        for _ in range(10):
            mailbox.put('fast', number)
        served.append(mailbox.take()[0])
        mailbox.done(served[-1])
        mailbox.put(served[-1], number)
    assert served == ['slow', 'fast'] * 3


def test_a_source_is_at_work_with_one_consumer_only(mailbox):
    """Its next item waits until the last one is done, so that items keep their order."""
    mailbox.put('front', 1)
    assert mailbox.take() == ('front', 1)
    mailbox.put('front', 2)
    mailbox.put('rear', 3)
    assert mailbox.take() == ('rear', 3)
    mailbox.done('front')
    assert mailbox.take() == ('front', 2)


def test_a_limited_source_is_served_when_it_is_due_and_without_drift(mailbox, consumer):
    """At 50 a second: the newest item each 20 ms, however often and when one puts an item."""
    mailbox.limit(50.0)
    replaced, end = Counter(), time.monotonic() + 0.5
    while time.monotonic() < end:
        replaced[mailbox.put('front', time.monotonic())] += 1
        time.sleep(0.0015)
    moments = np.array([moment for _, _, moment in consumer])
    # A busy machine may stop everything for a while: few are late, and none comes too early.
    assert 15 <= len(moments) <= 26
    late = (moments - moments[0] + 0.001) % 0.02 - 0.001
    assert np.median(late) < 0.005 and moments[-1] - moments[0] > 0.02 * (len(moments) - 1) - 0.01
    assert np.median([moment - put_s for _, put_s, moment in consumer]) < 0.01
    assert replaced[LIMITED] > 5 * replaced[REPLACED] and replaced[LIMITED] > 50


def test_the_last_item_of_a_limited_source_is_served_in_the_end(mailbox, consumer):
    """It waits until it is due, and for nothing else."""
    mailbox.limit(20.0)
    for number in range(3):
        mailbox.put('front', number)
        time.sleep(0.005)
    wait(lambda: len(consumer) == 2)
    assert [number for _, number, _ in consumer] == [0, 2]
    assert 0.045 < consumer[1][2] - consumer[0][2] < 0.5


def test_a_limit_taken_back_frees_what_waits_at_once(mailbox, consumer):
    """No item waits for the moment that an older, lower rate had set."""
    mailbox.limit(0.1)
    mailbox.put('front', 0)
    wait(lambda: len(consumer) == 1)
    mailbox.put('front', 1)
    mailbox.limit(0.0)
    wait(lambda: len(consumer) == 2)


def test_a_pause_begins_when_no_item_is_at_work_and_holds_the_rest(mailbox):
    """Between two items something can be exchanged; items may be put meanwhile."""
    mailbox.put('front', 1)
    mailbox.take()
    events = []

    def exchange():
        with mailbox.paused():
            events.append('exchange')
            mailbox.put('front', 2)
            time.sleep(0.05)
            events.append('exchanged')

    thread = threading.Thread(target=exchange)
    thread.start()
    time.sleep(0.05)
    events.append('done')
    mailbox.done('front')
    assert mailbox.take() == ('front', 2)
    events.append('taken')
    thread.join(5)
    assert events == ['done', 'exchange', 'exchanged', 'taken']


def test_a_closed_mailbox_takes_nothing_more(mailbox, consumer):
    """What is put after the end is dropped, and consumers end."""
    mailbox.put('front', 1)
    wait(lambda: consumer)
    mailbox.close()
    assert mailbox.put('front', 2) == ''
    assert mailbox.take() is None


def test_closing_can_hand_out_what_waits_first(mailbox):
    """At once, whatever the highest rate, and in line behind an item at work."""
    mailbox.limit(0.1)
    mailbox.put('front', 1)
    assert mailbox.take() == ('front', 1)
    mailbox.put('front', 2)
    mailbox.close(drop=False)
    threading.Timer(0.05, mailbox.done, ('front',)).start()
    assert mailbox.take() == ('front', 2)
    mailbox.done('front')
    assert mailbox.take() is None


def test_items_from_many_threads_are_all_accounted_for(mailbox, consumer):
    """Taken plus replaced is what was put, under contention."""
    replaced = Counter()

    def produce(source):
        replaced[source] = sum(bool(mailbox.put(source, number)) for number in range(2000))

    producers = [threading.Thread(target=produce, args=(source,)) for source in 'abcd']
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    wait(lambda: len(consumer) + sum(replaced.values()) == 8000)
