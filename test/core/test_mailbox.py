"""Newest only, oldest waiting source first, nothing uncounted."""

import threading

from shufflenet_ros.core.mailbox import Mailbox


def test_a_newer_item_replaces_the_waiting_one_and_is_counted():
    """The consumer gets the newest, and the count says what gave way."""
    mailbox = Mailbox()
    for number in range(5):
        mailbox.post('front', number)
    assert mailbox.take() == ('front', 4)
    assert mailbox.replaced('front') == 4
    assert mailbox.replaced('rear') == 0


def test_the_source_that_has_waited_longest_is_served_first():
    """A fast source that posts again does not overtake, nor lose its place."""
    mailbox = Mailbox()
    mailbox.post('front', 1)
    mailbox.post('rear', 2)
    mailbox.post('front', 3)
    assert [mailbox.take(), mailbox.take()] == [('front', 3), ('rear', 2)]


def test_a_fast_source_cannot_starve_a_slow_one():
    """However often one posts between takes, the other is next in line."""
    mailbox = Mailbox()
    mailbox.post('slow', 0)
    served = []
    for number in range(6):
        for _ in range(10):
            mailbox.post('fast', number)
        served.append(mailbox.take()[0])
        mailbox.post(served[-1], number)
    assert served == ['slow', 'fast'] * 3


def test_taking_waits_for_a_post_and_close_wakes_it():
    """A consumer sleeps until there is work, and ends when the mailbox closes."""
    mailbox, taken = Mailbox(), []

    def consume():
        while (delivery := mailbox.take()) is not None:
            taken.append(delivery)
            arrived.set()

    arrived = threading.Event()
    consumer = threading.Thread(target=consume)
    consumer.start()
    mailbox.post('front', 'frame')
    assert arrived.wait(5)
    mailbox.close()
    consumer.join(5)
    assert not consumer.is_alive() and taken == [('front', 'frame')]


def test_a_closed_mailbox_takes_nothing_more():
    """What is posted after the end is dropped without a fuss."""
    mailbox = Mailbox()
    mailbox.post('front', 1)
    mailbox.close()
    mailbox.post('front', 2)
    assert mailbox.take() is None


def test_posts_from_many_threads_are_all_accounted_for():
    """Taken plus replaced is what was posted, under contention."""
    mailbox, taken = Mailbox(), []

    def consume():
        while (delivery := mailbox.take()) is not None:
            taken.append(delivery)

    consumer = threading.Thread(target=consume)
    consumer.start()
    producers = [threading.Thread(target=lambda source=source: [
        mailbox.post(source, number) for number in range(2000)]) for source in 'abcd']
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    while mailbox._waiting:
        pass
    mailbox.close()
    consumer.join(5)
    assert len(taken) + sum(mailbox.replaced(source) for source in 'abcd') == 8000
