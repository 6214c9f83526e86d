"""One number a stage, for whoever plots it, and nothing for nobody."""

import math
import os
import sys
import time

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Float32

from shufflenet_ros.core.frame import STAGES, StageTimings
from shufflenet_ros.node.stage_topics import StageTopics
from shufflenet_ros.process.middleware import prepare_middleware

TIMINGS = StageTimings(*(1_500_000 * number for number in range(1, 8)))


@pytest.fixture(scope='module')
def context():
    prepare_middleware()
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)


@pytest.fixture
def pair(context, request):
    """Make a node that publishes, one that listens, and the executor of both."""
    space = f'/stages_{os.getpid()}_{abs(hash(request.node.name))}'
    nodes = [rclpy.create_node(name, namespace=space, context=context)
             for name in ('classifier', 'plotter')]
    executor = SingleThreadedExecutor(context=context)
    for node in nodes:
        executor.add_node(node)
    yield (*nodes, executor)
    for node in nodes:
        node.destroy_node()


def publish_until(topics, timings, executor, condition, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        topics.publish(timings)
        executor.spin_once(timeout_sec=0.02)
    return condition()


@pytest.mark.parametrize('prefix, where', [('~/', ''), ('~/front/', 'front/')])
def test_each_stage_has_a_topic_with_its_milliseconds(pair, prefix, where):
    """Under the names that docs and plots use, and with the total."""
    node, listener, executor = pair
    heard = {}
    for stage in (*STAGES, 'total'):
        listener.create_subscription(
            Float32, f'classifier/{where}latency/{stage}_ms',
            lambda msg, stage=stage: heard.update({stage: msg.data}), 10)
    topics = StageTopics(node, prefix)
    assert publish_until(topics, TIMINGS, executor, lambda: len(heard) == 8)
    assert heard == pytest.approx(TIMINGS.milliseconds())
    assert heard['total'] == pytest.approx(42.0)


def test_a_topic_speaks_only_while_somebody_listens_to_it(pair):
    """A listener to one stage gets that one; the others are not even made."""
    node, listener, executor = pair
    topics = StageTopics(node)
    said = []
    for stage, publisher in topics._publishers.items():
        publisher.publish = lambda msg, stage=stage: said.append(stage)
    subscription = listener.create_subscription(
        Float32, 'classifier/latency/queue_ms', lambda msg: None, 10)
    assert publish_until(topics, TIMINGS, executor, lambda: len(said) > 3)
    assert set(said) == {'queue'}
    listener.destroy_subscription(subscription)
    time.sleep(1.2)
    publish_until(topics, TIMINGS, executor, lambda: False, 0.5)
    said.clear()
    publish_until(topics, TIMINGS, executor, lambda: False, 1.2)
    assert not said


def test_an_unknown_age_is_nan(pair):
    """An image without a stamp has no age; a plot shows a gap."""
    node, listener, executor = pair
    heard = []
    listener.create_subscription(
        Float32, 'classifier/latency/total_ms', lambda msg: heard.append(msg.data), 10)
    topics = StageTopics(node)
    assert publish_until(
        topics, StageTimings(None, 1, 1, 1, 1, 1, 1), executor, lambda: heard)
    assert math.isnan(heard[0])


@pytest.mark.skipif(sys.gettrace() is not None, reason='the measuring of coverage costs more')
def test_it_costs_nothing_worth_mentioning_without_listeners(pair):
    """Far below a thousandth of a frame at 30 Hz."""
    topics = StageTopics(pair[0])
    topics.publish(TIMINGS)
    start_ns = time.perf_counter_ns()
    for _ in range(1000):
        topics.publish(TIMINGS)
    assert (time.perf_counter_ns() - start_ns) / 1000 < 30_000


def test_closed_topics_are_gone_and_silent(pair):
    """After a clean-up the node can make them again."""
    node = pair[0]
    topics = StageTopics(node)
    topics.close()
    topics.publish(TIMINGS)
    assert not [publisher for publisher in node.publishers if 'latency' in publisher.topic]
    StageTopics(node).publish(TIMINGS)
