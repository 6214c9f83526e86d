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

"""The package as robots get it: colcon builds it, installs all of it, and tests it."""

import os
from pathlib import Path
import re
import shutil
import signal
import subprocess
import sys

from node.processes import NodeProcess
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = 'shufflenet_ros'
# Beside the interpreter in an environment of pip's, on the PATH with apt's.
COLCON = shutil.which('colcon', path=f'{Path(sys.executable).parent}:{os.environ["PATH"]}')
QUICK = ('test/core/test_turns.py', 'test/monitoring/test_windows.py')
"""Never this file: it would start itself."""

pytestmark = pytest.mark.timeout(300)

if COLCON is None:
    pytest.fail('colcon is missing: sudo apt install python3-colcon-common-extensions, or "make '
                'test", which installs it', pytrace=False)


def colcon(folder, verb, *words):
    """Run a verb of colcon on this package in a workspace of its own; what it printed."""
    done = subprocess.run(
        [COLCON, '--log-base', folder / 'log', verb, *words], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
        env=os.environ | {'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}'})
    assert done.returncode == 0, done.stdout
    return done.stdout


def places(folder):
    return ('--paths', ROOT, '--packages-select', NAME, '--build-base', folder / 'build',
            '--install-base', folder / 'install')


@pytest.fixture(scope='module')
def workspace(tmp_path_factory):
    """Build the package in a folder of its own."""
    folder = tmp_path_factory.mktemp('workspace')
    assert f'Finished <<< {NAME}' in colcon(folder, 'build', *places(folder))
    return folder


@pytest.fixture(scope='module')
def sourced(workspace):
    """Give the variables that the workspace's setup.bash sets, as a shell has them after it."""
    done = subprocess.run(
        ['bash', '-c', f'source {workspace}/install/setup.bash && env -0'], text=True,
        capture_output=True, check=True)
    return dict(line.split('=', 1) for line in done.stdout.split('\0') if '=' in line)


def test_it_builds_with_links_to_the_source(tmp_path):
    """As developers build it: setup.py is then itself a link in another folder."""
    colcon(tmp_path, 'build', '--symlink-install', *places(tmp_path))
    share = tmp_path / 'install' / NAME / 'share' / NAME
    assert (share / 'launch' / 'classifier.launch.py').resolve().is_relative_to(ROOT)


def test_all_that_a_robot_needs_is_installed(workspace):
    """Launch file, parameters, models with every file, the index entry, the executables."""
    prefix = workspace / 'install' / NAME
    share = prefix / 'share' / NAME
    for folder in ('launch', 'config', 'models'):
        wanted = {path.relative_to(ROOT) for path in (ROOT / folder).rglob('*')
                  if path.is_file() and '__pycache__' not in path.parts}
        found = {path.relative_to(share) for path in (share / folder).rglob('*')
                 if path.is_file()}
        assert found == wanted and wanted
    assert (share / 'package.xml').is_file() and (share / 'benchmarks/baseline_node.py').is_file()
    assert (prefix / 'share/ament_index/resource_index/packages' / NAME).is_file()
    assert len(list(prefix.glob(f'lib/python3*/site-packages/{NAME}/py.typed'))) == 1
    assert len(list(prefix.glob(f'lib/python3*/site-packages/{NAME}/native/*.so'))) == 1
    commands = {path.name for path in (prefix / 'lib' / NAME).iterdir()
                if os.access(path, os.X_OK)}
    assert commands >= {NAME, 'classifier_node', 'camera_node'}


def test_the_installed_node_runs_after_sourcing_the_workspace(workspace, sourced, tmp_path,
                                                              monkeypatch):
    """From any folder: the installed code with the installed model."""
    for name in ('PYTHONPATH', 'AMENT_PREFIX_PATH'):
        monkeypatch.setenv(name, sourced[name])
    monkeypatch.chdir(tmp_path)
    places = subprocess.run(
        [sys.executable, '-c', 'from shufflenet_ros.process import files as it; '
         'print(it.__file__, it.share_dir())'], capture_output=True, text=True, check=True)
    assert all(place.startswith(str(workspace)) for place in places.stdout.split())
    node = NodeProcess('node.classifier_node', '-r', f'__ns:=/colcon_{os.getpid()}')
    node.wait_for('ready: model surfaces')
    assert 'int8_native' in node.find('precision auto')
    assert node.end(signal.SIGINT)[0] == 0


def test_the_installed_command_line_runs(workspace, sourced):
    """As ros2 run starts it."""
    command = workspace / 'install' / NAME / 'lib' / NAME / NAME
    done = subprocess.run([command, '--help'], capture_output=True, text=True, env=sourced)
    assert done.returncode == 0 and 'bench' in done.stdout


def test_colcon_tests_the_package(workspace):
    """A quick part of the tests, and the result as colcon counts it."""
    colcon(workspace, 'test', *places(workspace), '--return-code-on-test-failure',
           '--pytest-args', *QUICK)
    result = colcon(workspace, 'test-result', '--test-result-base', workspace / 'build', '--all')
    tests, rest = re.search(r'Summary: (\d+) tests?, (.*)', result).groups()
    assert int(tests) >= 10 and rest == '0 errors, 0 failures, 0 skipped'
