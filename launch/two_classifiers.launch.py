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
Example: a launch file of a robot that starts two classifiers, each in a namespace of its own.

    ros2 launch shufflenet_ros two_classifiers.launch.py

/chassis/surfaces looks at the ground with two cameras, /gripper/waste at what the gripper holds.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

CLASSIFIER = PathJoinSubstitution(
    [FindPackageShare('shufflenet_ros'), 'launch', 'classifier.launch.py'])


def generate_launch_description() -> LaunchDescription:
    """Include the launch file of the classifier twice."""
    return LaunchDescription([
        DeclareLaunchArgument('use_sim_time', default_value='false',
                              description='Whether the clock of the nodes follows /clock.'),
        classifier(
            name='surfaces', namespace='/chassis', model='surfaces', cameras='left,right',
            image='/left_camera/image_raw,/right_camera/color/image_raw'),
        classifier(
            name='waste', namespace='/gripper', model='waste', image='/gripper/camera/image_raw',
            max_rate_hz='10', respawn='true'),
    ])


def classifier(**arguments: str) -> GroupAction:
    """Include it with these arguments; those of one include must not reach the next one."""
    given = arguments | {'use_sim_time': LaunchConfiguration('use_sim_time')}
    # launch sets the arguments of an include for all that follows, unless a group holds them.
    return GroupAction([IncludeLaunchDescription(
        PythonLaunchDescriptionSource(CLASSIFIER), launch_arguments=given.items())])
