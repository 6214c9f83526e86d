"""
Start the classifier on one camera or several.

    ros2 launch shufflenet_ros classifier.launch.py image:=/camera/image_raw model:=surfaces
    ros2 launch shufflenet_ros classifier.launch.py cameras:=front,rear image_transport:=compressed
"""

from pathlib import Path
import re

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

PACKAGE = 'shufflenet_ros'
TRANSPORTS = ('raw', 'compressed')
CAMERA = re.compile(r'[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*')
"""One token of a topic name."""
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
    arguments = [DeclareLaunchArgument(name, default_value=default, description=prose)
                 for name, (default, prose) in ARGUMENTS.items()]
    return LaunchDescription([*arguments, OpaqueFunction(function=classifier)])


def classifier(context) -> list[Node]:
    """Make the node from the arguments, once their values are known."""
    # The node itself sets the Fast DDS profile that large images need (config/fastdds.xml).
    value = {name: LaunchConfiguration(name) for name in ARGUMENTS}
    # launch_ros only warns of a missing file, and the node would run with other parameters.
    params_file = value['params_file'].perform(context)
    if not Path(params_file).is_file():
        raise RuntimeError(f'params_file {params_file!r}: no such file')
    cameras = cameras_of(value['cameras'].perform(context))
    return [Node(
        package=PACKAGE, executable='classifier_node', name='classifier',
        namespace=value['namespace'], output='screen', emulate_tty=True,
        parameters=[params_file, overrides(
            value['model'].perform(context), cameras,
            transports_of(value['image_transport'].perform(context), len(cameras)),
            value['use_sim_time'].perform(context))],
        remappings=remappings(value['image'].perform(context), cameras),
        arguments=['--ros-args', '--log-level', value['log_level']])]


def words_of(text: str) -> list[str]:
    """Words of a list such as ``front,rear``; none of an empty text."""
    return [word.strip() for word in text.split(',')] if text.strip() else []


def cameras_of(text: str) -> list[str]:
    """Names of the cameras; RuntimeError where one cannot be a name."""
    names = words_of(text)
    for name in names:
        if not CAMERA.fullmatch(name):
            raise RuntimeError(f'cameras {text!r}: {name!r} is no name; expected letters, digits '
                               'and single underscores, a letter first, such as front,rear')
    if len(set(names)) < len(names):
        raise RuntimeError(f'cameras {text!r}: a name comes twice')
    return names


def transports_of(text: str, cameras: int) -> list[str]:
    """One transport for all cameras, one for each, or none; RuntimeError for anything else."""
    transports = words_of(text)
    for transport in transports:
        if transport not in TRANSPORTS:
            raise RuntimeError(f'image_transport {text!r}: {transport!r} is none; expected one of '
                               f'{", ".join(TRANSPORTS)}')
    if len(transports) > 1 and len(transports) != cameras:
        raise RuntimeError(f'image_transport {text!r}: expected one for all cameras, or one for '
                           'each of those in the argument cameras')
    return transports


def overrides(model: str, cameras: list[str], transports: list[str], use_sim_time: str) -> dict:
    """Parameters that were given as arguments; for all others params_file holds."""
    if use_sim_time.lower() not in ('true', 'false'):
        raise RuntimeError(f'use_sim_time {use_sim_time!r}: expected true or false')
    found = {'use_sim_time': use_sim_time.lower() == 'true'}
    if model:
        found['model'] = ParameterValue(model, value_type=str)
    if cameras:
        found['cameras'] = cameras
    if transports:
        found['image_transport'] = transports
    return found


def remappings(image: str, cameras: list[str]) -> list[tuple[str, str]]:
    """Lead the topics of the node to ``image``, raw and compressed, for each camera."""
    if cameras and image.startswith(('/', '~')):
        raise RuntimeError(f'image {image!r}: with cameras it must be relative, since it follows '
                           f'the name of each, as in {cameras[0]}/image_raw')
    prefixes = [f'{camera}/' for camera in cameras] or ['']
    return [(f'{prefix}image_raw{form}', f'{prefix}{image}{form}')
            for prefix in prefixes for form in ('', '/compressed')]
