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

from importlib.util import find_spec
import os
from pathlib import Path
import re
import runpy
import signal
import subprocess
import sys
import time
from types import ModuleType, SimpleNamespace

import pytest
from shufflenet_ros.node.parameters.table import PARAMETERS
import yaml

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = ROOT / 'launch' / 'classifier.launch.py'
CONFIG = ROOT / 'config' / 'classifier.yaml'
ARGUMENTS = {'model', 'params_file', 'namespace', 'image', 'image_transport', 'cameras',
             'use_sim_time', 'log_level'}


class Substitution:
    """Stands in for those of launch: parts that become one text."""

    def __init__(self, parts):
        self.parts = parts

    def perform(self, context):
        """Give the text in a context, here a dict of the arguments."""
        if isinstance(self.parts, str):
            return context[self.parts]
        return '/'.join(part if isinstance(part, str) else part.perform(context)
                        for part in self.parts)


class Share(Substitution):
    """Stands in for FindPackageShare, which knows installed packages only."""

    def perform(self, context):
        """Give the checkout, which has the folders of the share."""
        return str(ROOT)


def record(**facts):
    return SimpleNamespace(**facts)


STAND_INS = {
    'launch': {'LaunchDescription': list},
    'launch.actions': {
        'DeclareLaunchArgument': lambda name, **facts: record(name=name, **facts),
        'OpaqueFunction': lambda function: function},
    'launch.substitutions': {
        'LaunchConfiguration': Substitution, 'PathJoinSubstitution': Substitution},
    'launch_ros': {},
    'launch_ros.actions': {'Node': record},
    'launch_ros.parameter_descriptions': {
        'ParameterValue': lambda value, value_type: record(value=value, value_type=value_type)},
    'launch_ros.substitutions': {'FindPackageShare': Share},
}


@pytest.fixture
def launched(monkeypatch):
    """Run the launch file with some arguments; the node it starts, and what it declares."""
    for name, members in STAND_INS.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)

    def run(**given):
        *declared, function = runpy.run_path(str(LAUNCH))['generate_launch_description']()
        context = {one.name: one.default_value for one in declared}
        assert set(given) <= set(context)
        context = {name: value if isinstance(value, str) else value.perform({})
                   for name, value in (context | given).items()}
        node, = function(context)
        return node, {one.name: one for one in declared}
    return run


def test_every_argument_is_declared_described_and_in_the_readme(launched):
    """The public interface of the launch file, nothing hidden and nothing left behind."""
    declared = launched()[1]
    assert set(declared) == ARGUMENTS
    assert all(one.description.endswith('.') for one in declared.values())
    table = (ROOT / 'README.md').read_text().partition('| launch argument |')[2].partition('\n\n')
    assert set(re.findall(r'^\| `(\w+)` ', table[0], re.MULTILINE)) == ARGUMENTS


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
    node, _ = launched(model='mine', cameras='front, rear', image_transport='raw,compressed')
    given = node.parameters[1]
    assert given['cameras'] == ['front', 'rear']
    assert (given['model'].value, given['image_transport']) == ('mine', ['raw', 'compressed'])
    assert set(given) - {'use_sim_time'} <= set(PARAMETERS)


@pytest.mark.parametrize('given, expected', [
    ({}, {'image_raw': 'image_raw', 'image_raw/compressed': 'image_raw/compressed'}),
    ({'image': '/camera/color'},
     {'image_raw': '/camera/color', 'image_raw/compressed': '/camera/color/compressed'}),
    ({'cameras': 'front,rear', 'image': 'color/image_raw'},
     {'front/image_raw': 'front/color/image_raw',
      'front/image_raw/compressed': 'front/color/image_raw/compressed',
      'rear/image_raw': 'rear/color/image_raw',
      'rear/image_raw/compressed': 'rear/color/image_raw/compressed'})])
def test_the_node_is_remapped_to_the_image_of_every_camera(launched, given, expected):
    """Raw and compressed: a remapping holds for one exact name."""
    assert dict(launched(**given)[0].remappings) == expected


@pytest.mark.parametrize('given, words', [
    ({'params_file': '/nowhere.yaml'}, "params_file '/nowhere.yaml': no such file"),
    ({'image_transport': 'theora'},
     "image_transport: 'theora', expected one of raw, compressed"),
    ({'image_transport': 'raw,raw'},
     "image_transport: ['raw', 'raw'], expected one for all cameras"),
    ({'use_sim_time': 'maybe'}, "use_sim_time: 'maybe', expected true or false"),
    ({'cameras': 'front,,rear'}, "cameras: '', expected letters"),
    ({'cameras': 'front,2nd'}, "cameras: '2nd', expected letters"),
    ({'cameras': 'front,front'}, "cameras: 'front', expected each name once"),
    ({'cameras': 'front', 'image': '/camera/image_raw'},
     "image: '/camera/image_raw', expected a relative name with cameras")])
def test_a_bad_argument_is_named(launched, given, words):
    """Before any node starts; launch prints the text of the error."""
    with pytest.raises(RuntimeError, match=re.escape(words)):
        launched(**given)


def test_the_rules_for_cameras_need_no_ros():
    """The launch file runs before any node, and tests run it where ROS is not."""
    code = 'import sys; sys.modules["rclpy"] = None; import shufflenet_ros.node.camera_topics'
    subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT)


@pytest.mark.skipif(find_spec('launch_ros') is None, reason='launch_ros comes with ROS 2 from apt')
@pytest.mark.parametrize('arguments, words', [
    (('namespace:=/launched', 'log_level:=info'), 'ready: model surfaces'),
    (('namespace:=/launched', 'cameras:=front,rear', 'use_sim_time:=true'),
     'ready: model surfaces')])
def test_ros2_launch_starts_the_node_and_ends_it_cleanly(arguments, words):
    """As on a robot: the node gets ready, Ctrl-C ends everything with code 0."""
    process = subprocess.Popen(
        ['ros2', 'launch', str(LAUNCH), *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True)
    deadline = time.monotonic() + 30
    lines = []
    while time.monotonic() < deadline and not any(words in line for line in lines):
        lines.append(process.stdout.readline())
    os.killpg(process.pid, signal.SIGINT)
    output = ''.join(lines) + process.communicate(timeout=20)[0]
    assert words in output and 'Traceback' not in output
    assert 'process has finished cleanly' in output
