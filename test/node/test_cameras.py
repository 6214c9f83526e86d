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

"""Several cameras, raw and compressed, on one node: each served, none in the way of another."""

from array import array

import cv2
from node.processes import running, STALL_S, started
from node.workbench import hypotheses_of, IMAGE, offline, unaccounted, values_of
import numpy as np
import pytest
from sensor_msgs.msg import CompressedImage, Image
from shufflenet_ros.demo.image_sources import Flight

pytestmark = pytest.mark.slow

CAMERAS = ('front', 'rear', 'left', 'right')
FOUR = ('-p', 'cameras:=[front,rear,left,right]', '-p', 'precision:=int8')


def rates_of(bench, sent):
    """Share of the images sent that each camera has results of."""
    return {camera: len(results) / sent for camera, results in bench.results.items()}


def counters_of(bench):
    """Last values of each camera, for the message of a failure."""
    return {camera: {name: value for name, value in values_of(latencies[-1]).items()
                     if not name.endswith('_ms')} for camera, latencies in bench.latencies.items()}


@pytest.fixture
def four(make_bench):
    """Make a bench with four cameras."""
    return make_bench(CAMERAS)


def test_each_camera_has_topics_of_its_own(four):
    """Every result is found under the camera of its image, with its own counters."""
    flight = Flight(320, 240, 10.0)
    with started(four, *FOUR) as process:
        process.wait_for('ready')
        four.settle()
        for number, camera in enumerate(CAMERAS):
            image = flight.view(2.0 * number)[0]
            result, values = four.ask(camera, pixels=image)
            assert hypotheses_of(result) == offline(image)
            assert four.latencies[camera][-1].status[0].hardware_id == (
                f'{four.namespace}/{camera}/image_raw')
            assert values['classified'] == len(four.results[camera])


@pytest.mark.parametrize('workers', [1, 3])
def test_four_cameras_at_30_hz_are_all_served_fairly(four, workers):
    """Whatever the machine loses of the 120 images a second, it loses of all alike."""
    with started(four, *FOUR, '-p', f'workers:={workers}') as process:
        process.wait_for('ready')
        four.settle_all_cameras()
        for results in four.results.values():
            results.clear()
        sent = four.stream(3.0)
        rates = rates_of(four, sent)
        for camera in CAMERAS:
            stamps = [(msg.header.stamp.sec, msg.header.stamp.nanosec)
                      for msg in four.results[camera]]
            assert stamps == sorted(stamps)
            now = four.node.get_clock().now().to_msg()
            assert unaccounted(four.ask(camera, stamp=now)[1]) == 0
    assert max(rates.values()) - min(rates.values()) < 0.05 * max(rates.values()), (
        rates, counters_of(four))
    assert min(rates.values()) > 0.8


def test_a_dead_and_a_rubbish_camera_slow_no_other(four):
    """One never sends, one sends rubbish as fast as it can: the third is served as if alone."""
    broken = Image(height=4, width=4, encoding='rubbish', step=4, data=array('B', bytes(16)))
    rubbish = four.images['left']
    with started(four, *FOUR) as process:
        process.wait_for('ready')
        four.settle_all_cameras()
        four.images = {'front': four.images['front']}
        four.latencies['front'].clear()
        sent = four.stream(2.0, meanwhile=lambda passed: rubbish.publish(broken))
        ages_ms = [values_of(msg)['total_ms'] for msg in four.latencies['front']]
        assert len(ages_ms) > 0.9 * sent and np.median(ages_ms) < 50
        assert sum("'rubbish'" in line for line in process.lines) == 1


def compressed(suffix, pixels=IMAGE, name=''):
    """Make a compressed image without header."""
    data = cv2.imencode(suffix, pixels)[1]
    return CompressedImage(format=name or suffix[1:], data=array('B', data.tobytes()))


def test_transports_may_differ_from_camera_to_camera(make_bench):
    """One raw, one compressed; png is lossless, so both give the same result."""
    bench = make_bench(('front', 'rear'))
    camera = bench.node.create_publisher(CompressedImage, 'rear/image_raw/compressed', 1)
    with started(bench, '-p', 'cameras:=[front,rear]', '-p', 'image_transport:=[raw,compressed]',
                 '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        assert bench.wait(camera.get_subscription_count)
        bench.images.pop('rear')
        bench.settle()
        assert hypotheses_of(bench.ask('front')[0]) == offline()
        msg = compressed('.png', name='bgr8; png compressed bgr8')
        msg.header.stamp.sec, msg.header.frame_id = 7, 'rear_optical'
        result, values = bench.publish_until_answered(camera, msg, 'rear')
        assert hypotheses_of(result) == offline()
        assert values['decode_ms'] > 0.5, 'decoding belongs to the worker and its stage'


def test_compressed_images_follow_a_remapped_base_topic(bench):
    """As image_transport does it: image_raw:=/cam means /cam/compressed."""
    camera = bench.node.create_publisher(
        CompressedImage, f'{bench.namespace}/cam/compressed', 1)
    with started(bench, '-p', 'image_transport:=compressed', '-r',
                 f'image_raw:={bench.namespace}/cam', '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        assert bench.wait(camera.get_subscription_count)
        msg = compressed('.jpg')
        msg.header.stamp.sec = 7
        assert bench.publish_until_answered(camera, msg)[0].results
        for data, word in ((b'rubbish', 'corrupt image'), (b'', 'without data')):
            camera.publish(CompressedImage(format='jpeg', data=array('B', data)))
            process.wait_for(word)


@pytest.mark.parametrize('arguments, word', [
    (('cameras:=[front,front]',), "parameter cameras: 'front', expected each name once"),
    (('cameras:=[front,""]',), "parameter cameras: '', expected"),
    (('cameras:=[a/b]',), "parameter cameras: 'a/b', expected"),
    (('cameras:=[1,2]',), 'parameter cameras: '),
    (('cameras:=[front,rear]', 'image_transport:=[raw,raw,raw]'),
     "parameter image_transport: ['raw', 'raw', 'raw'], expected one for all cameras, or 2"),
    (('image_transport:=theora',), "parameter image_transport: 'theora', expected one of raw"),
    (('workers:=0',), 'parameter workers'),
])
def test_cameras_that_cannot_be_end_the_node_with_one_line(arguments, word):
    """Exit code 1, the value, what was expected."""
    words = [word for argument in arguments for word in ('-p', argument)]
    with running('node.classifier_node', *words) as process:
        line = process.wait_for('error: ')
        assert process.process.wait(STALL_S) == 1
        assert word in line and len(process.lines) == 1


def test_one_name_may_be_a_plain_string(make_bench):
    """-p cameras:=front is what people type."""
    bench = make_bench(('front',))
    with started(bench, '-p', 'cameras:=front', '-p', 'precision:=int8') as process:
        process.wait_for('ready')
        bench.settle()
        assert hypotheses_of(bench.ask('front')[0]) == offline()
