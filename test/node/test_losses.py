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

"""Images that the middleware loses between a camera's process and the node: counted and cured."""

from diagnostic_msgs.msg import DiagnosticArray
from node.driver import driving
from node.processes import started
from node.workbench import values_of


def test_lost_images_are_counted_to_the_frame_and_their_cause_is_named(make_bench):
    """A camera without profile at 30 Hz: the node says how many, why, and what to set."""
    bench, counts = make_bench(cameras=()), {}

    def count(msg):
        counts[msg.header.stamp.sec] = values_of(msg)

    bench.subscribe(DiagnosticArray, 'frame_latency', count)
    with started(bench, '-p', 'precision:=int8') as node:
        node.wait_for('ready')
        with driving(f'{bench.namespace}/image_raw', rate_hz=30) as camera:
            assert bench.wait(lambda: any(values['lost'] > 9 for values in counts.values()), 20)
            line = node.wait_for(f'process {camera.pid} ', timeout=10)
    assert 'WARN' in line and 'DEFAULT_PROFILES_FILE=' in line
    offsets = {number - values['received'] - values['missed']
               for number, values in counts.items()}
    assert len(offsets) == 1, counts
    assert all(values['received'] + values['lost'] + values['replaced'] == number - min(offsets)
               for number, values in counts.items())
