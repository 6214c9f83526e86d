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

"""launch/monitor.launch.py on stand-ins: what it starts, and which arguments it refuses."""

import argparse
from pathlib import Path
import re
import runpy

from project.launch_stand_ins import Facts, Group, Include, INFOS, ROOT, stand_ins
import pytest
from shufflenet_ros.cli.rqt import add_arguments
import yaml

__all__ = ['stand_ins']
LAUNCH = ROOT / 'launch' / 'monitor.launch.py'
GUIDE = ROOT / 'docs' / 'launch.md'


@pytest.fixture
def launched(stand_ins, monkeypatch, tmp_path):
    """Run the launch file with some arguments and packages; what it starts, what it declares."""
    def run(packages=(), outer='', **given):
        index = tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages'
        index.mkdir(parents=True, exist_ok=True)
        for package in packages:
            (index / package).touch()
        monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
        *declared, function = runpy.run_path(str(LAUNCH))['generate_launch_description']()
        values = {one.name: one.default_value for one in declared} | given
        INFOS.clear()
        start = Group([Include(str(LAUNCH), list(given.items()))])
        facts = Facts(values | ({'ros_namespace': outer} if outer else {}), start)
        return function(facts), {one.name: one for one in declared}
    return run


def options_of(started):
    """Read the words of the process that opens rqt, as the command does."""
    program, verb, *words = started[-1].cmd
    assert (program, verb) == ('shufflenet_ros/shufflenet_ros', 'rqt')
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_arguments_are_described_and_in_the_guide(launched):
    """The public interface of the launch file."""
    declared = launched()[1]
    assert all(one.description.endswith('.') for one in declared.values())
    rows = re.findall(r'^\| `(\w+)` ', GUIDE.read_text().partition('monitor.launch.py')[2],
                      re.MULTILINE)
    assert rows == list(declared)


def test_the_command_opens_rqt_for_the_node(launched):
    """In the namespaces around it; a list of cameras as classifier.launch.py takes it."""
    started, _ = launched(name='eyes', namespace='left', cameras='[front, rear]', outer='/robot1',
                          use_sim_time='true', perspective_file='/tmp/x.perspective', timeout='3')
    options = options_of(started)
    assert options.node == '/robot1/left/eyes' and options.cameras == 'front,rear'
    assert options.use_sim_time and options.timeout == 3.0 and options.aggregated == ''
    assert options.perspective == Path('/tmp/x.perspective')


def test_without_arguments_the_cameras_are_those_that_the_node_has(launched):
    """And one line says what is missing for the tree of diagnostics."""
    started, _ = launched()
    options = options_of(started)
    assert (options.node, options.cameras, options.perspective) == ('/classifier', '', None)
    assert len(started) == len(INFOS) == 1 and 'rqt-robot-monitor' in INFOS[0]


def test_the_aggregator_sorts_the_statuses_of_this_node(launched):
    """By keys of the shipped file, on topics of its own: a robot has its own aggregator."""
    started, _ = launched(packages=('rqt_robot_monitor', 'diagnostic_aggregator'), name='eyes',
                          namespace='robot1')
    aggregator, _ = started
    file, given = aggregator.parameters
    shipped = yaml.safe_load(Path(file.perform({})).read_text())['/**']['ros__parameters']
    for key in given.keys() - {'use_sim_time'}:
        group, _, name = key.partition('.')
        assert name in shipped[group]
    assert given['classifier.find_and_remove_prefix'] == ['robot1/eyes: ']
    assert dict(aggregator.remappings)['/diagnostics_agg'] == options_of(started).aggregated
    assert not INFOS


@pytest.mark.parametrize('given, words', [
    ({'nmae': 'x'}, 'nmae: unknown; known are name, namespace'),
    ({'camera': 'x'}, 'camera: unknown, did you mean cameras?'),
    ({'name': 'a/b'}, "name: 'a/b', expected letters"),
    ({'namespace': '/robot/2'}, "namespace: '/robot/2', expected letters"),
    ({'cameras': 'front,front'}, "cameras: 'front', expected each name once"),
    ({'timeout': 'soon'}, "timeout: 'soon', expected a number"),
    ({'timeout': '-1'}, "timeout: '-1', expected seconds, 0 or more"),
    ({'use_sim_time': 'maybe'}, "use_sim_time: 'maybe', expected true or false")])
def test_a_bad_argument_is_named(launched, given, words):
    """Before anything starts."""
    with pytest.raises(RuntimeError, match=re.escape(words)):
        launched(**given)
