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

"""The command beside real nodes: rates, ends of topics, misfits, silence, a model that changed."""

import json
import os
import subprocess
import sys

from node.processes import started
from node.workbench import FOLDER
import pytest
from shufflenet_ros.core.frame import COUNTERS

COMMAND = (sys.executable, '-m', 'shufflenet_ros.cli.main', 'status')


@pytest.fixture
def two(make_bench):
    """Make a bench of two cameras."""
    return make_bench(('front', 'rear'))


def copied(folder):
    """Copy the shipped model."""
    folder.mkdir()
    for path in FOLDER.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


def status_beside(bench, *words):
    """Run the command while both cameras publish; what it printed."""
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE) as command:
        while command.poll() is None:
            bench.stream(0.3)
        assert command.returncode == 0
        return json.loads(command.stdout.read())


def test_two_cameras_one_of_which_does_not_fit(two, tmp_path):
    """A reliable subscription gets nothing from a best-effort camera; the other one is well."""
    name, topic = f'{two.namespace}/classifier', f'{two.namespace}/rear/image_raw'
    folder = copied(tmp_path / 'mine')
    with started(two, '-p', "cameras:=['front', 'rear']", '-p', 'precision:=int8', '-p',
                 f'model:={folder}', '-p',
                 f'qos_overrides.{topic}.subscription.reliability:=reliable') as process:
        process.wait_for('ready')
        (folder / 'labels.txt').touch()
        report = status_beside(two, '--json', '--node', name, '--seconds', '2')
        pid = process.process.pid
    node, = report['graph']['nodes']
    assert (node['name'], node['state'], node['pid']) == (name, 'active', pid)
    assert node['namesakes'] == 1
    assert node['model']['model'] == 'surfaces' and node['card']['name'] == 'surfaces'
    assert node['uses_simulated_time'] is False and node['changed_on_disk'] == ['labels.txt']
    front, rear = node['cameras']
    assert 3 < front['rate_hz'] < 100 and front['counters'].keys() == set(COUNTERS)
    assert front['result_hz'] > 3 and front['age_p50_ms'] >= 0
    assert front['publishers'][0]['node'] == f'{two.namespace}/bench'
    assert front['publishers'][0]['misfit'] == ''
    assert rear['subscription']['reliability'] == 'reliable' and rear['rate_hz'] == 0
    assert rear['publishers'][0]['reliability'] == 'best_effort'
    found = {finding['name']: finding for finding in report['findings']}
    assert f'qos_overrides.{topic}.subscription.reliability' in found['qos_misfit']['cure']
    assert found['qos_misfit']['about'] == f'{name} rear' and 'model_changed' in found
    assert found['reported']['severity'] == 'error'
    process, = (one for one in report['processes'] if one['pid'] == pid)
    assert process['segment_bytes'] > 0 and process['is_same_user']
    assert process['variables']['ROS_DOMAIN_ID'] == os.environ['ROS_DOMAIN_ID']


def test_the_command_without_ros(tmp_path):
    """Where rclpy cannot be imported it says so, tells all else, and exits with 0 or as asked."""
    for name in ('rclpy', 'vision_msgs'):
        (tmp_path / f'{name}.py').write_text(f'raise ImportError("No module named {name}")\n')
    environment = os.environ | {'HOME': str(tmp_path), 'PYTHONPATH': os.pathsep.join(
        [str(tmp_path), os.environ.get('PYTHONPATH', '')])}
    done = subprocess.run([*COMMAND, '--fail-on', 'error', '--seconds', '1'],
                          env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, '')
    assert 'cannot be imported: No module named rclpy' in done.stdout
    assert 'running        rclpy: No module named rclpy' in done.stdout
    assert 'processor' in done.stdout and str(tmp_path) not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
