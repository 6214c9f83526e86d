"""
Start the classifier on one camera.

    ros2 launch shufflenet_ros classifier.launch.py image:=/camera/image_raw model:=surfaces
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

PACKAGE = 'shufflenet_ros'
ARGUMENTS = {
    'model': ('', 'Shipped model or path of a model folder; empty: what params_file says.'),
    'params_file': (PathJoinSubstitution([FindPackageShare(PACKAGE), 'config', 'classifier.yaml']),
                    'YAML file with the parameters of the node.'),
    'namespace': ('', 'Namespace of the node.'),
    'image': ('image_raw', 'Topic of the camera images.'),
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
    overrides = {'use_sim_time': ParameterValue(value['use_sim_time'], value_type=bool)}
    if value['model'].perform(context):
        overrides['model'] = ParameterValue(value['model'], value_type=str)
    return [Node(
        package=PACKAGE, executable='classifier_node', name='classifier',
        namespace=value['namespace'], output='screen', emulate_tty=True,
        parameters=[value['params_file'], overrides],
        remappings=[('image_raw', value['image'])],
        arguments=['--ros-args', '--log-level', value['log_level']])]
