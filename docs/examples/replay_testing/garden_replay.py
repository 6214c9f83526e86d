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

"""
The classifier under replay_testing (https://github.com/polymathrobotics/replay_testing).

    ros2 run replay_testing replay_test garden_replay.py

It plays the recording live, with ``ros2 bag play``, while our launch file runs; what all nodes
published is recorded, and the tests look at that recording. A node needs seconds to start, in
which images pass by: so play slowly, find images by ``header.stamp``, and count on most of them.
"""

from collections import Counter
from pathlib import Path

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare
from replay_testing import (
    analyze,
    fixtures,
    LocalFixture,
    read_messages,
    ReplayRunParams,
    run,
    RunnerArgs,
)

from launch import LaunchDescription

BAG = Path(__file__).parents[1] / 'replay_test' / 'test' / 'bags' / 'garden.mcap'
IMAGES, START_S = 24, 1_700_000_000
"""Of the recording: how many, and the stamp of the first one."""
RESULTS, LABELS = '/classifier/classification', '/classifier/label_info'
SLOWLY = ReplayRunParams(name='slowly', runner_args=RunnerArgs(playback_rate=0.2))


@fixtures.parameterize([LocalFixture(path=BAG)])
class Drive:
    """The recording, and what must not be played from it."""

    required_input_topics = ['/camera/image_raw/compressed']
    expected_output_topics = [RESULTS, LABELS]


@run.default(params=SLOWLY)
class Classifier:
    """The node that is tested."""

    def generate_launch_description(self) -> LaunchDescription:
        """Start our launch file on the camera of the recording."""
        launch_file = PathJoinSubstitution([
            FindPackageShare('shufflenet_ros'), 'launch', 'classifier.launch.py'])
        return LaunchDescription([IncludeLaunchDescription(
            PythonLaunchDescriptionSource(launch_file),
            launch_arguments={'image': '/camera/image_raw', 'image_transport': 'compressed',
                              'model': 'surfaces', 'use_sim_time': 'true'}.items())])


@analyze
class Surfaces:
    """What the node said; subTest() is not for these classes, their report cannot name it."""

    def test_most_images_have_a_result(self):
        """Those of the first seconds may have passed before the node was ready."""
        self.assertGreaterEqual(len(self.answers()), IMAGES / 2)

    def test_grass_comes_first(self):
        """For two seconds."""
        self.assertEqual(self.class_between(0, 2), 'grass')

    def test_bricks_come_last(self):
        """The nearest class of the model."""
        self.assertEqual(self.class_between(4, 6), 'paving_stones')

    def class_between(self, from_s, to_s):
        """Give the class of most results for images of these seconds."""
        seen = Counter(label for at_s, label in self.answers() if from_s <= at_s < to_s)
        self.assertTrue(seen, f'no result between {from_s} and {to_s} s')
        return seen.most_common(1)[0][0]

    def answers(self):
        """Give second of the recording and class of each result; '' below the threshold."""
        # All tests have one reader, which may stand at the end.
        self.reader.seek(0)
        messages = list(read_messages(self.reader, topics=[RESULTS, LABELS]))
        names = {str(one.class_id): one.class_name for topic, message, _ in messages
                 if topic == LABELS for one in message.class_map}
        return [(message.header.stamp.sec - START_S + message.header.stamp.nanosec / 1e9,
                 names[message.results[0].class_id] if message.results else '')
                for topic, message, _ in messages if topic == RESULTS]
