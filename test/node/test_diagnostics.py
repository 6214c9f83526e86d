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

"""The report once a second: over the real middleware, with cameras that come, lag and vanish."""

from collections import deque
from pathlib import Path
import sys
import time

from costs import in_time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.core.frame import Counters, StageTimings
from shufflenet_ros.monitoring.facts import ModelFacts
from shufflenet_ros.node.health.diagnostics import Diagnostics
from shufflenet_ros.node.health.input_publishers import InputPublishers
from shufflenet_ros.node.qos import SENSOR_QOS
import yaml

pytestmark = pytest.mark.slow

TIMINGS = StageTimings(*(1_000_000,) * 7)
OK, WARN, ERROR, STALE = (DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR,
                          DiagnosticStatus.STALE)


class DiagnosticsBench:
    """A node with diagnostics, a camera beside it, and what was reported."""

    def __init__(self, context, space, qos=SENSOR_QOS):
        self.node = rclpy.create_node('classifier', namespace=space, context=context)
        self.other = rclpy.create_node('camera', namespace=space, context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.other)
        self.count = self.failed = 0
        self.reports = deque()
        self.other.create_subscription(
            DiagnosticArray, '/diagnostics', self.keep, 10)
        self.diagnostics = Diagnostics(self.node, lambda camera: Counters(
            self.count, self.count - self.failed, failed=self.failed))
        self.subscription = self.node.create_subscription(
            Image, 'image_raw', lambda msg: self.frame(), qos)
        self.publishers = InputPublishers(self.node, self.subscription)
        self.diagnostics.add_camera('', self.publishers)

    def keep(self, msg):
        """Keep the reports of this bench: others may be on the same topic."""
        if msg.status[-1].name.startswith(self.node.get_namespace()[1:]):
            self.reports.append(msg)

    def frame(self, age_ns=2_000_000, camera=''):
        """Record one image with its timings."""
        self.count += 1
        self.diagnostics.record_arrival(camera, time.monotonic_ns(), time.time_ns(), age_ns)
        self.diagnostics.record_result(camera, TIMINGS)

    def next_report(self, work=lambda: None, count=1, timeout_s=6):
        """Spin until so many more reports came; the statuses of the last one by name."""
        self.reports.clear()
        deadline = time.monotonic() + timeout_s
        while len(self.reports) < count and time.monotonic() < deadline:
            work()
            self.executor.spin_once(timeout_sec=0.02)
        space = self.node.get_namespace().removeprefix('/')
        names = [status.name for status in self.reports[-1].status]
        assert all(name.removeprefix('/').startswith(f'{space}/') for name in names)
        return {status.name.removeprefix(f'{space}/'): status
                for status in self.reports[-1].status}

    @property
    def topic(self):
        """Name of the camera's topic, and of its second status."""
        return f'{self.node.get_namespace()}/image_raw'

    def camera_status(self, condition, work=lambda: None, reports=10):
        """Spin until the camera's status fulfils the condition, and return it."""
        for _ in range(reports):
            status = self.next_report(work)['classifier: image_raw']
            if condition(status):
                return status
        raise AssertionError(f'{status.level} {status.message}')

    def close(self):
        """Destroy all nodes."""
        self.diagnostics.close()
        self.node.destroy_node()
        self.other.destroy_node()


@pytest.fixture
def bench(context, namespace, request):
    bench = DiagnosticsBench(context, namespace, getattr(request, 'param', SENSOR_QOS))
    yield bench
    bench.close()


def values_of(status):
    return {item.key: item.value for item in status.values}


def test_a_camera_and_the_model_have_a_status_each(bench):
    """Under the names that aggregators look for, once a second, stamped by the node's clock."""
    bench.diagnostics.set_model(ModelFacts('surfaces int8', ('CPU',), ('CPU',), hardware='Cortex'),
                            {'database_version': 3})
    bench.next_report(bench.frame)
    first_ns = time.monotonic_ns()
    found = bench.next_report(bench.frame, count=2)
    assert 1.5e9 < time.monotonic_ns() - first_ns < 3e9
    assert list(found) == ['classifier: image_raw', bench.topic, 'classifier: model',
                           'classifier: lifecycle']
    camera, topic, model, lifecycle = found.values()
    assert (camera.level, model.level) == (OK, OK), (camera.message, model.message)
    space = bench.node.get_namespace()
    assert [status.hardware_id for status in found.values()] == [
        f'{space}/image_raw', f'{space}/classifier', f'{space}/classifier Cortex',
        f'{space}/classifier']
    assert (topic.level, topic.message) == (camera.level, camera.message)
    assert values_of(lifecycle)['state'] == 'unconfigured' and 'configure it' in lifecycle.message
    assert abs(bench.reports[-1].header.stamp.sec - time.time()) < 3
    values = values_of(camera)
    assert float(values['frame_rate_node']) > 10 and values['total_p95_ms'] == '7.000'
    assert values['current_delay_from_realtime_ms'] == '2.000'
    assert values['topic'].endswith('/image_raw') and int(values['received']) > 10
    assert values_of(model)['database_version'] == '3'
    assert values_of(model)['inference_p50_ms'] == '1.000'


def test_a_topic_that_nobody_publishes_is_stale(bench):
    """The first thing to look at: its name."""
    camera = bench.next_report()['classifier: image_raw']
    assert camera.level == STALE and 'nobody publishes the topic' in camera.message


@pytest.mark.parametrize('bench', [QoSProfile(depth=1)], indirect=True)
def test_a_qos_that_does_not_fit_is_an_error_with_the_cure(bench):
    """Other tools only show nothing; this node says why."""
    bench.other.create_publisher(
        Image, 'image_raw', QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
    camera = bench.camera_status(lambda status: status.level == ERROR)
    assert 'camera: ' in camera.message
    assert 'qos_overrides' in camera.message and 'best effort' in camera.message.lower()


def test_a_publisher_of_another_type_is_named(bench):
    """A compressed topic under the name of a raw one never matches."""
    # One participant cannot have both types of a topic; another process has its own context.
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('web', context=context)
    node.create_publisher(CompressedImage, bench.subscription.topic_name, SENSOR_QOS)
    camera = bench.camera_status(lambda status: status.level == ERROR)
    node.destroy_node()
    rclpy.shutdown(context=context)
    assert 'publishes sensor_msgs/msg/CompressedImage' in camera.message
    assert 'qos_overrides' not in camera.message


def test_a_matched_publisher_whose_images_never_come_is_the_trap_of_shared_memory(bench):
    """Reported with the variable that cures it."""
    publisher = bench.other.create_publisher(Image, 'image_raw', SENSOR_QOS)
    camera = bench.camera_status(lambda status: status.level == WARN)
    assert 'lost on their way' in camera.message
    bench.camera_status(lambda status: status.level == OK, lambda: publisher.publish(Image()))


def test_failures_ages_and_clocks_reach_the_message(bench):
    """One status says everything that is wrong with a camera."""
    def bad():
        bench.frame(age_ns=-5_000_000)
        bench.failed = bench.count
        bench.diagnostics.record_failure('', "encoding 'xyz' is not supported")
    bench.next_report(bad)
    camera = bench.next_report(bad)['classifier: image_raw']
    assert camera.level == ERROR
    assert "'xyz' is not supported" in camera.message and '5.0 ms ahead' in camera.message


def test_simulated_time_that_stands_still_does_not_stop_the_reports(bench):
    """They come at 1 Hz of real time; that no /clock has come yet is reported."""
    bench.node.set_parameters([Parameter('use_sim_time', value=True)])
    start = time.monotonic()
    camera = bench.next_report(bench.frame, count=2)['classifier: image_raw']
    assert time.monotonic() - start < 4
    assert camera.level == WARN and 'no /clock has come' in camera.message
    clocks = bench.other.create_publisher(Clock, '/clock', 10)
    msg = Clock()

    def tick():
        msg.clock.sec = 500
        clocks.publish(msg)
        bench.frame()
    bench.camera_status(lambda status: status.level == OK, tick)
    assert bench.reports[-1].header.stamp.sec == 500

    def tick_earlier():
        msg.clock.sec = 100
        clocks.publish(msg)
        bench.frame()
    bench.camera_status(lambda status: 'jumped back by 400' in status.message, tick_earlier)


def test_cameras_come_and_go_with_the_lifecycle(bench):
    """An inactive node reports on its model alone; a closed one on nothing."""
    bench.diagnostics.remove_cameras()
    bench.frame()
    bench.diagnostics.record_failure('', 'too late')
    assert list(bench.next_report()) == ['classifier: model', 'classifier: lifecycle']
    bench.diagnostics.add_camera('front/image_raw', bench.publishers, 'front')
    found = bench.next_report(lambda: bench.frame(camera='front/image_raw'))
    assert 'classifier: front' in found


def test_cameras_that_share_a_topic_share_its_status(bench):
    """It shows the one that is worse; each camera keeps its own status."""
    bench.diagnostics.add_camera('other', bench.publishers, 'other')

    def work():
        bench.frame()
        bench.diagnostics.record_result('other', TIMINGS)
    found = bench.next_report(work)
    assert [status.name for status in bench.reports[-1].status].count(bench.topic) == 1
    assert found['classifier: image_raw'].level != found['classifier: other'].level == STALE
    assert found[bench.topic].level == STALE
    assert found[bench.topic].message == found['classifier: other'].message


def test_a_second_activation_starts_from_the_counters_as_they_are(bench):
    """What failed before was reported then; the counters shown go on."""
    bench.next_report(bench.frame)
    bench.failed = bench.count
    bench.diagnostics.remove_cameras()
    bench.diagnostics.add_camera('', bench.publishers)
    camera = bench.next_report(bench.frame)['classifier: image_raw']
    assert camera.level == OK, camera.message
    assert int(values_of(camera)['failed']) == bench.failed > 0


def test_a_camera_that_died_shows_no_rate_and_no_ages(bench):
    """Its last figures would look as if it went on; nor does the model go on."""
    bench.next_report(bench.frame, count=2)
    status = bench.camera_status(lambda status: status.level == STALE)
    values = values_of(status)
    assert values['frame_rate_node'] == values['frame_rate_msg'] == '0.000'
    assert {values[name] for name in ('current_delay_from_realtime_ms', 'max_abs_jitter_ms',
                                      'total_p50_ms')} == {'nan'}
    assert int(values['received']) > 10
    model = bench.next_report(count=3)['classifier: model']
    assert values_of(model)['inference_p50_ms'] == 'nan'


@pytest.mark.skipif(sys.gettrace() is not None, reason='the measuring of coverage costs more')
def test_a_frame_costs_less_than_ten_microseconds(bench):
    """Little is recorded of each; the arithmetic waits for the report."""
    def record(count=2000):
        start_ns = time.perf_counter_ns()
        for number in range(count):
            bench.diagnostics.record_arrival('', start_ns + number, start_ns + number, 1_000_000)
            bench.diagnostics.record_result('', TIMINGS)

    in_time(record, 2000 * 10e-6)


def test_the_analyzer_file_takes_every_status_of_the_node(bench):
    """So that rqt_robot_monitor shows a tree, with none left over under Other."""
    path = Path(__file__).resolve().parents[2] / 'config' / 'diagnostics.yaml'
    analyzers = {name: value for name, value in yaml.safe_load(
        path.read_text())['/**']['ros__parameters'].items() if isinstance(value, dict)}
    assert {one['type'] for one in analyzers.values()} == {'diagnostic_aggregator/GenericAnalyzer'}
    for name in bench.next_report():
        alike = [name] if name == bench.topic else [name, f'robot/{name}']
        assert [takers(analyzers, one) for one in alike] == [
            ['topics' if name == bench.topic else 'classifier']] * len(alike)


def takers(analyzers, name):
    """List the analyzers that take a status: by how its name begins, or what it contains."""
    return [key for key, one in analyzers.items()
            if name.startswith(tuple(one['find_and_remove_prefix']))
            or any(part in name for part in one.get('contains', ()))]
