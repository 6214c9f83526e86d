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

"""The node in its own process, over the real middleware: images in, classifications out."""

from array import array
import math
import signal
import time

from node.processes import running, STALL_S, started
from node.workbench import hypotheses_of, IMAGE, MODEL, offline, published, unaccounted
import numpy as np
import pytest
from shufflenet_ros.core.frame import STAGES
from shufflenet_ros.node.qos import LATCHED_QOS
from vision_msgs.msg import LabelInfo, VisionInfo

# Announced by apt's vision_msgs 4; another hash would keep us from talking to any other node.
TYPE_HASH = 'RIHS01_f74db28d0eaef3afb78f48bf2161cd709a1383a0309d3454383b25be11345143'


@pytest.fixture
def node(shared):
    """Give the classifier that the tests of this module share."""
    return shared


def padded(pixels, encoding, padding):
    """Give the fields of a message whose rows are padded."""
    height = len(pixels)
    rows = np.full((height, pixels[0].nbytes + padding), 99, np.uint8)
    rows[:, :pixels[0].nbytes] = pixels.reshape(height, -1)
    return {'encoding': encoding, 'step': rows.shape[1], 'data': array('B', rows.tobytes())}


def test_a_result_carries_the_header_of_its_image(bench, node):
    """Stamp and frame id are the image's own, never the time of publishing."""
    bench.stamp += 1
    result, _ = bench.ask(stamp=bench.stamp + 5e-9)
    header = bench.latencies[''][-1].header
    assert result.header == header
    assert (header.stamp.sec, header.stamp.nanosec) == (bench.stamp, 5)
    assert header.frame_id == 'optical'


@pytest.mark.parametrize('padding', [0, 12])
@pytest.mark.parametrize('encoding', ['bgr8', 'rgb8', 'mono8'])
def test_every_encoding_gives_the_result_of_the_offline_core(bench, node, encoding, padding):
    """The middleware changes nothing: same hypotheses, bit for bit, padded or not."""
    pixels = np.ascontiguousarray(IMAGE[:, :, :1] if encoding == 'mono8' else IMAGE)
    result, _ = bench.ask(pixels=pixels, **padded(pixels, encoding, padding))
    expected = offline(pixels, encoding=encoding)
    assert hypotheses_of(result) == expected and len(expected) == 5


def test_the_stages_add_up_to_the_age_of_the_message(bench, node):
    """Every stage is there, none is negative, and their sum is the total."""
    _, values = bench.ask(stamp=bench.node.get_clock().now().to_msg())
    stages = [values[f'{stage}_ms'] for stage in STAGES]
    assert min(stages) >= 0 and values['inference_ms'] > 0.1
    assert values['total_ms'] == pytest.approx(sum(stages), abs=0.01)
    assert 0 < values['total_ms'] < 1000


def test_an_image_without_stamp_is_classified_and_has_no_age(bench, node):
    """Without a stamp no age is invented."""
    result, values = bench.ask(stamp=0)
    assert result.results and math.isnan(values['total_ms'])


def test_labels_and_vision_info_are_there_for_late_subscribers(bench, node):
    """Latched: the class names by id, and where the labels are kept."""
    infos = {}
    bench.subscribe(LabelInfo, 'label_info', lambda msg: infos.update(label=msg), LATCHED_QOS)
    bench.subscribe(VisionInfo, 'vision_info', lambda msg: infos.update(vision=msg), LATCHED_QOS)
    assert bench.wait(lambda: len(infos) == 2)
    assert [(entry.class_id, entry.class_name) for entry in infos['label'].class_map] == list(
        enumerate(MODEL.labels))
    assert infos['vision'].database_location == f'{bench.namespace}/classifier/labels'
    assert 'surfaces' in infos['vision'].method and infos['vision'].database_version == 1


def test_the_message_type_is_the_one_every_other_node_knows(bench, node):
    """The interfaces compiled here have the type hash of vision_msgs 4."""
    found, = bench.node.get_publishers_info_by_topic(
        f'{bench.namespace}/classifier/classification')
    if not hasattr(found, 'topic_type_hash'):
        pytest.skip('the rclpy of Humble does not show type hashes')
    assert str(found.topic_type_hash) == TYPE_HASH


@pytest.mark.parametrize('fields, word', [
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
def test_a_bad_image_is_named_and_counted_and_the_next_one_classified(bench, node, fields, word):
    """One clear line in the log, one more failure, and all goes on."""
    failed = bench.ask()[1]['failed']
    bench.send(**fields)
    assert bench.wait(lambda: node.find(word))
    assert 'Traceback' not in '\n'.join(node.lines)
    assert bench.ask()[1]['failed'] == failed + 1


def test_a_repeated_fault_is_logged_once_in_a_while(bench, node):
    """A camera that sends rubbish at 30 Hz does not flood the log."""
    for _ in range(20):
        bench.send(encoding='rubbish')
        time.sleep(0.02)
    bench.ask()
    assert sum("'rubbish'" in line for line in node.lines) == 1


def test_nothing_is_lost_without_a_count(bench, node):
    """Under a burst: what was published was received or missed, and that is all explained."""
    before = bench.ask()[1]
    for _ in range(60):
        bench.send()
        time.sleep(0.001)
    bench.spin(0.3)
    stamp = bench.stamp
    values = bench.ask()[1]
    assert published(values) - published(before) == 60 + bench.stamp - stamp
    assert unaccounted(values) == 0 and values['classified'] > before['classified']


@pytest.mark.slow
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_midst_of_images_ends_the_node_without_a_warning(bench, number):
    """Images at 60 Hz are in every stage when the signal comes."""
    with running('demo.nodes.camera', '-r', f'__ns:={bench.namespace}', '-p',
                 'rate_hz:=60.0') as camera, started(bench) as process:
        assert bench.wait(lambda: len(bench.results['']) > 20)
        code, output = process.end(number)
        assert camera.end(number)[0] == 0
    assert code == 0 and 'Traceback' not in output
    assert process.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize('moment', [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_a_signal_while_the_node_starts_ends_it_just_as_cleanly(namespace, moment):
    """During imports, model and subscriptions."""
    ends = []
    # The alarm ends a process whose libraries are read for seconds, as on a machine that stalls.
    while len(ends) < 3 and (not ends or ends[-1] != (0, True)):
        with running('node.classifier_node', '-r', f'__ns:={namespace}') as process:
            process.wait_until_it_answers(signal.SIGTERM)
            time.sleep(moment)
            start = time.monotonic()
            code, output = process.end(signal.SIGTERM, signal.SIGINT)
        ends.append((code, time.monotonic() - start < 2))
        assert 'Traceback' not in output and code in (0, -signal.SIGALRM)
    assert ends[-1] == (0, True), ends


@pytest.mark.parametrize('signals', [
    (signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)], ids=str)
def test_a_signal_ends_the_node_with_code_0_and_no_traceback(namespace, signals):
    """As ros2 launch, a terminal and systemd do it."""
    with running('node.classifier_node', '-r', f'__ns:={namespace}') as process:
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
    (('-p', 'precision:=int4'), "parameter precision: 'int4', expected one of auto, int8, "
     'int8_native, int8_graph, fp32'),
    (('-p', 'execution_providers:=[NoSuchProvider]'), "'NoSuchProvider' is not in this"),
])
def test_bad_configuration_ends_the_node_with_one_clear_line(arguments, word):
    """Exit code 1, the reason, no traceback."""
    with running('node.classifier_node', *arguments) as process:
        line = process.wait_for('error: ')
        assert process.process.wait(STALL_S) == 1
        # rcl itself prints something first where it does not understand its arguments.
        assert word in line and sum('[rcl]' not in line for line in process.lines) == 1


def test_parameters_decide_about_the_hypotheses(bench):
    """From the command line, before the first image."""
    with started(bench, '-p', 'top_k:=2') as process:
        process.wait_for('ready')
        bench.settle()
        assert len(bench.ask()[0].results) == 2
