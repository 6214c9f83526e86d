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

"""A node that averages over time and a replay of what it got: the same results, bit for bit."""

from node.processes import started
from node.recorded_frames import message_of, record
from node.workbench import FOLDER
import pytest
from rclpy.time import Time
from recordings.bags import RAW, SECOND_NS, START_NS, views
from replay.replays import mcap_messages, replay
from shufflenet_ros.core.parts import Grid, View
from shufflenet_ros.core.smoothing import Smoothing
from vision_msgs.msg import Classification, Detection2DArray

AT_S = (0.0, 0.2, 0.4, 0.4, 0.7, 0.5, 0.9, 4.0, 4.1, 3.0, 3.1, 3.2, 3.3, -9000.0, -8999.9)
"""A stamp that repeats, one that was overtaken, a gap, a clock that is set back, twice."""
DROPPED = (5, 9, 10)
"""Images that the node drops: older than the result before them."""
TOPICS = ('classification', 'classification_raw', 'regions', 'regions_raw')
LATE_S = 0.3


@pytest.fixture
def bench(make_bench):
    """Give a bench that keeps all results by topic."""
    bench = make_bench()
    bench.kept = {topic: [] for topic in TOPICS}
    for topic, kept in bench.kept.items():
        kind = Classification if topic.startswith('class') else Detection2DArray
        bench.subscribe(kind, topic, kept.append)
    return bench


def answers_of(messages):
    """Give stamp (ns) and what was found of each message, of ROS or of an mcap."""
    return [(one.header.stamp.sec * SECOND_NS + one.header.stamp.nanosec,
             [(found.class_id, found.score) for found in one.results]
             if hasattr(one, 'results') else
             [(part.id, part.bbox.center.position.x, part.bbox.size_y,
               [(found.hypothesis.class_id, found.hypothesis.score) for found in part.results])
              for part in one.detections]) for one in messages]


def test_a_replay_of_the_same_stamps_is_what_the_node_published(bench, tmp_path):
    """Averages of the whole and of cells, and the raw results; the node drops three images."""
    stamps_ns = [START_NS + round(at_s * SECOND_NS) for at_s in AT_S]
    images = views(len(AT_S), 1.5)
    with started(bench, '-p', f'model:={FOLDER}', '-p', 'precision:=int8', '-p', 'grid:=2x2',
                 '-p', 'smoothing_s:=0.5') as process:
        process.wait_for('ready')
        bench.settle()
        for number, (pixels, stamp_ns) in enumerate(zip(images, stamps_ns)):
            stamp = Time(nanoseconds=stamp_ns).to_msg()
            expected = number + 1 - sum(one <= number for one in DROPPED)
            bench.send(pixels=pixels, stamp=stamp)
            if number in DROPPED:
                bench.spin(LATE_S)
            assert bench.wait(lambda: {len(kept) for kept in bench.kept.values()} == {expected})
    record(tmp_path / 'drive', {'/image_raw': RAW}, [
        ('/image_raw', START_NS + number * SECOND_NS, message_of(image, stamp_ns, RAW))
        for number, (image, stamp_ns) in enumerate(zip(images, stamps_ns))])
    replay([tmp_path / 'drive'], tmp_path / 'out', formats=('mcap',), view=View(grid=Grid(2, 2)),
           smoothing=Smoothing(0.5))
    _, messages = mcap_messages(tmp_path / 'out' / 'results' / 'drive.mcap')
    for topic, kept in bench.kept.items():
        offline = answers_of([msg for name, *_, msg in messages
                              if name == f'/classifier/image_raw/{topic}'])
        assert len(offline) == len(AT_S)
        assert answers_of(kept) == [one for number, one in enumerate(offline)
                                    if number not in DROPPED]
    assert answers_of(bench.kept['regions'])[1] != answers_of(bench.kept['regions_raw'])[1]
