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

r"""
Open rqt on a running classifier: its view, plots of its latency, diagnostics, parameters.

    ros2 launch shufflenet_ros monitor.launch.py
    ros2 launch shufflenet_ros monitor.launch.py namespace:=robot1 cameras:=front,rear

It waits for the topics of the node, since rqt_plot leaves out those that come later. Where
rqt_robot_monitor and diagnostic_aggregator are installed, the diagnostics are shown as a tree too.
"""

from pathlib import Path

from ament_index_python.packages import get_packages_with_prefixes
from launch.actions import ExecuteProcess, OpaqueFunction
from launch.logging import get_logger
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.node.camera_topics import check_camera_names
from shufflenet_ros.node.launch_arguments import (
    check_node_names,
    full_name,
    LaunchArguments,
    parsed,
    words_of,
)
from shufflenet_ros.node.public_names import status_name

from launch import LaunchDescription, LaunchDescriptionEntity

PACKAGE = 'shufflenet_ros'
ARGUMENTS = LaunchArguments(__file__, {
    'name': ('classifier', 'Name of the node.'),
    'namespace': ('', 'Namespace of the node.'),
    'cameras': ('', 'Names of its cameras, such as front,rear; empty: those that it has when rqt '
                    'is opened.'),
    'timeout': ('15.0', 'Seconds to wait for the topics of the node; rqt is then opened all the '
                        'same.'),
    'perspective_file': ('', 'File for the perspective of rqt; empty: one in the cache folder of '
                             'the user.'),
    'use_sim_time': ('false', 'Whether the clock of rqt follows /clock (bags, simulators).'),
})
TREE = ('rqt_robot_monitor', 'diagnostic_aggregator')
"""Packages that show the diagnostics as a tree, together."""
CURE = 'sudo apt install ros-$ROS_DISTRO-rqt-robot-monitor ros-$ROS_DISTRO-diagnostic-aggregator'


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the process that becomes rqt, and the aggregator."""
    return LaunchDescription([*ARGUMENTS.declared(), OpaqueFunction(function=monitor)])


def monitor(context) -> list[LaunchDescriptionEntity]:
    """Make both from the arguments; RuntimeError for one that is unknown or cannot be."""
    try:
        value = ARGUMENTS.values(context)
        check_node_names(value)
        node, options = full_name(value, context), rqt_options(value)
    except ConfigurationError as error:
        raise RuntimeError(f'launch argument {error}') from error
    # rqt_robot_monitor would show that of another aggregator, which need not know this node.
    tree = f'{node}/diagnostics_agg'
    has_tree = set(TREE) <= set(get_packages_with_prefixes())
    if not has_tree:
        get_logger(Path(__file__).name).info(f'no tree of diagnostics; it needs: {CURE}')
    return [
        *([aggregator(node, tree, parsed('use_sim_time', value['use_sim_time'], bool))]
          if has_tree else []),
        ExecuteProcess(
            cmd=[ExecutableInPackage(PACKAGE, PACKAGE), 'rqt', '--node', node, *options,
                 *(['--aggregated', tree] if has_tree else [])],
            # rqt closes its plugins one after the other.
            name='rqt', output='screen', sigterm_timeout='15')]


def rqt_options(value: dict[str, str]) -> list[str]:
    """Give the options of the command; ConfigurationError for a value that cannot be."""
    cameras = words_of(value['cameras'])
    check_camera_names(cameras or [''])
    timeout_s = parsed('timeout', value['timeout'], float)
    if not 0 <= timeout_s < float('inf'):
        raise ConfigurationError(f'timeout: {value["timeout"]!r}, expected seconds, 0 or more')
    use_sim_time = parsed('use_sim_time', value['use_sim_time'], bool)
    return [*(['--cameras', ','.join(cameras)] if cameras else []),
            '--timeout', str(timeout_s),
            *(['--perspective', value['perspective_file']] if value['perspective_file'] else []),
            *(['--use-sim-time'] if use_sim_time else [])]


def aggregator(node: str, tree: str, use_sim_time: bool) -> Node:
    """Make the aggregator that sorts the statuses of this node alone, on a topic of its own."""
    file = PathJoinSubstitution([FindPackageShare(PACKAGE), 'config', 'diagnostics.yaml'])
    prefix = status_name(node, '')
    return Node(
        package='diagnostic_aggregator', executable='aggregator_node',
        name='diagnostic_aggregator', namespace=node, output='screen',
        parameters=[file, {'classifier.find_and_remove_prefix': [prefix],
                           'classifier.contains': [prefix], 'use_sim_time': use_sim_time}],
        remappings=[('/diagnostics_agg', tree),
                    ('/diagnostics_toplevel_state', f'{node}/diagnostics_toplevel_state')])
