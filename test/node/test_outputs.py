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

"""What else the node publishes: plain numbers, annotated images, diagnostics."""

from threading import Thread
from types import SimpleNamespace
from uuid import uuid4

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node import workbench
from node.processes import started
from node.workbench import IMAGE, offline
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.node.throttled_log import MAX_ALIKE, MAX_IN_ALL, MAX_OF_ONE, ThrottledLog
from std_msgs.msg import Float32, String

pytestmark = pytest.mark.slow

OK, ERROR = DiagnosticStatus.OK, DiagnosticStatus.ERROR
CAMERA, MODEL, LIFECYCLE = 'classifier: front', 'classifier: model', 'classifier: lifecycle'
TOPIC = 'image_raw'


class Received:
    """What was received on one topic, until it is closed."""

    def __init__(self, bench, kind, topic):
        self.bench, self.messages = bench, []
        self.subscription = bench.subscribe(kind, topic, self.messages.append)

    def close(self):
        """Unsubscribe."""
        self.bench.node.destroy_subscription(self.subscription)


@pytest.fixture(scope='module')
def bench(make_bench):
    """Make one bench for all tests that share the node."""
    return make_bench(('front',))


@pytest.fixture(scope='module')
def node(bench):
    """Start a classifier of one named camera."""
    with started(bench, '-p', 'cameras:=[front]', '-p', 'precision:=int8', '-r',
                 f'/diagnostics:={bench.namespace}/classifier/diagnostics') as process:
        process.wait_for('ready')
        bench.settle_all_cameras()
        yield process


def test_each_stage_has_a_plain_number_with_subscribers(bench, node):
    """The same as in frame_latency, one for each image."""
    received = {stage: Received(bench, Float32, f'front/latency/{stage}_ms')
                for stage in ('inference', 'total')}
    assert bench.wait(
        lambda: bench.ask('front') and all(one.messages for one in received.values()))
    values = bench.ask('front')[1]
    for stage, one in received.items():
        expected = pytest.approx(values[f'{stage}_ms'], rel=1e-5, abs=1e-3)
        assert bench.wait(lambda: one.messages[-1].data == expected)
        one.close()


@pytest.mark.parametrize('kind, topic', [
    (Image, 'annotated'), (CompressedImage, 'annotated/compressed')])
def test_images_are_drawn_for_subscribers_unless_turned_off(bench, node, kind, topic):
    """Under the header of their image; annotate takes effect at once."""
    received = Received(bench, kind, f'front/{topic}')
    assert bench.wait(lambda: bench.ask('front') and received.messages)
    assert bench.set(annotate=False).successful
    bench.spin(0.3)
    received.messages.clear()
    bench.ask('front')
    bench.spin(0.3)
    assert not received.messages
    assert bench.set(annotate=True).successful
    result, _ = bench.ask('front')
    assert bench.wait(lambda: received.messages) and received.messages[-1].header == result.header
    if kind is Image:
        image = np.frombuffer(received.messages[-1].data, np.uint8).reshape(IMAGE.shape)
        assert (image != IMAGE).any(2).mean() > 0.01, 'something is drawn'
    received.close()


def test_the_class_has_words_for_people(bench, node):
    """In ~/label with subscribers, and as the message of each frame's latency."""
    (index, score), *_ = offline()
    best = f'{workbench.MODEL.labels[index]} {score:.2f}'
    received = Received(bench, String, 'front/label')
    assert bench.wait(lambda: bench.ask('front') and received.messages)
    assert received.messages[-1].data == best
    assert bench.latencies['front'][-1].status[0].message == best
    assert bench.set(threshold=1.0).successful
    received.messages.clear()
    bench.ask('front')
    assert bench.wait(lambda: received.messages)
    assert received.messages[-1].data == f'below threshold 1.00: {best}'
    assert bench.set(threshold=-1.0).successful
    received.close()


def test_diagnostics_follow_cameras_model_and_state(bench, node):
    """A stream has a rate, a refused model is named, an inactive node has no cameras."""
    received = Received(bench, DiagnosticArray, 'diagnostics')

    def statuses():
        received.messages.clear()
        assert bench.wait(lambda: received.messages, 5)
        return {status.name.rpartition('/')[2]: status for status in received.messages[-1].status}

    assert statuses().keys() == {CAMERA, TOPIC, MODEL, LIFECYCLE}
    assert bench.set(**{'diagnostics.front.expected_hz': 100}).successful
    bench.stream(2.5)
    assert '100.0 Hz are expected' in statuses()[CAMERA].message
    assert bench.set(**{'diagnostics.front.expected_hz': -1}).successful
    bench.stream(1.0)
    found = statuses()
    assert 'expected' not in found[CAMERA].message
    values = {item.key: item.value for item in found[CAMERA].values}
    assert found[CAMERA].hardware_id == f'{bench.namespace}/front/image_raw'
    assert found[LIFECYCLE].message == 'active' and float(values['frame_rate_node']) > 15
    assert found[MODEL].level == OK
    values = {item.key: item.value for item in found[MODEL].values}
    assert values['precision'] == 'int8' and values['form_from'] == 'precision int8'
    assert values['form'].startswith('int8_native ') and 'not_native' not in values
    assert not bench.set(model='nowhere').successful
    assert "model 'nowhere'" in statuses()[MODEL].message
    assert bench.set(model='surfaces').successful and statuses()[MODEL].level == OK
    assert bench.transit('deactivate') and statuses().keys() == {MODEL, LIFECYCLE}
    assert statuses()[LIFECYCLE].message.startswith('inactive: ')
    assert bench.transit('cleanup') and statuses()[MODEL].level == ERROR
    assert statuses()[LIFECYCLE].message.startswith('unconfigured: ')
    assert bench.transit('configure') and bench.transit('activate')
    assert statuses().keys() == {CAMERA, TOPIC, MODEL, LIFECYCLE}
    received.close()


def test_faults_that_differ_in_numbers_alone_do_not_flood_the_log():
    """Each damaged jpeg has a size of its own."""
    logged = []
    log = ThrottledLog(SimpleNamespace(warning=logged.append))
    for size in range(100, 130):
        log.warn(f'truncated jpeg: its {size} bytes')
    log.warn('unknown encoding')
    log.warn('unknown encoding')
    expected = [f'truncated jpeg: its {size} bytes' for size in range(100, 100 + MAX_ALIKE)]
    assert logged == [*expected, 'unknown encoding']


@pytest.mark.parametrize('text', [
    "encoding '{}' is not supported", '{} is not supported', 'size {} and "{}"'])
def test_values_that_never_repeat_are_few_lines(text):
    """However they vary, and however many threads log."""
    logged = []
    log = ThrottledLog(SimpleNamespace(warning=logged.append))
    threads = [Thread(target=lambda: [log.warn(text.format(uuid4(), uuid4()))
                                      for _ in range(300)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logged) == (MAX_ALIKE if "'" in text else MAX_OF_ONE)
    for camera in range(10):
        log.warn(f'unlike the others: {uuid4()}', f'camera {camera}')
    assert any('unlike' in line for line in logged), 'another camera is logged as well'
    for number in range(1000):
        log.warn(f'{uuid4()} again', f'camera {number}')
    assert len(logged) == MAX_IN_ALL


def test_a_logged_value_is_short_and_plain():
    """It keeps its line."""
    logged = []
    log = ThrottledLog(SimpleNamespace(warning=logged.append))
    log.warn(f'bad {"x" * 9000}\n\x1b[2J; do this')
    assert len(logged[0]) <= 400 and logged[0].isprintable() and logged[0].endswith('do this')
