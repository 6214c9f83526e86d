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

"""Images under another transport than the one asked for: what to set is said, not guessed."""

from diagnostic_msgs.msg import DiagnosticArray
from node.processes import started
import pytest
from sensor_msgs.msg import CompressedImage
from shufflenet_ros.node.health.topic_advice import similar_topics, transport_advice
from shufflenet_ros.node.qos import SENSOR_QOS

RAW, JPEG = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'


@pytest.mark.parametrize('topic, transport, published, words', [
    ('/cam/image', 'raw', {'/cam/image/compressed': JPEG},
     '/cam/image/compressed has sensor_msgs/msg/CompressedImage: set image_transport:=compressed'),
    ('/cam/image/compressed', 'raw', {'/cam/image/compressed': JPEG},
     'set image_transport:=compressed and remap front/image_raw:=/cam/image (image:=/cam/image'),
    ('/cam/image/compressed', 'raw', {'/cam/image': RAW}, 'remap front/image_raw:=/cam/image '),
    ('/cam/jpegs', 'raw', {'/cam/jpegs': JPEG},
     'set image_transport:=compressed and remap front/image_raw/compressed:=/cam/jpegs'),
    ('/cam/image/compressed', 'compressed', {'/cam/image': RAW},
     '/cam/image has sensor_msgs/msg/Image: set image_transport:=raw'),
    ('/cam/image/compressed/compressed', 'compressed', {'/cam/image/compressed': JPEG},
     '/cam/image/compressed has ' + JPEG + ': remap front/image_raw:=/cam/image '),
    ('/cam/image/compressed/compressed', 'compressed', {'/cam/image': RAW},
     'set image_transport:=raw and remap front/image_raw:=/cam/image '),
    ('/cam/jpegs/compressed', 'compressed', {'/cam/jpegs': JPEG},
     'remap front/image_raw/compressed:=/cam/jpegs'),
    ('/cam/image/compressed', 'compressed', {'/cam/image/compressed': RAW},
     'set image_transport:=raw and remap front/image_raw:=/cam/image/compressed'),
    ('/cam/image', 'raw', {'/cam/image': RAW}, ''),
    ('/cam/image', 'raw', {'/cam/image': RAW, '/cam/image/compressed': JPEG}, ''),
    ('/cam/image/compressed', 'compressed', {'/cam/image': RAW, '/cam/image/compressed': JPEG},
     ''),
    ('/cam/image', 'raw', {}, ''),
    ('/cam/image', 'raw', {'/cam/image': 'std_msgs/msg/String'}, ''),
])
def test_the_advice_leads_to_what_is_published(topic, transport, published, words):
    """Transport and name, as parameters and remappings want them."""
    text = transport_advice(topic, transport, 'front/image_raw',
                            lambda name: {published[name]} if name in published else set())
    assert words in text and bool(text) == bool(words)


@pytest.mark.parametrize('topic, transport, published, words', [
    ('/image_raw', 'raw', {'/camera/image_raw': RAW, '/depth/points': RAW},
     'images on /camera/image_raw (others: /depth/points): remap front/'),
    ('/image_raw', 'raw', {'/cam/image_raw': RAW, '/cam/image_raw/compressed': JPEG},
     'images on /cam/image_raw: remap front/image_raw:=/cam/image_raw '),
    ('/image_raw', 'raw', {'/cam/image_raw/compressed': JPEG},
     'set image_transport:=compressed and remap front/image_raw:=/cam/image_raw '),
    ('/image_raw/compressed', 'compressed', {'/cam/image_raw/compressed': JPEG},
     'images on /cam/image_raw/compressed: remap front/image_raw:=/cam/image_raw '),
    ('/a/image_raw', 'raw', {'/a/image_rect': RAW, '/b/image_raw': RAW}, 'images on /b/image_raw'),
    ('/image_raw', 'raw', {}, ''),
])
def test_topics_that_look_meant_are_named(topic, transport, published, words):
    """The most similar one first, with what to set."""
    text = similar_topics(topic, transport, 'front/image_raw', published)
    assert words in text and bool(text) == bool(words)


@pytest.mark.slow
@pytest.mark.parametrize('arguments, publish, words', [
    (('-r', 'image_raw:=image_raw/compressed'), 'compressed',
     ('set image_transport:=compressed', 'remap image_raw:=', 'publishes ' + JPEG)),
    ((), 'compressed', ('set image_transport:=compressed',)),
    (('-p', 'image_transport:=compressed'), 'raw', ('set image_transport:=raw',))])
def test_the_log_and_the_diagnostics_say_what_to_set(bench, arguments, publish, words):
    """Both, since nothing else would show why no result comes."""
    messages = []
    bench.node.create_subscription(
        DiagnosticArray, '/diagnostics', lambda msg: messages.append(msg.status[0]), 10)
    jpegs = None
    if publish == 'compressed':
        bench.node.destroy_publisher(bench.images.pop(''))
        jpegs = bench.node.create_publisher(
            CompressedImage, 'image_raw/compressed', SENSOR_QOS)

    def send():
        if jpegs:
            jpegs.publish(CompressedImage())
        else:
            bench.send()

    with started(bench, '-p', 'precision:=int8', *arguments) as process:
        process.wait_for('ready')
        bench.wait(lambda: send() or process.find('no image arrived, but'), 10)
        line = process.wait_for('no image arrived, but', 1)
        messages.clear()
        assert bench.wait(lambda: send() or messages, 5)
        assert messages[-1].level == messages[-1].ERROR
        for word in words:
            assert word in messages[-1].message
        assert words[0] in line
