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


"""A worker that dies is started again, and the log and diagnostics say so."""

from diagnostic_msgs.msg import DiagnosticArray
import pytest
from rclpy.executors import SingleThreadedExecutor
from shufflenet_ros.node.classifier_node import ClassifierNode

pytestmark = pytest.mark.slow


@pytest.fixture
def node(middleware):
    """Make a classifier in this process, so that its worker can be made to fail."""
    node = ClassifierNode()
    node.bring_up()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    yield node
    node.close()
    executor.shutdown()
    node.destroy_node()


def test_a_worker_that_dies_is_reported_in_diagnostics(node):
    """With the error, at WARN, beside the model that goes on."""
    messages = []
    node.create_subscription(DiagnosticArray, '/diagnostics', lambda msg: messages.append(msg), 10)
    turns = node._runtime._pipeline._turns
    taking, failures = turns.next, iter([OverflowError('timeout value is too large')])

    def take(*arguments):
        for failure in failures:
            raise failure
        return taking(*arguments)

    turns.next = take
    node._runtime._pipeline.restart()

    def found():
        return [(status.level, status.message) for msg in messages for status in msg.status
                if 'a worker failed and was started again: OverflowError' in status.message]

    for _ in range(80):
        node.executor.spin_once(timeout_sec=0.05)
        if found():
            break
    assert found()[0][0] == b'\x01' and 'goes on running' in found()[0][1]
    assert all(worker.is_alive() for worker in node._runtime._pipeline._workers)
