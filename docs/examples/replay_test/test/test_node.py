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

"""The same through a real classifier node over ROS 2, image by image."""

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not sourced')


def test_node_gives_the_same(classify_recording):
    """What the node publishes is what the tests without it see."""
    node = classify_recording('bags/garden.mcap', through_node=True)
    assert node.rows == classify_recording('bags/garden.mcap').rows
