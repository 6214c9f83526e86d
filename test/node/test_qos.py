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

"""Quality of service: what is offered, what users may override, what is said where it fails."""

import time

from node.processes import running, STALL_S, started
from node.workbench import hypotheses_of, offline
import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from vision_msgs.msg import Classification

pytestmark = pytest.mark.slow

INT8 = ('-p', 'precision:=int8')


def profiles(bench, topic, kind='publishers'):
    """Profiles at the classifier's end of a topic, once its name is known."""
    def found():
        infos = getattr(bench.node, f'get_{kind}_info_by_topic')(f'{bench.namespace}/{topic}')
        return [info.qos_profile for info in infos if info.node_name == 'classifier']
    return bench.wait(found)


def test_input_is_sensor_data_and_results_are_reliable(bench):
    """REP 2003; label and vision info are kept for late subscribers."""
    with started(bench, *INT8) as process:
        line = process.wait_for('ready')
        assert f'{bench.namespace}/image_raw (raw, best effort, volatile, keep last 1)' in line
        bench.settle()
        image, = profiles(bench, 'image_raw', 'subscriptions')
        assert image.reliability == ReliabilityPolicy.BEST_EFFORT
        assert image.durability == DurabilityPolicy.VOLATILE
        for topic in ('classification', 'frame_latency', 'label_info', 'vision_info'):
            profile, = profiles(bench, f'classifier/{topic}')
            assert profile.reliability == ReliabilityPolicy.RELIABLE
            assert (profile.durability == DurabilityPolicy.TRANSIENT_LOCAL) == ('info' in topic)
        assert bench.get(f'qos_overrides.{bench.namespace}/image_raw.subscription.depth') == 1


def test_overrides_are_obeyed_on_both_sides_and_a_mismatch_is_said_once(bench):
    """A subscription that asks for more than the camera offers: one warning, with the cure."""
    topic = f'{bench.namespace}/image_raw'
    result = f'{bench.namespace}/classifier/classification'
    with started(bench, *INT8, '-p', f'qos_overrides.{topic}.subscription.reliability:=reliable',
                 '-p', f'qos_overrides.{result}.publisher.depth:=3', '-p',
                 f'qos_overrides.{result}.publisher.durability:=transient_local') as process:
        line = process.wait_for('offers a QoS that this subscription cannot take')
        assert f'qos_overrides.{topic}.subscription.reliability' in line
        process.wait_for('ready')
        asked, = profiles(bench, 'image_raw', 'subscriptions')
        assert asked.reliability == ReliabilityPolicy.RELIABLE
        offered, = profiles(bench, 'classifier/classification')
        assert offered.durability == DurabilityPolicy.TRANSIENT_LOCAL
        camera = bench.node.create_publisher(Image, 'image_raw', QoSProfile(depth=1))
        assert bench.wait(camera.get_subscription_count)
        bench.images[''] = camera
        assert hypotheses_of(bench.ask()[0]) == offline()
        assert sum('cannot take' in line for line in process.lines) == 1


def test_a_subscriber_that_asks_for_too_much_is_named(bench):
    """It gets no results, and the node says why."""
    with started(bench, *INT8) as process:
        process.wait_for('ready')
        bench.settle()
        subscription = bench.node.create_subscription(
            Classification, 'classifier/classification', lambda msg: None,
            QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
        line = process.wait_for('a subscriber of its results asks for a QoS')
        assert 'DURABILITY' in line and 'qos_overrides' in line
        bench.node.destroy_subscription(subscription)


def test_a_publisher_without_images_is_named_once_with_the_cure(bench):
    """The trap of the small shared-memory segment looks like this; see troubleshooting."""
    with started(bench, *INT8, '-p', 'diagnostics.silence_s:=0') as process:
        process.wait_for('ready')
        bench.settle()
        line = process.wait_for('but no image arrived', 15)
        assert 'its images are lost: ' in line and f'{bench.namespace}/image_raw' in line
        assert hypotheses_of(bench.ask()[0]) == offline()
        time.sleep(2)
        assert sum('but no image arrived' in line for line in process.lines) == 1


@pytest.mark.parametrize('override, word', [
    ('subscription.reliability:=perhaps', 'perhaps'), ('subscription.depth:=many', 'depth'),
    ('subscription.history:=1', 'history')])
def test_an_override_that_cannot_be_ends_the_node_with_one_line(override, word):
    """Exit code 1, and what is expected."""
    with running('node.classifier_node', *INT8, '-r', '__ns:=/qos', '-p',
                 f'qos_overrides./qos/image_raw.{override}') as process:
        line = process.wait_for('error: ')
        assert process.process.wait(STALL_S) == 1
        assert word in line and 'expected history keep_last' in line
        assert not process.find('Traceback')
