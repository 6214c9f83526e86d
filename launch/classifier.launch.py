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

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.logging import get_logger
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.core.parts import grid_of, region_of
from shufflenet_ros.core.text import plain
from shufflenet_ros.node.camera_topics import (
    check_camera_names,
    image_of_each,
    image_topic,
    transport_of_each,
    TRANSPORTS,
)
from shufflenet_ros.node.parameters.file_sections import parameters_for

from launch import LaunchDescription, LaunchDescriptionEntity

PACKAGE = 'shufflenet_ros'
LOGGER = 'classifier.launch.py'
IF_EMPTY = 'empty: what params_file says.'
ARGUMENTS = {
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
}
OF_LAUNCH = {'launch-prefix', 'launch-prefix-filter'}
"""Arguments that launch itself reads."""
PARAMETERS = {'model': str, 'top_k': int, 'threshold': float, 'grid': str, 'max_rate_hz': float,
              'autostart': bool, 'use_sim_time': bool}
"""Arguments that are parameters of the node under the same name, as the node declares them."""
LISTS = ('cameras', 'image_transport')
"""The same, as lists of words."""
EXPECTED = {int: 'a whole number', float: 'a number', bool: 'true or false'}
LOG_LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')
RESPAWN_DELAY_S = 2.0
"""A node that ends at once, such as by a bad model, then does not fill the log."""


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    arguments = [DeclareLaunchArgument(name, default_value=default, description=description)
                 for name, (default, description) in ARGUMENTS.items()]
    return LaunchDescription([*arguments, OpaqueFunction(function=classifier)])


def classifier(context) -> list[Node]:
    """Make the node from the arguments; RuntimeError for one that is unknown or cannot be."""
    value = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    try:
        check_names(context)
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


def check_names(context) -> None:
    """Refuse an argument that is none of ours; launch itself ignores it."""
    given = [include.launch_arguments for include in includes_of_this_file(context)]
    for name in (text_of(name, context) for pairs in given for name, _ in pairs):
        if name not in ARGUMENTS and name not in OF_LAUNCH:
            raise ConfigurationError(
                f'{plain(name)}: unknown{meant(name)}; known are {", ".join(ARGUMENTS)}; '
                'other parameters of the node go into params_file')
    if not given:
        warn_of_likely_mistakes(context)


def warn_of_likely_mistakes(context) -> None:
    """Warn where an argument that might be meant for another file is almost one of ours."""
    for name in context.launch_configurations.keys() - ARGUMENTS.keys():
        if meant(name):
            get_logger(LOGGER).warning(
                f'launch argument {plain(name)}: not one of this file{meant(name)}')


def meant(name: str) -> str:
    """Ask for the argument that a name is almost, as ", did you mean ...?"."""
    close = get_close_matches(name, ARGUMENTS, 1, 0.8)
    return f', did you mean {close[0]}?' if close else ''


def includes_of_this_file(context) -> list[IncludeLaunchDescription]:
    """
    Actions that include this file, with the arguments of each; ros2 launch makes one as well.

    None are found where an OpaqueFunction or an event made them: launch does not say by whom.
    """
    start = getattr(context.get_locals_as_dict().get('event'), 'launch_description', None)
    return [] if start is None else [
        include for include in includes_below(start)
        if Path(include.launch_description_source.location).resolve() == Path(__file__).resolve()]


def includes_below(entity: LaunchDescriptionEntity) -> Iterator[IncludeLaunchDescription]:
    """Give each action that includes a launch file, however deep."""
    for inner in entity.describe_sub_entities():
        if isinstance(inner, IncludeLaunchDescription):
            yield inner
        yield from includes_below(inner)


def text_of(substitutions, context) -> str:
    """Text of what launch takes as text or substitutions."""
    return perform_substitutions(context, normalize_to_list_of_substitutions(substitutions))


def check_values(value: dict[str, str]) -> None:
    """Refuse what launch or the node would not name, or not in a line."""
    for argument, parts in (('name', [value['name']]),
                            ('namespace', filter(None, value['namespace'].split('/')))):
        if not all(part.isidentifier() and part.isascii() for part in parts):
            raise ConfigurationError(f'{argument}: {value[argument]!r}, expected letters, digits '
                                     'and underscores, no digit first')
    if value['log_level'].lower() not in LOG_LEVELS:
        raise ConfigurationError(
            f'log_level: {value["log_level"]!r}, expected one of {", ".join(LOG_LEVELS)}')


def words_of(text: str) -> list[str]:
    """Words of a list such as ``front,rear`` or ``[front, rear]``; none of an empty text."""
    text = text.strip()
    if text.startswith('[') and text.endswith(']'):
        text = text[1:-1]
    return [word.strip().strip('\'"') for word in text.split(',')] if text.strip() else []


def full_name(value: dict[str, str], context) -> str:
    """Name of the node with its namespace, in those that the files around have pushed."""
    outer = context.launch_configurations.get('ros_namespace', '')
    namespace = value['namespace'] if value['namespace'].startswith('/') else (
        f'{outer}/{value["namespace"]}')
    return '/'.join(['', *(part for part in namespace.split('/') if part), value['name']])


def overrides(value: dict[str, str]) -> dict:
    """Parameters that were given as arguments; for all others params_file holds."""
    found = {name: parsed(name, value[name], kind) for name, kind in PARAMETERS.items()
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


def cameras_of(in_file: dict) -> list[str]:
    """Cameras that params_file names; the node itself refuses what is no list of names."""
    cameras = in_file.get('cameras')
    is_list = isinstance(cameras, list) and all(isinstance(name, str) for name in cameras)
    return cameras if is_list and cameras else ['']


def parsed(name: str, text: str, kind: type):
    """Give the value of an argument as a parameter has it."""
    if kind is str:
        return ParameterValue(text, value_type=str)
    try:
        return {'true': True, 'false': False}[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ConfigurationError(f'{name}: {text!r}, expected {EXPECTED[kind]}') from None


def remappings(images: list[str], cameras: list[str]) -> list[tuple[str, str]]:
    """Map the topics of the node to those of the images, raw and compressed, for each camera."""
    return [(image_topic(camera, transport=transport), image + suffix)
            for camera, image in zip(cameras, image_of_each(images, cameras), strict=True)
            for transport, suffix in TRANSPORTS.items()]
