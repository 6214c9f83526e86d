"""Who may import whom: the directions of the rooms, held by reading every import."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'shufflenet_ros'
MIDDLEWARE = {
    'rclpy', 'sensor_msgs', 'std_msgs', 'vision_msgs', 'diagnostic_msgs', 'rcl_interfaces',
    'builtin_interfaces', 'ament_index_python', 'cv_bridge', 'launch', 'launch_ros'}
ALL_OTHERS = MIDDLEWARE | {'torch', 'onnx', 'onnxruntime', 'cv2', 'numpy', 'yaml', 'rich'}
FOREIGN = {
    'core': MIDDLEWARE | {'torch', 'onnx', 'onnxruntime', 'yaml', 'rich'},
    'engine.py': MIDDLEWARE | {'torch', 'onnx', 'rich'},
    'model_card.py': MIDDLEWARE | {'torch', 'onnx', 'onnxruntime', 'rich'},
    'analysis': MIDDLEWARE | {'torch', 'onnx', 'onnxruntime', 'cv2'},
    'catalogue.py': ALL_OTHERS,
    'download.py': ALL_OTHERS,
    'download_failures.py': ALL_OTHERS,
    'samples.py': ALL_OTHERS,
    'training': MIDDLEWARE,
    'bags': MIDDLEWARE | {'torch', 'onnx', 'onnxruntime', 'rich'},
    'ros': {'torch', 'onnx', 'rich'},
    'tools': MIDDLEWARE | {'torch', 'onnx'},
    'demo': MIDDLEWARE | {'torch', 'onnx', 'onnxruntime'},
    'bench': MIDDLEWARE | {'torch'},
}
ROOMS = {
    'core': {'core'},
    'engine.py': {'core', 'model_card'},
    'model_card.py': {'core'},
    'analysis': {'analysis', 'core'},
    'catalogue.py': {'core'},
    'download.py': {'core', 'download_failures', 'output'},
    'download_failures.py': {'core'},
    'samples.py': {'core'},
    'training': {'analysis', 'catalogue', 'core', 'engine', 'model_card', 'output', 'samples',
                 'training'},
    'bags': {'bags', 'core', 'output', 'progress'},
    'ros': {'core', 'engine', 'model_card', 'ros', 'environment', 'malloc', 'stop', 'demo'},
    'demo': {'core', 'demo', 'environment', 'model_card', 'samples'},
    'bench': {'bench', 'core', 'demo', 'engine', 'environment', 'model_card', 'training'},
}


def files_of(room):
    path = PACKAGE / room
    return [path] if path.is_file() else sorted(path.rglob('*.py'))


def imports_of(path):
    """Every module that a file imports anywhere, as a dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            yield node.module


@pytest.mark.parametrize('room', sorted(FOREIGN))
def test_a_room_does_not_import_what_it_must_not_know(room):
    """The core has never heard of the middleware, nor the node of torch."""
    for path in files_of(room):
        roots = {name.partition('.')[0] for name in imports_of(path)}
        assert not roots & FOREIGN[room], f'{path} imports {roots & FOREIGN[room]}'


@pytest.mark.parametrize('room', sorted(ROOMS))
def test_a_room_imports_only_the_rooms_below_it(room):
    """Directions hold: nothing imports upwards, sideways or the package root."""
    for path in files_of(room):
        for name in imports_of(path):
            if name.partition('.')[0] == 'shufflenet_ros':
                parts = name.split('.')
                assert len(parts) > 1, f'{path} imports the package root'
                assert parts[1] in ROOMS[room], f'{path} imports {name}'


def test_one_file_alone_knows_rosbags():
    """Everything else sees images and their stamps, whatever recorded them."""
    knowing = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob('*.py')
               if any(name.partition('.')[0] == 'rosbags' for name in imports_of(path))}
    assert knowing == {'bags/reader.py'}


def test_verbs_do_not_import_one_another():
    """One file a verb: each can be read, changed and removed alone."""
    for path in files_of('tools'):
        for name in imports_of(path):
            assert not name.startswith('shufflenet_ros.cli'), f'{path} imports {name}'


def test_the_core_runs_where_nothing_but_numpy_and_opencv_exists():
    """Importing the whole core with everything else blocked works in a fresh interpreter."""
    modules = [f'shufflenet_ros.core.{path.stem}' for path in (PACKAGE / 'core').glob('[a-z]*.py')]
    assert len(modules) >= 8
    blocked = sorted(FOREIGN['core'])
    code = (f'import sys\nfor name in {blocked}: sys.modules[name] = None\n'
            + '\n'.join(f'import {module}' for module in modules))
    subprocess.run([sys.executable, '-c', code], check=True, cwd=ROOT)
