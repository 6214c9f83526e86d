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

"""What is said of images that are dropped: by a node whose camera has a clock of its own."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node.processes import started
from node.workbench import values_of
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def messages(bench):
    """Give the messages of the camera's status, newest last."""
    found = []

    def keep(msg):
        found.extend(status for status in msg.status
                     if status.name.endswith('classifier: image_raw'))

    bench.node.create_subscription(DiagnosticArray, '/diagnostics', keep, 10)
    return found


def stream(bench, ages_s, seconds=4.0):
    """Publish images whose stamps are that old, in turn."""
    turn = 0

    def send():
        nonlocal turn
        now_s = bench.node.get_clock().now().nanoseconds / 1e9
        bench.send(stamp=now_s - ages_s[turn % len(ages_s)])
        turn += 1
        bench.spin(0.03)

    bench.wait(send, seconds)


def test_a_clock_that_is_behind_is_not_taken_for_a_slow_machine(bench, messages):
    """All images are too old on arrival: the clocks are named, and the parameter."""
    with started(bench, '-p', 'precision:=int8', '-p', 'max_age_ms:=500.0') as process:
        process.wait_for('ready')
        bench.settle()
        stream(bench, [5.0])
        assert bench.wait(lambda: messages and messages[-1].level == DiagnosticStatus.ERROR, 3)
        text = messages[-1].message
        assert 'max_age_ms' in text and 'ms after their stamp' in text and 'chrony' in text
        assert 'too slow' not in text


def test_two_publishers_are_not_taken_for_a_slow_machine(bench, messages):
    """The second one is behind by ten seconds: half of all images are older than a result."""
    second = bench.node.create_publisher(
        bench.images[''].msg_type, 'image_raw', bench.images[''].qos_profile)
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle()
        assert bench.wait(lambda: second.get_subscription_count())
        stream(bench, [0.0, 10.0])
        assert bench.wait(lambda: messages and messages[-1].level == DiagnosticStatus.WARN, 3)
        text = messages[-1].message
        assert '2 publishers share the topic' in text and 'too slow' not in text


def test_a_second_activation_raises_no_alarm_for_what_was_before(bench, messages):
    """Images that failed in the first one were reported then."""
    with started(bench, '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        for _ in range(20):
            bench.send(encoding='no such one')
            bench.spin(0.02)
        assert bench.transit('deactivate') and bench.transit('activate')
        bench.settle()
        messages.clear()
        bench.ask()
        values = values_of(bench.latencies[''][-1])
        assert values['failed'] >= 10
        bench.wait(lambda: bench.send() and bench.spin(0.05), 2.5)
        assert messages and not any('could not be' in status.message for status in messages)
