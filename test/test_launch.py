"""The launch file against the package: by reading it anywhere, for real where launch_ros is."""

import ast
from importlib.util import find_spec
import os
from pathlib import Path
import signal
import subprocess
import time

import pytest
from shufflenet_ros.ros.parameters import PARAMETERS
import yaml

ROOT = Path(__file__).resolve().parent.parent
LAUNCH = ROOT / 'launch' / 'classifier.launch.py'
CONFIG = ROOT / 'config' / 'classifier.yaml'


def calls_of(name):
    """Keyword arguments of every call of a function in the launch file, as source."""
    return [{keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            for node in ast.walk(ast.parse(LAUNCH.read_text()))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == name]


def test_the_executable_exists():
    """What the launch file starts is an entry point of the package."""
    node, = calls_of('Node')
    assert node['package'] == 'PACKAGE' and "PACKAGE = 'shufflenet_ros'" in LAUNCH.read_text()
    executable = ast.literal_eval(node['executable'])
    assert f"'{executable} = shufflenet_ros." in (ROOT / 'setup.py').read_text()


def test_every_argument_is_declared_and_used():
    """The public interface of the launch file."""
    tree = ast.parse(LAUNCH.read_text())
    arguments, = (node.value for node in tree.body if isinstance(node, ast.Assign)
                  and node.targets[0].id == 'ARGUMENTS')
    declared = {key.value for key in arguments.keys}
    used = {node.slice.value for node in ast.walk(tree) if isinstance(node, ast.Subscript)
            and ast.unparse(node.value) == 'value'}
    assert declared == used == {
        'model', 'params_file', 'namespace', 'image', 'use_sim_time', 'log_level'}


def test_the_parameter_file_holds_every_parameter_with_its_default():
    """Whoever copies the file starts from what the node does without it."""
    values = yaml.safe_load(CONFIG.read_text())['/**']['ros__parameters']
    assert values == {name: entry.default for name, entry in PARAMETERS.items()}


@pytest.mark.skipif(find_spec('launch_ros') is None, reason='launch_ros comes with ROS 2 from apt')
def test_ros2_launch_starts_the_node_and_ends_it_cleanly():
    """As on a robot: the node gets ready, Ctrl-C ends everything with code 0."""
    process = subprocess.Popen(
        ['ros2', 'launch', str(LAUNCH), 'namespace:=/launched'], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True)
    deadline = time.monotonic() + 30
    lines = []
    while time.monotonic() < deadline and not any('ready' in line for line in lines):
        lines.append(process.stdout.readline())
    os.killpg(process.pid, signal.SIGINT)
    output = ''.join(lines) + process.communicate(timeout=20)[0]
    assert 'ready: model surfaces' in output and 'Traceback' not in output
    assert 'process has finished cleanly' in output
