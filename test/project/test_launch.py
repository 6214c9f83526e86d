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

"""The launch file against the package: run on stand-ins anywhere, for real where launch_ros is."""

from contextlib import suppress
from importlib.util import find_spec
import os
from pathlib import Path
import re
import runpy
import signal
import subprocess
import sys
import time

from project.launch_stand_ins import Facts, Group, Include, stand_ins, WARNINGS
import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from shufflenet_ros.node.parameters.file_sections import parameters_for
from shufflenet_ros.node.parameters.table import PARAMETERS
import yaml

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = ROOT / 'launch' / 'classifier.launch.py'
EXAMPLE = ROOT / 'launch' / 'two_classifiers.launch.py'
GUIDE = ROOT / 'docs' / 'launch.md'
CONFIG = ROOT / 'config' / 'classifier.yaml'
ARGUMENTS = {'model', 'params_file', 'name', 'namespace', 'image', 'image_transport', 'cameras',
             'top_k', 'threshold', 'region', 'grid', 'max_rate_hz', 'autostart', 'respawn',
             'use_sim_time', 'log_level'}
__all__ = ['stand_ins']
OF_LAUNCH = {'name', 'namespace', 'image', 'params_file', 'respawn', 'log_level', 'use_sim_time'}
"""Arguments that are no parameters in params_file."""


@pytest.fixture
def launched(stand_ins):
    """
    Run the launch file with some arguments; the node it starts, and what it declares.

    ``depth`` groups lie between the include of the file and the start; ``others`` are arguments
    of the files around it. ``is_late`` stands for an include by an event, which launch does not
    show; ``warns`` says whether a warning is expected.
    """
    def run(depth=0, others=(), is_late=False, warns=False, **given):
        *declared, function = runpy.run_path(str(LAUNCH))['generate_launch_description']()
        values = {one.name: one.default_value for one in declared} | dict(others) | given
        values = {name: value if isinstance(value, str) else value.perform({})
                  for name, value in values.items()}
        start = Group([Include('/other.launch.py', others),
                       Include(str(LAUNCH), list(given.items()))])
        for _ in range(depth):
            start = Group([start])
        WARNINGS.clear()
        node, = function(Facts(values, None if is_late else start))
        assert bool(WARNINGS) is warns
        return node, {one.name: one for one in declared}
    return run


def test_every_argument_is_declared_described_and_in_the_readme(launched):
    """The public interface of the launch file, nothing hidden and nothing left behind."""
    declared = launched()[1]
    assert set(declared) == ARGUMENTS
    assert all(one.description.endswith('.') for one in declared.values())
    table = (ROOT / 'README.md').read_text().partition('| launch argument |')[2].partition('\n\n')
    names = re.findall(r'^\| (`[^|]*`) ', table[0], re.MULTILINE)
    assert set(re.findall(r'\w+', ' '.join(names))) == ARGUMENTS


def test_the_executable_exists(launched):
    """What the launch file starts is an entry point of the package."""
    node, _ = launched()
    assert node.package == 'shufflenet_ros'
    assert f"'{node.executable} = shufflenet_ros." in (ROOT / 'setup.py').read_text()


def test_the_parameter_file_holds_every_parameter_with_its_default():
    """A copy of the file begins with what the node does without it."""
    values = yaml.safe_load(CONFIG.read_text())['/**']['ros__parameters']
    values |= {f'diagnostics.{name}': value for name, value in values.pop('diagnostics').items()}
    assert values == {name: entry.default for name, entry in PARAMETERS.items()}


def test_without_arguments_the_parameter_file_decides(launched):
    """An argument left out overrides nothing but the clock, which no file can know."""
    node, _ = launched()
    file, given = node.parameters
    assert Path(file) == CONFIG and given == {'use_sim_time': False}


def test_arguments_become_parameters_that_the_node_declares(launched):
    """A name that the node does not know would be set and have no effect."""
    node, _ = launched(
        model='mine', cameras='front, rear', image_transport='raw,compressed', top_k='3',
        threshold='1', max_rate_hz='7.5', autostart='False', region='0,0.67,1,0.33', grid='4x3')
    given = node.parameters[1]
    model, sim_time, grid = (given.pop(name) for name in ('model', 'use_sim_time', 'grid'))
    assert (model.value, model.value_type, sim_time) == ('mine', str, False)
    assert (grid.value, grid.value_type) == ('4x3', str)
    assert given == {'cameras': ['front', 'rear'], 'image_transport': ['raw', 'compressed'],
                     'top_k': 3, 'threshold': 1.0, 'max_rate_hz': 7.5, 'autostart': False,
                     'region': [0.0, 0.67, 1.0, 0.33]}
    assert all(type(share) is float for share in given['region'])
    assert all(type(value) is type(PARAMETERS[name].default) for name, value in given.items())
    assert ARGUMENTS - OF_LAUNCH == given.keys() | {'model', 'grid'}


def test_the_node_has_the_name_that_was_given_and_comes_back(launched):
    """The name, the namespace and ``respawn`` are for launch, not for the node."""
    node, _ = launched(name='front', namespace='/robot', respawn='true')
    assert (node.name, node.namespace, node.respawn) == ('front', '/robot', True)
    assert node.respawn_delay > 0
    node, _ = launched()
    assert (node.name, node.namespace, node.respawn) == ('classifier', '', False)


@pytest.mark.parametrize('text', [
    '[front,rear]', '[front, rear]', '["front", "rear"]', "'front','rear'"])
def test_a_list_may_have_brackets_and_quotes(launched, text):
    """As in a parameter file, or in the output of ros2 param get."""
    node, _ = launched(cameras=text, image_transport=text.replace('front', 'raw').replace(
        'rear', 'compressed'), image=text.replace('front', '/a').replace('rear', '/b'))
    assert node.parameters[1]['cameras'] == ['front', 'rear']
    assert node.parameters[1]['image_transport'] == ['raw', 'compressed']
    assert dict(node.remappings)['rear/image_raw'] == '/b'


@pytest.mark.parametrize('given, expected', [
    ({}, {'image_raw': 'image_raw', 'image_raw/compressed': 'image_raw/compressed'}),
    ({'image': '/camera/color'},
     {'image_raw': '/camera/color', 'image_raw/compressed': '/camera/color/compressed'}),
    ({'cameras': 'front,rear', 'image': 'color/image_raw'},
     {'front/image_raw': 'front/color/image_raw',
      'front/image_raw/compressed': 'front/color/image_raw/compressed',
      'rear/image_raw': 'rear/color/image_raw',
      'rear/image_raw/compressed': 'rear/color/image_raw/compressed'}),
    ({'cameras': 'front', 'image': '/cam0/image_raw'},
     {'front/image_raw': '/cam0/image_raw',
      'front/image_raw/compressed': '/cam0/image_raw/compressed'}),
    ({'cameras': 'front,rear', 'image': '/cam0/color/image_raw, cam1/image_raw'},
     {'front/image_raw': '/cam0/color/image_raw',
      'front/image_raw/compressed': '/cam0/color/image_raw/compressed',
      'rear/image_raw': 'cam1/image_raw',
      'rear/image_raw/compressed': 'cam1/image_raw/compressed'})])
def test_the_node_is_remapped_to_the_image_of_every_camera(launched, given, expected):
    """Raw and compressed: a remapping holds for one exact name."""
    assert dict(launched(**given)[0].remappings) == expected


@pytest.mark.parametrize('given, words', [
    ({'params_file': '/nowhere.yaml'}, "params_file: '/nowhere.yaml', no such file"),
    ({'image_transport': 'theora'},
     "image_transport: 'theora', expected one of raw, compressed"),
    ({'image_transport': 'raw,raw'},
     "image_transport: ['raw', 'raw'], expected one for all cameras"),
    ({'use_sim_time': 'maybe'}, "use_sim_time: 'maybe', expected true or false"),
    ({'cameras': 'front,,rear'}, "cameras: '', expected letters"),
    ({'cameras': 'front,2nd'}, "cameras: '2nd', expected letters"),
    ({'cameras': 'front,front'}, "cameras: 'front', expected each name once"),
    ({'params_file': str(ROOT)}, f"params_file: '{ROOT}', is a directory"),
    ({'cameras': 'front,rear', 'image': '/camera/image_raw'},
     "image: '/camera/image_raw', expected with 2 cameras one topic for each"),
    ({'cameras': 'front,rear', 'image': '/a,/b,/c'}, "image: ['/a', '/b', '/c'], expected"),
    ({'image': '/a,/b'}, "image: ['/a', '/b'], expected one topic, or cameras"),
    ({'image': ''}, 'image: [], expected one topic'),
    ({'image': '/camera/image raw'}, "image: '/camera/image raw', expected the name of a topic"),
    ({'image': '/camera/image_raw/compressed'}, 'expected the name without /compressed'),
    ({'name': 'front/camera'}, "name: 'front/camera', expected letters"),
    ({'namespace': '/robot/2'}, "namespace: '/robot/2', expected letters"),
    ({'top_k': 'five'}, "top_k: 'five', expected a whole number"),
    ({'top_k': '5.0'}, "top_k: '5.0', expected a whole number"),
    ({'threshold': '0,5'}, "threshold: '0,5', expected a number"),
    ({'max_rate_hz': '10Hz'}, "max_rate_hz: '10Hz', expected a number"),
    ({'region': '0,0.67,1'}, 'region: [0.0, 0.67, 1.0], expected four numbers'),
    ({'region': '0,0.67,1,0.5'}, 'region: [0.0, 0.67, 1.0, 0.5], expected x, y, width'),
    ({'region': '0,0.67,1,third'}, "region: 'third', expected a number"),
    ({'grid': '4by3'}, "grid: '4by3', expected columns x rows"),
    ({'autostart': 'no'}, "autostart: 'no', expected true or false"),
    ({'respawn': ''}, "respawn: '', expected true or false"),
    ({'log_level': 'loud'}, "log_level: 'loud', expected one of debug"),
    ({'treshold': '0.5'}, 'treshold: unknown, did you mean threshold?; known are model, '),
    ({'workers': '2'}, 'workers: unknown; known are model, '),
    ({'a\nb': '2'}, r'a\nb: unknown; known are ')])
def test_a_bad_argument_is_named(launched, given, words):
    """Before any node starts; launch prints the text of the error."""
    with pytest.raises(RuntimeError, match=re.escape(words)):
        launched(**given)


@pytest.mark.parametrize('depth', [0, 2])
def test_an_unknown_argument_is_refused_in_an_include_alone(launched, depth):
    """Those of the files around it are theirs, however close to one of ours."""
    launched(depth, others={'camera': 'x', 'treshold': '2'}.items(), threshold='0.5')
    with pytest.raises(RuntimeError, match='argument camera: unknown, did you mean cameras'):
        launched(depth, others={'treshold': '2'}.items(), camera='x')


def test_a_node_that_comes_back_unconfigured_is_warned_of(launched, tmp_path):
    """Whether the argument or params_file says that it waits for a manager."""
    launched(respawn='true', autostart='false', warns=True)
    assert 'stays unconfigured' in WARNINGS[0]
    file = tmp_path / 'mine.yaml'
    file.write_text('/**: {ros__parameters: {autostart: false, cameras: front}}')
    launched(params_file=str(file), respawn='true', warns=True)
    launched(params_file=str(file), respawn='true', autostart='true')


SECTIONS = """
classifier:
  ros__parameters: {top_k: 1, cameras: [front, rear]}
robot:
  eyes:
    ros__parameters: {top_k: 2}
/robot/*:
  ros__parameters: {workers: 2}
/**/surfaces:
  ros__parameters: {top_k: 3}
"""


@pytest.mark.parametrize('given, found', [
    ({}, {'top_k': 1, 'cameras': ['front', 'rear']}),
    ({'name': 'eyes', 'namespace': 'robot'}, {'top_k': 2, 'workers': 2}),
    ({'name': 'surfaces', 'namespace': '/robot'}, {'top_k': 3, 'workers': 2}),
    ({'name': 'surfaces', 'namespace': '/a/b'}, {'top_k': 3}),
    ({'namespace': '/other'}, None), ({'name': 'eyes'}, None)])
def test_a_parameter_file_of_other_nodes_is_refused(launched, tmp_path, given, found):
    """ROS would start the node with its defaults and say nothing."""
    file = tmp_path / 'mine.yaml'
    file.write_text(SECTIONS)
    node = '/'.join(['', *filter(None, given.get('namespace', '').split('/')),
                     given.get('name', 'classifier')])
    if found is None:
        with pytest.raises(RuntimeError, match=f'expected parameters of {node}, but it has those'):
            launched(params_file=str(file), **given)
    else:
        launched(params_file=str(file), **given)
        assert parameters_for(file, node) == found
    assert (found or {}) == as_a_node_reads(file, given)


def as_a_node_reads(file, given):
    """Give the parameters of a real node with this file."""
    context = Context()
    rclpy.init(args=['--ros-args', '--params-file', str(file)], context=context)
    node = Node(given.get('name', 'classifier'), namespace=given.get('namespace', ''),
                context=context, automatically_declare_parameters_from_overrides=True)
    values = {name: parameter.value for name, parameter
              in node.get_parameters_by_prefix('').items() if name in PARAMETERS}
    node.destroy_node()
    context.shutdown()
    return values


def test_cameras_of_the_parameter_file_get_the_image_that_was_given(launched, tmp_path):
    """As those of the argument; the node would read front/image_raw."""
    file = tmp_path / 'mine.yaml'
    file.write_text(SECTIONS)
    node, _ = launched(params_file=str(file), image='color/image_raw')
    assert dict(node.remappings)['rear/image_raw'] == 'rear/color/image_raw'
    launched(params_file=str(file), image_transport='raw,compressed')
    with pytest.raises(RuntimeError, match='expected with 2 cameras one topic for each'):
        launched(params_file=str(file), image='/camera/image_raw')


@pytest.mark.parametrize('text', ['a: [', 'a', '', 'a: {b: 1}', '\xff'])
def test_a_file_that_holds_no_parameters_is_refused(launched, tmp_path, text):
    """Each in one line that names it."""
    file = tmp_path / 'mine.yaml'
    file.write_bytes(text.encode('latin-1'))
    with pytest.raises(RuntimeError, match=r"^launch argument params_file: '.*mine.yaml', .*$"):
        launched(params_file=str(file))


def test_what_may_be_a_mistake_is_a_warning_where_launch_does_not_say_who_gave_it(launched):
    """As after a timer: an argument may be one of the files around."""
    launched(is_late=True, others={'treshold': '2', 'map': 'x'}.items(), warns=True)
    assert len(WARNINGS) == 1 and 'treshold' in WARNINGS[0] and 'threshold?' in WARNINGS[0]
    launched(is_late=True, others={'map': 'x'}.items(), threshold='0.5')


def test_prefixes_of_ros2_launch_are_no_arguments_of_ours(launched):
    """Its options --launch-prefix and --launch-prefix-filter arrive as arguments of the file."""
    launched(**{'launch-prefix': 'gdb', 'launch-prefix-filter': 'classifier.*'})


def test_the_example_includes_the_launch_file_twice(stand_ins, launched):
    """Each include in a group, with arguments that the launch file takes, for another node."""
    _, *groups = runpy.run_path(str(EXAMPLE))['generate_launch_description']()
    nodes = [launched(**arguments_of(group))[0] for group in groups]
    assert len({(node.namespace, node.name) for node in nodes}) == len(nodes) == 2
    assert all(node.parameters[1]['use_sim_time'] for node in nodes)
    assert all((ROOT / 'models' / node.parameters[1]['model'].value).is_dir() for node in nodes)


@pytest.mark.parametrize('number', [0, 1])
def test_the_launch_files_of_the_guide_include_it(stand_ins, launched, number):
    """Its arguments are known, and a lifecycle manager looks for the node that is started."""
    names = {}
    exec(re.findall(r'```python\n(.*?)```', GUIDE.read_text(), re.DOTALL)[number], names)
    group, *managers = names['generate_launch_description']()
    node, _ = launched(**arguments_of(group))
    for manager in managers:
        assert manager.parameters[0]['node_names'] == [node.name]
        assert node.parameters[1]['autostart'] is False


def arguments_of(group):
    """Give what a group hands to its include of the launch file; "true" for a substitution."""
    include, = group.actions
    assert Path(include.launch_description_source.location) == LAUNCH
    return {name: value if isinstance(value, str) else 'true'
            for name, value in include.launch_arguments}


def test_the_rules_for_cameras_need_no_ros():
    """The launch file runs before any node, and tests run it where ROS is not."""
    code = ('import sys; sys.modules["rclpy"] = None; import shufflenet_ros.node.camera_topics; '
            'import shufflenet_ros.node.parameters.file_sections')
    subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT)


needs_launch = pytest.mark.skipif(
    find_spec('launch_ros') is None, reason='launch_ros comes with ROS 2 from apt')


class Launched:
    """A real ros2 launch in a process group of its own, and what it has printed so far."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            ['ros2', 'launch', *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.output = ''

    def wait_for(self, *words, seconds=60):
        """Read until each of the words has come, after the last ones; which lines had them."""
        found = []
        deadline = time.monotonic() + seconds
        while len(found) < len(words):
            assert time.monotonic() < deadline and self.process.poll() is None, self.output
            line = self.process.stdout.readline()
            self.output += line
            found += [line] if any(word in line for word in words) else []
        return found

    def end(self):
        """Press Ctrl-C; everything ends cleanly."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.output += self.process.communicate(timeout=60)[0]
        assert 'Traceback' not in self.output
        return self.output


@pytest.fixture
def ros2_launch():
    """Start launches that are ended with the test."""
    started = []

    def start(*arguments):
        started.append(Launched(*arguments))
        return started[-1]
    yield start
    for one in started:
        with suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.communicate()


@needs_launch
@pytest.mark.parametrize('arguments', [
    ('namespace:=/launched', 'log_level:=info', 'top_k:=3'),
    ('name:=eyes', 'cameras:=[front,rear]', 'image:=/cam0/image_raw,/cam1/color/image_raw',
     'use_sim_time:=true', 'threshold:=1')])
def test_ros2_launch_starts_the_node_and_ends_it_cleanly(ros2_launch, arguments):
    """As on a robot: the node gets ready, Ctrl-C ends everything with code 0."""
    launch = ros2_launch(LAUNCH, *arguments)
    launch.wait_for('ready: ')
    assert 'process has finished cleanly' in launch.end()


@needs_launch
def test_a_node_that_was_killed_is_started_again(ros2_launch):
    """With ``respawn``; it configures and activates itself as at the first start."""
    launch = ros2_launch(LAUNCH, 'respawn:=true')
    started, _ = launch.wait_for('process started with pid', 'ready: ')
    os.kill(int(re.search(r'pid \[(\d+)\]', started)[1]), signal.SIGKILL)
    launch.wait_for('process has died', 'process started with pid', 'ready: ')
    assert 'process has finished cleanly' in launch.end()


@needs_launch
def test_the_example_starts_two_nodes(ros2_launch):
    """Both get ready, under their own names."""
    lines = ros2_launch(EXAMPLE).wait_for('ready: ', 'ready: ')
    assert sorted(re.search(r'\[([a-z]+\.[a-z]+)\]', line)[1] for line in lines) == [
        'chassis.surfaces', 'gripper.waste']


PARENT = """
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch import LaunchDescription


def generate_launch_description():
    include = IncludeLaunchDescription(
        PythonLaunchDescriptionSource({path!r}), launch_arguments={given!r}.items())
    return LaunchDescription([
        DeclareLaunchArgument('treshold', default_value='1'),
        OpaqueFunction(function=lambda context: [include]) if {is_late} else include])
"""


@needs_launch
@pytest.mark.parametrize('given, is_late, words', [
    ({'treshold': '1'}, False, 'argument treshold: unknown, did you mean threshold?'),
    ({'threshold': '1'}, False, 'ready: '),
    ({'threshold': '1'}, True, 'argument treshold: not one of this file, did you mean')])
def test_a_launch_file_that_includes_it_is_told(tmp_path, ros2_launch, given, is_late, words):
    """An error where launch says what was given to the include; else a warning at most."""
    parent = tmp_path / 'parent.launch.py'
    parent.write_text(PARENT.format(path=str(LAUNCH), given=given, is_late=is_late))
    ros2_launch(parent).wait_for(words)


@needs_launch
def test_an_unknown_argument_of_the_command_line_is_refused(ros2_launch):
    """No node is started, and the exit code says so."""
    launch = ros2_launch(LAUNCH, 'autostrat:=false')
    assert launch.process.wait(60) == 1
    output = launch.process.stdout.read()
    assert 'autostrat: unknown, did you mean autostart?' in output
    assert 'process started' not in output
