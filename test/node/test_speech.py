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

"""What a node says while cameras are missing, come, fall silent and return."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node.processes import started
import pytest
import rclpy
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

pytestmark = pytest.mark.slow


def test_a_node_says_what_is_wrong_and_when_it_is_well_again(bench):
    """A topic that nobody publishes, a namesake, the first image, silence, and the return."""
    bench.node.destroy_publisher(bench.images.pop(''))
    elsewhere = bench.node.create_publisher(Image, 'cam/image_raw', qos_profile_sensor_data)
    namesake = rclpy.create_node('classifier', namespace=bench.namespace)
    statuses = {}
    bench.node.create_subscription(
        DiagnosticArray, f'{bench.namespace}/diagnostics',
        lambda msg: statuses.update({status.name.rpartition(': ')[2]: status
                                     for status in msg.status}), 10)
    with started(bench, '-p', 'precision:=int8', '-p', 'diagnostics.silence_s:=0.5', '-r',
                 f'/diagnostics:={bench.namespace}/diagnostics') as process:
        process.wait_for('nobody publishes this topic')
        line = process.wait_for(f'another node is called {bench.namespace}/classifier too')
        assert '__node:=' in line
        assert bench.wait(lambda: statuses and 'is called' in statuses['lifecycle'].message)
        assert statuses['lifecycle'].level == DiagnosticStatus.WARN
        # The node may learn of the other topic after its first words.
        advice = f'there are images on {bench.namespace}/cam/image_raw: remap image_raw:='
        assert bench.wait(lambda: advice in statuses['image_raw'].message)
        process.wait_for(advice)
        assert statuses['image_raw'].level == DiagnosticStatus.STALE
        namesake.destroy_node()
        bench.node.destroy_publisher(elsewhere)

        bench.images[''] = bench.node.create_publisher(
            Image, 'image_raw', qos_profile_sensor_data)
        assert bench.wait(lambda: bench.stream(0.2) and process.find('arrive at'), 10)
        assert f'{bench.namespace}/image_raw: images of 320x240 bgr8 arrive at' in (
            process.find('arrive at'))
        line = process.wait_for('no image for')
        assert 'though 1 publisher(s) are there' in line and 'camera driver' in line
        assert bench.wait(lambda: bench.stream(0.2) and process.find('arrive again, after'), 10)
        assert bench.wait(lambda: statuses['lifecycle'].message == 'active', 10)
        for words in (advice, 'another node is called', 'arrive at'):
            assert sum(words in line for line in process.lines) == 1, process.lines
