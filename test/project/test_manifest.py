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

"""package.xml and the requirements name whatever the package and its tests need."""

import ast
from importlib.metadata import requires
from pathlib import Path
import re
import sys

from catkin_pkg.package import parse_package

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    'catkin_pkg': 'python3-catkin-pkg-modules', 'cv2': 'python3-opencv',
    'hypothesis': 'python3-hypothesis', 'lz4': 'python3-lz4',
    'matplotlib': 'python3-matplotlib', 'numpy': 'python3-numpy',
    'onnxruntime': 'python3-onnxruntime-pip', 'pandas': 'python3-pandas', 'PIL': 'python3-pil',
    'psutil': 'python3-psutil', 'pyqtgraph': 'python3-pyqtgraph', 'pytest': 'python3-pytest',
    'requests': 'python3-requests', 'rich': 'python3-rich', 'rosbags': 'python3-rosbags-pip',
    'torch': 'python3-torch', 'urllib3': 'python3-urllib3', 'yaml': 'python3-yaml'}
"""Python module to its key in rosdep; a package of ROS is called like its module."""
NO_KEY = {'distributed', 'foxglove', 'isal', 'mcap', 'onnx', 'plotly', 'pooch', 'pyarrow',
          'pytest_regressions', 'setuptools', 'zstandard'}
"""rosdep does not know them; setuptools comes with every ament_python build."""
AT_A_DESK = {'python3-lz4', 'python3-matplotlib', 'python3-pandas', 'python3-pytest',
             'python3-pyqtgraph', 'python3-requests', 'python3-rosbags-pip', 'python3-torch',
             'python3-urllib3', 'python_qt_binding', 'rqt_gui', 'rqt_gui_py'}
"""What only a desk needs: its verbs, and the plugin of rqt, which comes with rqt itself or is not
used. Each names the command that installs it; as a dependency rosdep would pull Qt onto robots."""
ONLY_FOR_OLD_PYTHON = {'exceptiongroup', 'tomli'}
NOT_FOR_US = {'pytest-repeat', 'pytest-rerunfailures'}
"""What colcon needs for options of "colcon test" that nothing here uses."""
AT_WILL = ('bench/engines/', 'bench/networks/from_torchvision.py')
"""Other engines and networks: where one is not installed, the benchmark says that it is absent."""


def modules_of(folders):
    """Every foreign top-level module that some folders import, with a file that does so."""
    own = {path.stem for path in (ROOT / 'test').rglob('*')} | {'shufflenet_ros', 'skimage'}
    found = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob('*.py')):
        if any(place in path.as_posix() for place in AT_WILL):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
                     [node.module] if isinstance(node, ast.ImportFrom) else [])
            found |= {name.partition('.')[0]: path for name in names}
    return {name: path for name, path in found.items()
            if name not in own | NO_KEY | sys.stdlib_module_names}


def test_the_manifest_is_valid():
    """REP 149: no complaint of the parser that ROS itself uses, and the facts of setup.py."""
    warnings = []
    package = parse_package(str(ROOT / 'package.xml'), warnings=warnings)
    assert not warnings and package.package_format == 3
    assert package.get_build_type() == 'ament_python'
    assert f"version='{package.version}'" in (ROOT / 'setup.py').read_text()
    assert [str(one) for one in package.licenses] == ['Apache-2.0']


def test_what_the_package_imports_is_an_exec_depend():
    """A robot that installed these keys can run every node; the tools for a desk need more."""
    package = parse_package(str(ROOT / 'package.xml'))
    keys = {one.name for one in package.exec_depends}
    imported = modules_of(['shufflenet_ros', 'launch', 'benchmarks'])
    missing = {name: path for name, path in imported.items()
               if KEYS.get(name, name) not in keys | AT_A_DESK}
    assert not missing


def test_what_the_tests_import_is_a_depend():
    """A robot that installed all keys can run colcon test; NO_KEY aside."""
    package = parse_package(str(ROOT / 'package.xml'))
    keys = {one.name for one in package.exec_depends + package.test_depends}
    missing = {name: path for name, path in modules_of(['test']).items()
               if KEYS.get(name, name) not in keys | {'python_qt_binding'}}
    assert not missing


def test_no_key_is_there_for_nothing():
    """What nobody imports or runs any more goes."""
    package = parse_package(str(ROOT / 'package.xml'))
    tools = {'python3-colcon-common-extensions', 'python3-pytest-timeout'}
    imported = modules_of(['shufflenet_ros', 'launch', 'benchmarks', 'test'])
    wanted = {KEYS.get(name, name) for name in imported} | tools
    assert not {one.name for one in package.exec_depends + package.test_depends} - wanted


def pins(name):
    """List the packages of a requirements file, under the names that pip compares."""
    lines = (ROOT / 'environment' / 'requirements' / f'{name}.txt').read_text().splitlines()
    return {comparable(line.split('==')[0]) for line in lines if line and line[0] != '#'}


def comparable(name):
    return re.sub(r'[-_.]+', '-', name).lower()


def test_the_requirements_of_the_tests_are_whole():
    """They are installed as they stand (--no-deps): what each package needs is there as well."""
    there = pins('run') | pins('train') | pins('replay') | pins('test')
    for package in pins('test') - ONLY_FOR_OLD_PYTHON:
        # What has a condition (after ";") belongs to another platform, Python or extra.
        needed = {comparable(re.match(r'[\w.-]+', line)[0])
                  for line in requires(package) or [] if ';' not in line}
        assert needed <= there | NOT_FOR_US, package
