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

"""Set-up on a machine that lacks something: one line that says what, and how to get it."""

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASE = Path(sys._base_executable).resolve()
NOBODY = 65534
LIST_COMMANDS = (
    'import subprocess; subprocess.run = lambda command, **_: ('
    'print(*command, file=sys.stderr), subprocess.CompletedProcess(command, 0, b""))[1]')


@pytest.fixture
def checkout(tmp_path):
    """Copy the files that set-up needs, in a folder of their own without an environment."""
    shutil.copytree(ROOT / 'environment', tmp_path / 'environment')
    return tmp_path


def set_up(checkout, code='pass', words=(), **options):
    """Run set-up after ``code``; return exit code and the lines on stderr."""
    program = f'import runpy, sys; {code}; runpy.run_path(sys.argv[1], run_name="__main__")'
    environment = {name: value for name, value in os.environ.items()
                   if 'ROS' not in name and name != 'DISTRO'}
    done = subprocess.run(
        [BASE, '-c', program, checkout / 'environment' / 'install.py', *words], text=True,
        capture_output=True, env=environment | options.pop('env', {}), timeout=60, **options)
    return done.returncode, done.stderr.strip().splitlines()


@pytest.mark.parametrize('version', ['(3, 9, 18)', '(3, 14, 0)', '(3, 6, 15)'])
def test_a_python_without_wheels_is_named_with_the_cure(checkout, version):
    """The range and a command."""
    code, lines = set_up(checkout, f'sys.version_info = {version}')
    assert code == 1 and len(lines) == 1
    assert '3.10 to 3.13 is needed' in lines[0] and 'make PYTHON=' in lines[0]


def path_without(tmp_path, *names):
    """Make a PATH with everything but some programs."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for directory in ('/usr/bin', '/bin'):
        for program in Path(directory).iterdir():
            link = folder / program.name
            if program.name not in names and not link.exists():
                link.symlink_to(program)
    return str(folder)


@pytest.mark.parametrize('compiler', ['gcc', 'g++'])
def test_a_missing_compiler_is_named_with_the_command_that_installs_it(checkout, compiler):
    """It is said before anything is downloaded."""
    path = path_without(checkout, compiler)
    code, lines = set_up(checkout, env={'PATH': path})
    assert code == 1 and len(lines) == 1
    assert lines[0] == f'set-up: missing: {compiler}: sudo apt install {compiler}'
    assert not (checkout / '.venv').exists()


def test_missing_header_files_are_named(checkout, tmp_path):
    """python3-dev is a package of its own on Debian."""
    code, lines = set_up(
        checkout, f'import sysconfig; sysconfig.get_path = lambda name: "{tmp_path}"')
    assert code == 1 and len(lines) == 1
    assert 'missing: Python.h of Python 3' in lines[0] and '-dev' in lines[0]


def test_a_missing_venv_module_is_named(checkout):
    """python3-venv is a package of its own on Debian."""
    code, lines = set_up(checkout, 'sys.modules["ensurepip"] = None')
    assert code == 1 and len(lines) == 1
    assert 'missing: the venv module of Python 3' in lines[0] and '-venv' in lines[0]


def test_all_that_is_missing_is_named_at_once(checkout):
    """One line, one command: nobody has to try again and again."""
    path = path_without(checkout, 'gcc', 'g++')
    code, lines = set_up(checkout, 'sys.modules["ensurepip"] = None', env={'PATH': path})
    assert code == 1 and len(lines) == 1
    assert re.search(r'sudo apt install python3\.\d+-venv gcc g\+\+$', lines[0])


def test_another_processor_is_pointed_to_apt(checkout):
    """The ROS wheels are for x86_64; a Jetson has ROS 2 from apt."""
    code, lines = set_up(checkout, 'import platform; platform.machine = lambda: "aarch64"')
    assert code == 1 and len(lines) == 1
    assert 'Linux aarch64' in lines[0] and 'source its setup.bash' in lines[0]


def test_a_folder_that_cannot_be_written_is_named():
    """Also where the tests run as root, who may write anywhere: set-up then runs as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder).resolve()
        shutil.copytree(ROOT / 'environment', checkout / 'environment')
        checkout.chmod(0o555)
        become = (f'import os, ctypes, ensurepip, venv, sysconfig, fcntl, hashlib, subprocess, '
                  f'pkgutil, runpy, platform, shutil; '
                  f'os.getuid() or os.setuid({NOBODY})')
        code, lines = set_up(checkout, become)
        checkout.chmod(0o755)
    assert code == 1 and len(lines) == 1
    assert f'{checkout} is not writable' in lines[0] and 'chown' in lines[0]


def test_a_broken_environment_is_made_anew(checkout):
    """Stamps of an environment whose Python is gone count for nothing."""
    (checkout / '.venv').mkdir()
    for name in ('venv', 'run', 'vision_msgs', 'package'):
        (checkout / '.venv' / f'.stamp-{name}').write_text('done')
    stop = 'import subprocess; subprocess.run = lambda command, **_: sys.exit(str(command))'
    code, lines = set_up(checkout, stop)
    assert code == 1 and "'-m', 'venv'" in lines[-1]
    assert not list((checkout / '.venv').iterdir())


@pytest.mark.parametrize('words, expected', [
    ((), {'run', 'kilted'}), (('replay',), {'run', 'kilted', 'replay'}),
    (('test',), {'run', 'kilted', 'train', 'replay', 'test'}),
    (('bench',), {'run', 'kilted', 'train', 'replay', 'test', 'engines'})])
def test_only_the_benchmark_installs_the_other_engines(checkout, words, expected):
    """``make test`` does without their gigabyte: the commands are listed, not run."""
    code, lines = set_up(checkout, LIST_COMMANDS, words)
    installed = {Path(word).stem for line in lines for word in line.split()
                 if Path(word).parent.name == 'requirements'}
    assert code == 0 and installed == expected


def test_another_distribution_gets_an_environment_of_its_own(checkout):
    """Its own wheels beside what all distributions share; Kilted's environment stays."""
    code, lines = set_up(checkout, LIST_COMMANDS, env={'DISTRO': 'jazzy'})
    assert code == 0 and f'-m venv {checkout}/.venv-jazzy' in lines[0]
    assert any(line.endswith('run.txt -r %s' % (checkout / 'environment/requirements/jazzy.txt'))
               for line in lines)
    assert not (checkout / '.venv').exists()


@pytest.mark.parametrize('variables, words', [
    ({'DISTRO': 'humble'}, ('humble', 'kilted and jazzy', 'source its setup.bash')),
    ({'DISTRO': 'jazzy', 'ROS_DISTRO': 'humble'}, ('DISTRO=jazzy', 'humble is sourced'))])
def test_a_distribution_that_cannot_be_is_named(checkout, variables, words):
    """One without wheels, and two at once."""
    code, lines = set_up(checkout, env=variables)
    assert code == 1 and len(lines) == 1 and all(word in lines[0] for word in words)


def test_what_the_distributions_share_is_said_once():
    """No package is pinned twice, and the wheels of both are of the same kind."""
    files = {name: dict(line.split('==') for line in (
        ROOT / 'environment' / 'requirements' / f'{name}.txt').read_text().splitlines()
        if line.startswith('ros-')) for name in ('run', 'kilted', 'jazzy')}
    assert not files['run'].keys() & (files['kilted'].keys() | files['jazzy'].keys())
    assert not files['kilted'].items() & files['jazzy'].items()


def test_what_is_done_is_recognized_at_once():
    """A second set-up of this checkout has nothing to say and nothing to do."""
    done = subprocess.run([BASE, ROOT / 'environment' / 'install.py', 'test'], text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_the_extra_train_keeps_a_pytorch_that_is_there():
    """``pip install .[train]`` brings what its verbs import, and never replaces a Jetson's."""
    code = ("import setuptools; setuptools.setup = lambda **options: print("
            "*options['extras_require']['train'], sep='\\n'); exec(open('setup.py').read())")
    done = subprocess.run([BASE, '-c', f"__file__ = 'setup.py'; {code}"], text=True,
                          capture_output=True, cwd=ROOT, check=True)
    # Without a version: an alpha of NVIDIA's is as good as any.
    assert {'torch', 'onnx', 'matplotlib', 'lz4', 'zstandard'} < set(done.stdout.split())
    assert {re.split('[><=]', line)[0] for line in done.stdout.split()} == {
        'torch', 'onnx', 'matplotlib', 'lz4', 'zstandard', 'rosbags', 'mcap'}
    verbs = {'train': 'train', 'import_model': 'train', 'frames': 'replay', 'replay': 'replay',
             'play': 'replay'}
    for verb, extra in verbs.items():
        path = ROOT / 'shufflenet_ros' / 'cli' / f'{verb}.py'
        assert f"'.[{extra}]'" in path.read_text()


def test_the_oldest_versions_are_those_of_ubuntu():
    """What ``make test-oldest`` installs, and CI runs it."""
    pins = (ROOT / 'environment' / 'requirements' / 'oldest.txt').read_text().splitlines()
    assert {'numpy==1.21.5', 'rich==11.2.0', 'onnxruntime==1.23.2'} <= set(pins)
    assert any(pin.startswith('opencv-python-headless==4.5.4.') for pin in pins)
    assert 'make test-oldest' in (ROOT / '.ci' / 'run').read_text().splitlines()


def test_the_node_is_tested_on_every_distribution_that_has_wheels():
    """CI runs all tests on the first, and those of the node and the launch files on the other."""
    lines = (ROOT / '.ci' / 'run').read_text().replace('\\\n', '').splitlines()
    assert 'make test' in lines
    jazzy, = (line for line in lines if 'make test DISTRO=jazzy' in line)
    assert all(words in jazzy for words in ('test/node', 'test/project/test_launch.py'))


def test_without_python_310_the_oldest_versions_are_not_passed_over(checkout, tmp_path):
    """It fails, and says what is missing; a green run would hide it."""
    for name in ('bash', 'dirname', 'env'):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run([ROOT / 'environment' / 'test_oldest.sh'], text=True, timeout=60,
                          capture_output=True, env={'PATH': str(tmp_path), 'HOME': '/nowhere'})
    assert done.returncode == 1 and 'no Python 3.10' in done.stderr and not done.stdout


@pytest.mark.parametrize('extra', ['bench', 'peers'])
def test_the_extra_of_the_package_installs_the_other_engines(extra):
    """``pip install .[bench]`` brings all that the bench compares with; ``peers`` is the same."""
    code = ("import setuptools; setuptools.setup = lambda **options: print("
            f"*options['extras_require']['{extra}'], sep='\\n'); exec(open('setup.py').read())")
    done = subprocess.run([BASE, '-c', f"__file__ = 'setup.py'; {code}"], text=True,
                          capture_output=True, cwd=ROOT, check=True)
    pins = dict(line.split(';')[0].split('==') for line in done.stdout.split('\n') if line)
    assert {'openvino', 'ncnn', 'ai-edge-litert', 'MNN', 'torch', 'onnx'} <= set(pins)
    assert 'torchvision' in pins
