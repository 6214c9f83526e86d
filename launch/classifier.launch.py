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
Start the classifier on one camera or several.

    ros2 launch shufflenet_ros classifier.launch.py image:=/camera/image_raw model:=surfaces
    ros2 launch shufflenet_ros classifier.launch.py cameras:=front,rear image_transport:=compressed
"""

from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.node.camera_topics import (
    check_camera_names,
    image_topic,
    transport_of_each,
    TRANSPORTS,
)

from launch import LaunchDescription

PACKAGE = 'shufflenet_ros'
ARGUMENTS = {
    'model': ('', 'Shipped model or path of a model folder; empty: what params_file says.'),
    'params_file': (PathJoinSubstitution([FindPackageShare(PACKAGE), 'config', 'classifier.yaml']),
                    'YAML file with the parameters of the node.'),
    'namespace': ('', 'Namespace of the node.'),
    'image': ('image_raw', 'Topic of the camera images; with cameras: below the name of each.'),
    'image_transport': ('', 'raw or compressed (<image>/compressed), or one for each camera, such '
                            'as raw,compressed; empty: what params_file says.'),
    'cameras': ('', 'Names of several cameras, such as front,rear; empty: what params_file says.'),
    'use_sim_time': ('false', 'Whether the clock of the node follows /clock (bags, simulators).'),
    'log_level': ('info', 'debug, info, warn, error or fatal.'),
}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    arguments = [DeclareLaunchArgument(name, default_value=default, description=description)
                 for name, (default, description) in ARGUMENTS.items()]
    return LaunchDescription([*arguments, OpaqueFunction(function=classifier)])


def classifier(context) -> list[Node]:
    """Make the node from the arguments; RuntimeError for a value that cannot be."""
    # The node itself sets the Fast DDS profile that large images need (config/fastdds.xml).
    value = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    # launch_ros only warns of a missing file, and the node would run with other parameters.
    if not Path(value['params_file']).is_file():
        raise RuntimeError(f'params_file {value["params_file"]!r}: no such file')
    cameras = words_of(value['cameras'])
    try:
        given = overrides(value['model'], cameras, words_of(value['image_transport']),
                          value['use_sim_time'])
        topics = remappings(value['image'], cameras)
    except ConfigurationError as error:
        raise RuntimeError(f'launch argument {error}') from error
    return [Node(
        package=PACKAGE, executable='classifier_node', name='classifier',
        namespace=value['namespace'], output='screen', emulate_tty=True,
        parameters=[value['params_file'], given], remappings=topics,
        arguments=['--ros-args', '--log-level', value['log_level']])]


def words_of(text: str) -> list[str]:
    """Words of a list such as ``front,rear``; none of an empty text."""
    return [word.strip() for word in text.split(',')] if text.strip() else []


def overrides(model: str, cameras: list[str], transports: list[str], use_sim_time: str) -> dict:
    """Parameters that were given as arguments; for all others params_file holds."""
    if use_sim_time.lower() not in ('true', 'false'):
        raise ConfigurationError(f'use_sim_time: {use_sim_time!r}, expected true or false')
    found = {'use_sim_time': use_sim_time.lower() == 'true'}
    if model:
        found['model'] = ParameterValue(model, value_type=str)
    if cameras:
        check_camera_names(cameras)
        found['cameras'] = cameras
    if transports:
        transport_of_each(transports, len(cameras))
        found['image_transport'] = transports
    return found


def remappings(image: str, cameras: list[str]) -> list[tuple[str, str]]:
    """Map the topics of the node to ``image``, raw and compressed, for each camera."""
    if cameras and image.startswith(('/', '~')):
        raise ConfigurationError(
            f'image: {image!r}, expected a relative name with cameras, since it follows the name '
            f'of each, as in {cameras[0]}/image_raw')
    return [(image_topic(camera, transport=transport), image_topic(camera, image, transport))
            for camera in cameras or [''] for transport in TRANSPORTS]
