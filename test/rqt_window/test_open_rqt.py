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

"""The command that opens rqt: what it waits for, what it hands to rqt, what it says is missing."""

from concurrent.futures import ThreadPoolExecutor
import json
import os
import subprocess
import sys

from node.processes import started
import pytest
from shufflenet_ros.rqt_window.installed import installed_of
from shufflenet_ros.rqt_window.waiting import wait_for_topics

COMMAND = [sys.executable, '-m', 'shufflenet_ros.cli.main', 'rqt']
RQT = """
import json, os, sys
import rclpy


class Main:
    def main(self, argv):
        with open(argv[-1]) as file:
            perspective = json.load(file)
        node = rclpy.create_node('rqt')
        facts = [argv, dict(os.environ), perspective, node.get_parameter('use_sim_time').value,
                 node.resolve_topic_name('/diagnostics_agg')]
        print(json.dumps(facts))
        node.destroy_node()
        rclpy.try_shutdown()
        return 3
"""


@pytest.fixture
def robot(tmp_path, monkeypatch):
    """Make a machine with an rqt of which some plugins are installed."""
    index = tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    for package, name in (('rqt_plot', 'Plot'), ('rqt_reconfigure', 'Other')):
        (index / package).touch()
        share = tmp_path / 'share' / package
        share.mkdir()
        (share / 'plugin.xml').write_text(f'<library path="."><class name="{name}"/></library>')
    module = tmp_path / 'python' / 'rqt_gui' / 'main.py'
    module.parent.mkdir(parents=True)
    module.write_text(RQT)
    monkeypatch.setenv('PYTHONPATH', f'{module.parent.parent}:{os.environ.get("PYTHONPATH", "")}')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setenv('ROS_DISTRO', 'kilted')
    for name in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTDDS_BUILTIN_TRANSPORTS',
                 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_rqt_gets_the_perspective_and_the_profile(robot):
    """A node that is not there is waited for no longer than asked; rqt is opened all the same."""
    done = subprocess.run(
        [*COMMAND, '--node', '/r1/nobody', '--cameras', 'front', '--timeout', '0',
         '--use-sim-time', '--aggregated', '/r1/agg'], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    words, environment, perspective, use_sim_time, aggregated = json.loads(done.stdout)
    path = str(robot / 'cache' / 'shufflenet_ros' / 'r1.nobody.perspective')
    assert words == ['rqt', '--force-discover', '--perspective-file', path]
    assert use_sim_time is True and aggregated == '/r1/agg'
    assert 'config/fastdds' in environment['FASTDDS_DEFAULT_PROFILES_FILE']
    running = perspective['groups']['pluginmanager']['keys']['running-plugins']['repr']
    assert running == "{'rqt_plot/Plot': [1]}"
    lines = done.stderr.splitlines()
    assert '/r1/nobody: not seen in 0 s' in lines[0]
    assert '/r1/nobody/front/latency/total_ms' in lines[1]
    assert 'ros-kilted-rqt-reconfigure' in lines[2] and 'rqt-plot' not in lines[2]


def test_a_plugin_is_installed_where_its_package_has_the_class(robot):
    """A package of that name alone is not enough: rqt would wait for the plugin."""
    assert installed_of(['rqt_plot/Plot', 'rqt_reconfigure/Param', 'rqt_none/X']) == [
        'rqt_plot/Plot']


def test_without_rqt_a_line_says_what_to_install(robot, monkeypatch):
    """Nor is it needed for the file alone."""
    monkeypatch.setenv('PYTHONPATH', os.environ['PYTHONPATH'].partition(':')[2])
    done = subprocess.run(COMMAND, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count('\n') == 1
    assert 'sudo apt install ros-kilted-rqt-gui ros-kilted-rqt-gui-py' in done.stderr
    path = robot / 'x.perspective'
    subprocess.run([*COMMAND, '--cameras', 'front', '--perspective', path, '--only-perspective'],
                   check=True)
    assert 'rqt_plot/Plot' in path.read_text()


def test_topics_that_come_late_are_waited_for(make_bench):
    """A real node that starts meanwhile: its cameras are found, and all topics of the plots."""
    bench = make_bench(('front', 'rear'))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_topics, f'{bench.namespace}/classifier', (), 60.0,
                              bench.node.context)
        with started(bench, '-p', "cameras:=['front', 'rear']"):
            seen = waiting.result()
    assert (seen.cameras, seen.missing, seen.is_running) == (('front', 'rear'), (), True)
