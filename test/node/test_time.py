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

"""Clocks that jump, stand still or have not begun; stamps that are missing or in the future."""

import math
import time

from node.processes import started
from node.workbench import unaccounted, values_of
import pytest
from rosgraph_msgs.msg import Clock

pytestmark = pytest.mark.slow

INT8 = ('-p', 'precision:=int8')


class SimulatedTime:
    """A publisher of /clock for the classifier alone."""

    def __init__(self, bench):
        self.bench = bench
        self.publisher = bench.node.create_publisher(Clock, 'clock', 10)

    def arguments(self):
        """Make a classifier follow it."""
        return (*INT8, '-p', 'use_sim_time:=true', '-r', f'/clock:={self.bench.namespace}/clock')

    def set(self, seconds):
        """Let it be that late, also for the classifier."""
        msg = Clock()
        msg.clock.sec, msg.clock.nanosec = int(seconds), round(seconds % 1 * 1e9)
        self.publisher.publish(msg)
        self.bench.spin(0.05)


@pytest.fixture
def simulated(bench):
    """Start a classifier that follows a clock of the test."""
    clock = SimulatedTime(bench)
    with started(bench, *clock.arguments()) as process:
        process.wait_for('ready')
        bench.settle()
        assert bench.wait(clock.publisher.get_subscription_count)
        yield clock
        assert process.end()[0] == 0
        assert not process.find('Traceback') and not process.find('refused')


def test_simulated_time_from_its_first_tick_to_a_second_loop(bench, simulated):
    """Before it begins nothing has an age; a loop of the bag is followed from its first image."""
    assert math.isnan(bench.ask(stamp=100.0)[1]['total_ms']), 'no /clock yet: no age'
    simulated.set(100.5)
    assert bench.ask(stamp=100.3)[1]['age_at_receipt_ms'] == pytest.approx(200, abs=1)
    simulated.set(160.0)
    assert bench.ask(stamp=159.9)[1]['age_at_receipt_ms'] == pytest.approx(100, abs=1)
    simulated.set(100.0)
    header = bench.send(stamp=99.95)
    assert bench.wait(lambda: bench.answers('', header), 2), 'the first image after the jump'
    values = bench.answers('', header)[1]
    assert values['age_at_receipt_ms'] == pytest.approx(50, abs=1)
    assert values['out_of_order'] == 0 and unaccounted(values) == 0


def test_time_that_stands_still_stops_neither_results_nor_limits(bench, simulated):
    """A paused bag: limits count real time, since it is real work that they limit."""
    simulated.set(100.0)
    assert bench.set(max_rate_hz=10.0).successful
    bench.results[''].clear()
    start = time.monotonic()
    for _ in range(60):
        bench.send(stamp=100.0)
        bench.spin(1 / 60)
    expected = 10 * (time.monotonic() - start)
    bench.spin(0.2)
    assert expected - 3 <= len(bench.results['']) <= expected + 3
    assert unaccounted(values_of(bench.latencies[''][-1])) == 0


@pytest.fixture
def node(bench):
    """Start a classifier on the wall clock."""
    with started(bench, *INT8) as process:
        process.wait_for('ready')
        bench.settle()
        yield process


def test_stamps_of_every_kind_on_one_node(bench, node):
    """Missing, in the future, overtaken, set back: reported as they are, and results go on."""
    now = bench.node.get_clock().now().nanoseconds / 1e9
    assert bench.ask(stamp=now)[1]['total_ms'] > 0
    assert math.isnan(bench.ask(stamp=0)[1]['total_ms'])
    assert bench.ask(stamp=now + 60.0)[1]['total_ms'] < -50_000, 'negative, not hidden'
    # The clock of the camera is set back: two images are dropped as overtaken ones, no more.
    before = len(bench.results[''])
    headers = []
    for number in range(5):
        headers.append(bench.send(stamp=now + 1 + number))
        bench.spin(0.1)
    assert [bool(bench.answers('', header)) for header in headers] == [False, False] + 3 * [True]
    assert len(bench.results['']) == before + 3
    # An image that was overtaken on its way comes alone.
    late = bench.send(stamp=now + 4.5)
    bench.spin(0.1)
    _, values = bench.ask(stamp=now + 10.0)
    assert not bench.answers('', late)
    assert values['out_of_order'] == 3 and unaccounted(values) == 0
    stamps = [msg.header.stamp.sec + msg.header.stamp.nanosec / 1e9
              for msg in list(bench.results[''])[-4:]]
    assert stamps == sorted(stamps)
