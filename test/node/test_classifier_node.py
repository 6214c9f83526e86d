"""The node in its own process, over the real middleware: images in, classifications out."""

from array import array
from collections import deque
import math
import os
from pathlib import Path
import signal
import time

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import running
import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from vision_msgs.msg import Classification, LabelInfo, VisionInfo

from shufflenet_ros.core.frame import Frame, STAGES
from shufflenet_ros.core.pipeline import Classifier
from shufflenet_ros.demo.image_sources import Flight
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model
from shufflenet_ros.node.qos import LATCHED_QOS
from shufflenet_ros.process.middleware import prepare_middleware

MODEL = load_model(Path(__file__).resolve().parent.parent.parent / 'models' / 'surfaces')
NAMESPACE = f'/test_{os.getpid()}'
PHOTOGRAPH = Flight(320, 240, 10.0).view(1.0)[0]
# Announced by apt's vision_msgs 4; another hash would keep us from talking to any other node.
TYPE_HASH = 'RIHS01_f74db28d0eaef3afb78f48bf2161cd709a1383a0309d3454383b25be11345143'


class Bench:
    """A camera and a listener around one classifier."""

    def __init__(self):
        self.node = rclpy.create_node('bench', namespace=NAMESPACE)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.results, self.latencies = deque(), deque()
        self.images = self.node.create_publisher(Image, 'image_raw', qos_profile_sensor_data)
        self.listen(Classification, 'classification', lambda msg: self.results.append(msg))
        self.listen(DiagnosticArray, 'frame_latency', lambda msg: self.latencies.append(msg))
        self.stamp = 1000

    def listen(self, kind, topic, callback, qos=QoSProfile(depth=100)):
        """Subscribe to one of the classifier's topics."""
        return self.node.create_subscription(kind, f'classifier/{topic}', callback, qos)

    def wait(self, condition, timeout=10):
        """Spin until the condition holds; its last value."""
        deadline = time.monotonic() + timeout
        while not condition() and time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.05)
        return condition()

    def is_connected(self):
        """Both ends have found each other."""
        return (self.images.get_subscription_count() and self.node.count_publishers(
            'classifier/classification') and self.node.count_publishers(
            'classifier/frame_latency'))

    def send(self, pixels=None, encoding='bgr8', padding=0, now=False, **changes):
        """Publish one image and return it; ``changes`` overwrite its fields."""
        pixels = PHOTOGRAPH if pixels is None else pixels
        height, width = pixels.shape[:2]
        row = pixels[0].nbytes
        rows = np.full((height, row + padding), 99, np.uint8)
        rows[:, :row] = pixels.reshape(height, -1)
        self.stamp += 1
        header = Header(frame_id='front_optical')
        header.stamp.sec, header.stamp.nanosec = self.stamp, 5
        if now:
            header.stamp = self.node.get_clock().now().to_msg()
        msg = Image(header=header, height=height, width=width, encoding=encoding,
                    step=row + padding, data=array('B', rows.tobytes()))
        for name, value in changes.items():
            setattr(msg, name, value)
        self.images.publish(msg)
        return msg

    def ask(self, *arguments, **options):
        """Publish one image and wait for its own result and latency; best effort may lose it."""
        for _ in range(5):
            self.results.clear()
            self.latencies.clear()
            msg = self.send(*arguments, **options)
            if self.wait(lambda: self.answers(msg), 2):
                return msg, *self.answers(msg)
        raise AssertionError('no result')

    def answers(self, msg):
        """Find result and latency under the header of ``msg``, once both are there."""
        found = [next((answer for answer in answers if answer.header == msg.header), None)
                 for answers in (self.results, self.latencies)]
        return found if all(found) else None


@pytest.fixture(scope='module')
def bench():
    prepare_middleware()
    rclpy.init()
    yield Bench()
    rclpy.shutdown()


@pytest.fixture(scope='module')
def node(bench):
    with running('node.classifier_node', '-r', f'__ns:={NAMESPACE}',
                 '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        assert bench.wait(bench.is_connected)
        yield process


def values_of(latency):
    return {item.key: float(item.value) for item in latency.status[0].values}


def offline(pixels, encoding):
    """Classify the same pixels with the core alone."""
    height, width = pixels.shape[:2]
    frame = Frame(pixels.tobytes(), height, width, encoding, pixels[0].nbytes)
    return Classifier(Engine(MODEL), MODEL.geometry).classify(frame)[0].hypotheses


def test_a_result_carries_the_header_of_its_image(bench, node):
    """Stamp and frame id are the image's own, never the time of publishing."""
    msg, result, latency = bench.ask()
    assert result.header == msg.header == latency.header
    assert result.header.frame_id == 'front_optical'


@pytest.mark.parametrize('padding', [0, 12])
@pytest.mark.parametrize('encoding', ['bgr8', 'rgb8', 'mono8'])
def test_every_encoding_gives_the_result_of_the_offline_core(bench, node, encoding, padding):
    """The wall of middleware changes nothing: same hypotheses, bit for bit, padded or not."""
    pixels = PHOTOGRAPH[:, :, :1] if encoding == 'mono8' else PHOTOGRAPH
    _, result, _ = bench.ask(np.ascontiguousarray(pixels), encoding, padding)
    expected = offline(np.ascontiguousarray(pixels), encoding)
    assert [(int(found.class_id), found.score) for found in result.results] == [
        (hypothesis.index, hypothesis.score) for hypothesis in expected]
    assert len(expected) == 5


def test_the_stages_add_up_to_the_age_of_the_message(bench, node):
    """Every stage is there, none is negative, and their sum is the total."""
    _, _, latency = bench.ask(now=True)
    values = values_of(latency)
    stages = [values[f'{stage}_ms'] for stage in STAGES]
    assert min(stages) >= 0 and values['inference_ms'] > 0.1
    assert values['total_ms'] == pytest.approx(sum(stages), abs=0.01)
    assert 0 < values['total_ms'] < 1000


def test_an_image_without_stamp_is_classified_and_has_no_age(bench, node):
    """A zero stamp is no excuse to invent an age."""
    msg = Header(frame_id='front_optical')
    _, result, latency = bench.ask(header=msg)
    assert result.results and math.isnan(values_of(latency)['total_ms'])


def test_labels_and_vision_info_are_there_for_late_subscribers(bench, node):
    """Latched: the class names by id, and where the labels are kept."""
    infos = {}
    bench.listen(LabelInfo, 'label_info', lambda msg: infos.update(label=msg), LATCHED_QOS)
    bench.listen(VisionInfo, 'vision_info', lambda msg: infos.update(vision=msg), LATCHED_QOS)
    assert bench.wait(lambda: len(infos) == 2)
    assert [(entry.class_id, entry.class_name) for entry in infos['label'].class_map] == list(
        enumerate(MODEL.labels))
    assert infos['vision'].database_location == f'{NAMESPACE}/classifier/labels'
    assert 'surfaces' in infos['vision'].method and infos['vision'].database_version == 1


def test_the_message_type_is_the_one_every_other_node_knows(bench, node):
    """The interfaces compiled here have the type hash of vision_msgs 4."""
    found, = bench.node.get_publishers_info_by_topic(f'{NAMESPACE}/classifier/classification')
    assert str(found.topic_type_hash) == TYPE_HASH


@pytest.mark.parametrize('options, word', [
    ({'encoding': '32FC1'}, "encoding '32FC1' is not supported"),
    ({'encoding': ''}, "encoding '' is not supported"),
    ({'height': 0}, 'image of 320x0 pixels'),
    ({'width': 0}, 'image of 0x240 pixels'),
    ({'data': array('B', bytes(1000))}, 'truncated image: 1000 bytes'),
    ({'data': array('B')}, 'truncated image: 0 bytes'),
    ({'step': 7}, 'step of 7 bytes is too short'),
    ({'height': 4_000_000_000}, '4000000000 rows'),
    ({'width': 4_000_000_000, 'step': 4_000_000_000},
     'step of 4000000000 bytes is too short'),
])
def test_a_bad_image_is_named_counted_and_forgotten(bench, node, options, word):
    """One clear line in the log, one more failure, and the next image is classified."""
    failed = values_of(bench.ask()[2])['failed']
    bench.send(**options)
    assert bench.wait(lambda: node.find(word))
    assert 'Traceback' not in '\n'.join(node.lines)
    assert values_of(bench.ask()[2])['failed'] == failed + 1


def test_a_repeated_fault_is_logged_once_in_a_while(bench, node):
    """A camera that sends rubbish at 30 Hz does not flood the log."""
    for _ in range(20):
        bench.send(encoding='rubbish')
        time.sleep(0.02)
    bench.ask()
    assert sum("'rubbish'" in line for line in node.lines) == 1


def test_nothing_is_lost_without_a_count(bench, node):
    """Under a burst, received is classified plus replaced plus failed."""
    for _ in range(60):
        bench.send()
        time.sleep(0.001)
    time.sleep(0.3)
    values = values_of(bench.ask()[2])
    assert values['received'] == values['classified'] + values['replaced'] + values['failed']


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_midst_of_images_is_answered_in_silence(bench, number):
    """Images at 60 Hz are on every stage of their way when the end comes."""
    space = f'{NAMESPACE}_busy_{number}'
    results = []
    bench.node.create_subscription(Classification, f'{space}/classifier/classification',
                                   lambda msg: results.append(msg), 10)
    with running('demo.nodes.camera', '-r', f'__ns:={space}', '-p', 'rate_hz:=60.0') as camera, \
            running('node.classifier_node', '-r', f'__ns:={space}') as process:
        assert bench.wait(lambda: len(results) > 20, 20)
        code, output = process.end(number)
        assert camera.end(number)[0] == 0
    assert code == 0 and 'Traceback' not in output
    assert not process.find('WARN') and not process.find('ERROR')


@pytest.mark.parametrize('moment', [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_a_signal_while_the_node_starts_ends_it_just_as_cleanly(moment):
    """Imports, model, subscriptions: whatever it is at."""
    with running('node.classifier_node', '-r', f'__ns:={NAMESPACE}_early') as process:
        process.wait_until_it_answers(signal.SIGTERM)
        time.sleep(moment)
        start = time.monotonic()
        code, output = process.end(signal.SIGTERM, signal.SIGINT)
    assert code == 0 and 'Traceback' not in output
    assert time.monotonic() - start < 2


@pytest.mark.parametrize('signals', [
    (signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)], ids=str)
def test_a_signal_ends_the_node_with_code_0_and_no_traceback(signals):
    """As ros2 launch, a terminal and systemd do it."""
    with running('node.classifier_node', '-r', f'__ns:={NAMESPACE}_signal') as process:
        process.wait_for('ready')
        start = time.monotonic()
        code, output = process.end(*signals)
    assert code == 0 and 'Traceback' not in output
    assert time.monotonic() - start < 2


@pytest.mark.parametrize('arguments, word', [
    (('-p', 'model:=nowhere'), "model 'nowhere': neither a folder nor one of the shipped models"),
    (('--params-file', '/nowhere.yaml'), 'ROS arguments: '),
    (('--log-level', 'loud'), "Couldn't parse log level"),
    (('-p', 'top_k:=0'), 'parameter top_k'),
    (('-p', 'top_k:=many'), 'parameter top_k'),
    (('-p', 'threshold:=1.5'), 'parameter threshold'),
    (('-p', 'precision:=int4'), "parameter precision: 'int4', expected one of auto, int8, fp32"),
    (('-p', 'execution_providers:=[NoSuchProvider]'), "'NoSuchProvider' is not in this"),
])
def test_bad_configuration_ends_the_node_with_one_clear_line(arguments, word):
    """Exit code 1, the reason, no traceback."""
    with running('node.classifier_node', *arguments) as process:
        line = process.wait_for('error: ')
        assert process.process.wait(10) == 1
        # rcl itself says something first where it does not understand its arguments.
        assert word in line and sum('[rcl]' not in line for line in process.lines) == 1


def test_parameters_decide_about_the_hypotheses(bench):
    """top_k and threshold do what they say."""
    space = f'{NAMESPACE}_strict'
    with running('node.classifier_node', '-r', f'__ns:={space}', '-r',
                 f'image_raw:={NAMESPACE}/image_raw', '-p', 'top_k:=2') as process:
        results = []
        bench.node.create_subscription(
            Classification, f'{space}/classifier/classification',
            lambda msg: results.append(msg), 10)
        process.wait_for('ready')
        assert bench.wait(lambda: bench.send() and time.sleep(0.1) is None and results)
        assert len(results[0].results) == 2
