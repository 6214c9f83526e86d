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
Start the classifier on one camera or several.

    ros2 launch shufflenet_ros classifier.launch.py image:=/camera/image_raw model:=surfaces
    ros2 launch shufflenet_ros classifier.launch.py cameras:=front,rear image_transport:=compressed
    ros2 launch shufflenet_ros classifier.launch.py cameras:=front,rear \
        image:=/cam0/color/image_raw,/cam1/image_raw

Other launch files include it, also several times: see two_classifiers.launch.py.
"""

from pathlib import Path

from launch.actions import OpaqueFunction
from launch.logging import get_logger
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import grid_of, region_of
from shufflenet_ros.node.camera_topics import (
    check_camera_names,
    image_of_each,
    image_topic,
    transport_of_each,
    TRANSPORTS,
)
from shufflenet_ros.node.launch_arguments import (
    check_node_names,
    full_name,
    LaunchArguments,
    parsed,
    words_of,
)
from shufflenet_ros.node.parameters.file_sections import parameters_for

from launch import LaunchDescription

PACKAGE = 'shufflenet_ros'
LOGGER = 'classifier.launch.py'
IF_EMPTY = 'empty: what params_file says.'
ARGUMENTS = LaunchArguments(__file__, {
    'model': ('', f'Shipped model or path of a model folder; {IF_EMPTY}'),
    'params_file': (PathJoinSubstitution([FindPackageShare(PACKAGE), 'config', 'classifier.yaml']),
                    'YAML file with the parameters of the node.'),
    'name': ('classifier', 'Name of the node, and of the folder of its topics and services.'),
    'namespace': ('', 'Namespace of the node.'),
    'image': ('image_raw', 'Topic of the camera images; with cameras: below the name of each, or '
                           'one topic for each, such as /cam0/image_raw,/cam1/image_raw.'),
    'image_transport': ('', 'raw or compressed (<image>/compressed), or one for each camera, such '
                            f'as raw,compressed; {IF_EMPTY}'),
    'cameras': ('', f'Names of several cameras, such as front,rear; {IF_EMPTY}'),
    'top_k': ('', f'Hypotheses in a result, at most; {IF_EMPTY}'),
    'threshold': ('', f'Lower scores are left out; {IF_EMPTY}'),
    'region': ('', 'Part of each image that is looked at: x,y,width,height as shares of the '
                   f'image, such as 0,0.67,1,0.33 for its lower third; {IF_EMPTY}'),
    'grid': ('', f'Cells that the region is divided into, such as 4x3; {IF_EMPTY}'),
    'max_rate_hz': ('', f'Images of each camera that are classified in a second; {IF_EMPTY}'),
    'autostart': ('', 'Whether the node configures and activates itself; false for a lifecycle '
                      f'manager; {IF_EMPTY}'),
    'respawn': ('false', 'Whether the node is started again where it ends by itself.'),
    'use_sim_time': ('false', 'Whether the clock of the node follows /clock (bags, simulators).'),
    'log_level': ('info', 'debug, info, warn, error or fatal.'),
}, others='; other parameters of the node go into params_file')
PARAMETERS = {'model': str, 'top_k': int, 'threshold': float, 'grid': str, 'max_rate_hz': float,
              'autostart': bool, 'use_sim_time': bool}
"""Arguments that are parameters of the node under the same name, as the node declares them."""
LISTS = ('cameras', 'image_transport')
"""The same, as lists of words."""
LOG_LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')
RESPAWN_DELAY_S = 2.0
"""A node that ends at once, such as by a bad model, then does not fill the log."""


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    return LaunchDescription([*ARGUMENTS.declared(), OpaqueFunction(function=classifier)])


def classifier(context) -> list[Node]:
    """Make the node from the arguments; RuntimeError for one that is unknown or cannot be."""
    try:
        value = ARGUMENTS.values(context)
        check_values(value)
        return [node(value, parameters_for(Path(value['params_file']), full_name(value, context)))]
    except ConfigurationError as error:
        raise RuntimeError(f'launch argument {error}') from error


def node(value: dict[str, str], in_file: dict) -> Node:
    """Make the node from the values of the arguments and what params_file holds for it."""
    # The node itself sets the Fast DDS profile that large images need (config/fastdds.xml).
    given = overrides(value)
    cameras = given.get('cameras') or cameras_of(in_file)
    check_camera_names(cameras)
    transport_of_each(given.get('image_transport', ['raw']), len(cameras))
    respawn = parsed('respawn', value['respawn'], bool)
    if respawn and (in_file | given).get('autostart') is False:
        get_logger(LOGGER).warning(
            'respawn:=true with autostart:=false: a node that is started again stays unconfigured '
            'until something configures it')
    return Node(
        package=PACKAGE, executable='classifier_node', name=value['name'],
        namespace=value['namespace'], output='screen', emulate_tty=True,
        parameters=[value['params_file'], given],
        remappings=remappings(words_of(value['image']), cameras),
        respawn=respawn, respawn_delay=RESPAWN_DELAY_S,
        arguments=['--ros-args', '--log-level', value['log_level']])


def check_values(value: dict[str, str]) -> None:
    """Refuse what launch or the node would not name, or not in a line."""
    check_node_names(value)
    if value['log_level'].lower() not in LOG_LEVELS:
        raise ConfigurationError(
            f'log_level: {value["log_level"]!r}, expected one of {", ".join(LOG_LEVELS)}')


def overrides(value: dict[str, str]) -> dict:
    """Parameters that were given as arguments; for all others params_file holds."""
    found = {name: parameter(name, value[name], kind) for name, kind in PARAMETERS.items()
             if value[name]}
    found |= {name: words_of(value[name]) for name in LISTS if words_of(value[name])}
    return found | looked_at(value)


def looked_at(value: dict[str, str]) -> dict:
    """Give the region as numbers; ConfigurationError for one, or a grid, that cannot be."""
    grid_of(value['grid'])
    shares = [parsed('region', word, float) for word in words_of(value['region'])]
    if shares:
        region_of(shares)
    return {'region': shares} if shares else {}


def parameter(name: str, text: str, kind: type):
    """Give the value of an argument as a parameter has it."""
    return ParameterValue(text, value_type=str) if kind is str else parsed(name, text, kind)


def cameras_of(in_file: dict) -> list[str]:
    """Cameras that params_file names; the node itself refuses what is no list of names."""
    cameras = in_file.get('cameras')
    is_list = isinstance(cameras, list) and all(isinstance(name, str) for name in cameras)
    return cameras if is_list and cameras else ['']


def remappings(images: list[str], cameras: list[str]) -> list[tuple[str, str]]:
    """Map the topics of the node to those of the images, raw and compressed, for each camera."""
    return [(image_topic(camera, transport=transport), image + suffix)
            for camera, image in zip(cameras, image_of_each(images, cameras), strict=True)
            for transport, suffix in TRANSPORTS.items()]
