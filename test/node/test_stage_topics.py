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

"""One number a stage for tools that plot, and nothing without subscribers."""

import math
import sys
import time

from costs import in_time
from node.processes import STALL_S
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from shufflenet_ros.core.frame import STAGES, StageTimings
from shufflenet_ros.node.outputs.stage_topics import StageTopics
from std_msgs.msg import Float32

TIMINGS = StageTimings(*(1_500_000 * number for number in range(1, 8)))


@pytest.fixture
def pair(context, namespace):
    """Make a node that publishes, one that subscribes, and the executor of both."""
    nodes = [rclpy.create_node(name, namespace=namespace, context=context)
             for name in ('classifier', 'plotter')]
    executor = SingleThreadedExecutor(context=context)
    for node in nodes:
        executor.add_node(node)
    yield (*nodes, executor)
    for node in nodes:
        node.destroy_node()


def publish_until(topics, timings, executor, condition, timeout_s=STALL_S):
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        topics.publish(timings)
        executor.spin_once(timeout_sec=0.02)
    return condition()


@pytest.mark.parametrize('prefix, where', [('~/', ''), ('~/front/', 'front/')])
def test_each_stage_has_a_topic_with_its_milliseconds(pair, prefix, where):
    """Under the names that docs and plots use, and with the total."""
    node, subscriber, executor = pair
    received = {}
    for stage in (*STAGES, 'total'):
        subscriber.create_subscription(
            Float32, f'classifier/{where}latency/{stage}_ms',
            lambda msg, stage=stage: received.update({stage: msg.data}), 10)
    topics = StageTopics(node, prefix)
    assert publish_until(topics, TIMINGS, executor, lambda: len(received) == 8)
    assert received == pytest.approx(TIMINGS.milliseconds())
    assert received['total'] == pytest.approx(42.0)


def test_a_topic_is_published_only_while_it_has_subscribers(pair):
    """A subscriber of one stage gets that one; the others are not even made."""
    node, subscriber, executor = pair
    topics = StageTopics(node)
    published = []
    for stage, publisher in topics._publishers.items():
        publisher.publish = lambda msg, stage=stage: published.append(stage)
    subscription = subscriber.create_subscription(
        Float32, 'classifier/latency/queue_ms', lambda msg: None, 10)
    assert publish_until(topics, TIMINGS, executor, lambda: len(published) > 3)
    assert set(published) == {'queue'}
    subscriber.destroy_subscription(subscription)
    time.sleep(1.2)
    publish_until(topics, TIMINGS, executor, lambda: False, 0.5)
    published.clear()
    publish_until(topics, TIMINGS, executor, lambda: False, 1.2)
    assert not published


def test_an_unknown_age_is_nan(pair):
    """An image without a stamp has no age; a plot shows a gap."""
    node, subscriber, executor = pair
    received = []
    subscriber.create_subscription(
        Float32, 'classifier/latency/total_ms', lambda msg: received.append(msg.data), 10)
    topics = StageTopics(node)
    assert publish_until(
        topics, StageTimings(None, 1, 1, 1, 1, 1, 1), executor, lambda: received)
    assert math.isnan(received[0])


@pytest.mark.skipif(sys.gettrace() is not None, reason='the measuring of coverage costs more')
def test_it_costs_next_to_nothing_without_subscribers(pair):
    """Far below a thousandth of a frame at 30 Hz."""
    topics = StageTopics(pair[0])
    topics.publish(TIMINGS)

    def publish():
        for _ in range(1000):
            topics.publish(TIMINGS)

    in_time(publish, 1000 * 30e-6)


def test_closed_topics_are_destroyed(pair):
    """And the node can make them again."""
    node = pair[0]
    topics = StageTopics(node)
    topics.close()
    topics.publish(TIMINGS)
    assert not [publisher for publisher in node.publishers if 'latency' in publisher.topic]
    StageTopics(node).publish(TIMINGS)
