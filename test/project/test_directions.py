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

"""Who may import whom: what the table of the document says is what the package does."""

import ast
from functools import cache
import json
import keyword
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import NamedTuple

from project.imports import NAME, reach, read_package, ROOT
import pytest

DOCUMENT = ROOT / 'docs' / 'design.md'
GATE = Path(__file__).parent / 'gate.py'
PACKAGE = read_package()
ROS = {'builtin_interfaces', 'diagnostic_msgs', 'lifecycle_msgs', 'rcl_interfaces', 'rclpy',
       'rosgraph_msgs', 'sensor_msgs', 'std_msgs', 'std_srvs', 'vision_msgs'}
BY_NAME = {'process.entry_points', 'cli.main', 'bench.record', 'bench.engines.registry'}
"""The files that import modules by a name that is known only when they run."""


class Row(NamedTuple):
    """One room: names of modules stand for all that lies below them."""

    where: str
    modules: set[str]
    libraries: set[str]
    later: set[str]
    """Modules and libraries that are there only when a function runs."""


@cache
def table():
    """Read the table that stands in the document under its mark: room to row."""
    text = DOCUMENT.read_text().partition('<!-- directions -->\n')[2].partition('\n\n')[0]
    _, _, *lines = text.splitlines()
    rows = {}
    for line in lines:
        room, where, *cells = (cell.strip() for cell in line.strip('|').split('|'))
        rows[room.strip('`')] = Row(where, *(names(cell) for cell in cells))
    return rows


def names(cell):
    """Split a cell; "ROS" stands for all its packages."""
    found = {name.strip('` ') for name in cell.split(',')} - {''}
    return found - {'ROS'} | (ROS if 'ROS' in found else set())


def room_of(module):
    """Give the row that a module belongs to: the longest that it lies below."""
    return max((room for room in table() if below(module, {room})), key=len, default=None)


def below(module, places):
    """Whether a module is one of some modules, or lies below one."""
    return any(f'{module}.'.startswith(f'{place}.') for place in places)


def modules_of(room):
    """List the modules of a room, but not those of rooms inside it that have their own row."""
    return [module for module in PACKAGE if room_of(module) == room]


def reached(room, late):
    """Give what a room reaches of other rooms, and which libraries."""
    found = reach(PACKAGE, modules_of(room), late)
    house = room.partition('.')[0]
    return ({name for name in found & PACKAGE.keys() if not below(name, {house})},
            found - PACKAGE.keys())


def in_fresh_interpreter(*words):
    """Run Python with some words in a process in which nothing is imported yet."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=ROOT,
                          env=os.environ | {'PYTHONPATH': os.pathsep.join(
                              [str(ROOT), os.environ.get('PYTHONPATH', '')])})
    assert done.returncode == 0, done.stderr


def test_every_module_belongs_to_a_room_of_the_table():
    """A new room needs a row."""
    assert {module for module in PACKAGE if room_of(module) is None} == {''}


@pytest.mark.parametrize('room', table())
def test_a_room_reaches_what_its_row_says_and_no_more(room):
    """However many imports lie between."""
    row = table()[room]
    modules, libraries = reached(room, late=False)
    assert not {name for name in modules if not below(name, row.modules)}
    assert libraries <= row.libraries
    modules, libraries = reached(room, late=True)
    assert not {name for name in modules if not below(name, row.modules | row.later)}
    assert libraries <= row.libraries | row.later


@pytest.mark.parametrize('room', table())
def test_a_row_says_nothing_that_is_not_so(room):
    """What nobody imports any more leaves the table, and late imports stay in their column."""
    row = table()[room]
    modules, libraries = reached(room, late=False)
    libraries |= ROS if libraries & ROS else set()
    assert not {name for name in row.modules
                if not any(below(module, {name}) for module in modules)}
    assert row.libraries <= libraries
    modules, libraries = (late - now for late, now in zip(
        reached(room, late=True), (modules, libraries), strict=True))
    libraries |= ROS if libraries & ROS else set()
    assert not {name for name in row.later - libraries
                if not any(below(module, {name}) for module in modules)}


@pytest.mark.parametrize('room', table())
def test_a_room_imports_where_all_else_is_refused(room):
    """In a fresh interpreter; what a library of the row imports is that library's own business."""
    row = table()[room]
    in_fresh_interpreter(GATE, json.dumps({
        'modules': [f'{NAME}.{module}' for module in modules_of(room)],
        'rooms': [f'{NAME}.{place}' for place in {*row.modules, room.partition('.')[0]}],
        'libraries': sorted(row.libraries)}))


@pytest.mark.parametrize('room', ['core', 'inference', 'monitoring', 'native'])
def test_the_robots_rooms_import_without_what_is_heavy(room):
    """Not even a library that they may use looks for these."""
    in_fresh_interpreter('-c', '; '.join([
        'import importlib, sys',
        *(f'sys.modules[{name!r}] = None' for name in
          ('torch', 'onnx', 'rosbags', 'mcap', 'matplotlib', 'rclpy', 'rich')),
        *(f'importlib.import_module("{NAME}.{module}")' for module in modules_of(room))]))


def test_rooms_of_the_robot_never_reach_the_desk():
    """A robot needs nothing of training, benchmarks or the command line."""
    robot = {room for room, row in table().items() if row.where == 'robot'}
    assert {'core', 'inference', 'monitoring', 'native', 'node', 'process'} == robot
    for room in robot:
        modules, _ = reached(room, late=True)
        assert {room_of(module) for module in modules} <= robot, room


@pytest.mark.parametrize('library, places', [
    ('torch', {'training', 'quantization', 'bench'}),
    ('onnx', {'training', 'quantization', 'bench'}),
    ('onnxruntime', {'inference', 'quantization', 'bench'}),
    ('matplotlib', {'evaluation.report', 'comparison.report', 'bench'}),
    *((name, {'node', 'player', 'observer', 'layouts.running_node', 'demo.nodes', 'bench.nodes',
             'rqt_plugin', 'rqt_window', 'screen_monitor', 'status.live', 'status.try_import'})
      for name in sorted(ROS))])
def test_a_library_is_known_in_its_rooms_alone(library, places):
    """Whoever replaces it finds all of it there."""
    users = {module for module, imports in PACKAGE.items()
             if library in {one.target for one in imports}}
    assert not {module for module in users if not below(module, places)}


@pytest.mark.parametrize('library', ['rosbags', 'mcap'])
def test_a_format_of_recordings_is_known_in_one_file(library):
    """One reads it, one writes results, two read those, one writes what bench measures."""
    users = {module for module, imports in PACKAGE.items()
             if library in {one.target for one in imports}}
    rooms = [room_of(module) for module in users]
    assert len(rooms) == len(set(rooms))
    assert set(rooms) <= {'recordings', 'replay', 'comparison', 'layouts', 'bench.replays'}


@pytest.mark.parametrize('verb', ['demo', 'evaluate', 'frames'])
def test_a_verb_runs_without_pytorch(verb):
    """Looking at data and measuring a model needs no gigabyte of libraries."""
    assert not {'torch', 'onnx'} & reach(PACKAGE, [f'cli.{verb}'], late=True)


def test_verbs_do_not_import_one_another():
    """One file a verb: each can be read, changed and removed alone."""
    from shufflenet_ros.cli.main import VERBS
    verbs = {f'cli.{file}' for file in VERBS.values()}
    assert verbs <= PACKAGE.keys()
    for verb in verbs:
        assert not verbs & {one.target for one in PACKAGE[verb]}, verb


def test_nothing_imports_in_a_circle():
    """Every module can be read after the modules that it imports."""
    for module in PACKAGE:
        back = {one.target for one in PACKAGE[module] if not one.late} & PACKAGE.keys()
        for name in back:
            assert module not in reach(PACKAGE, [name], late=False), f'{module} and {name}'


def test_nothing_imports_the_package_itself_or_a_whole_room():
    """Each import names the module that has what is imported."""
    folders = {module for module in PACKAGE
               if (ROOT / NAME / module.replace('.', '/')).is_dir()}
    for module, imports in PACKAGE.items():
        assert not folders & {one.target for one in imports}, module


def test_modules_that_import_by_name_are_known():
    """All other imports can be read from the source."""
    users = {module for module in PACKAGE if re.search(
        r'\bimport_module\(|\b__import__\(', path_of(module).read_text())}
    assert users == BY_NAME


def path_of(module):
    path = ROOT / NAME / module.replace('.', '/')
    return path / '__init__.py' if path.is_dir() else path.with_suffix('.py')


@pytest.mark.parametrize('path', sorted((ROOT / NAME).rglob('__init__.py')),
                         ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_a_folder_says_what_it_is_for_and_does_nothing(path):
    """Importing one module of a room loads no other."""
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) and len(tree.body) == 1


def test_no_name_is_one_of_python_or_its_standard_library():
    """Whoever reads ``import queue`` knows which one is meant."""
    parts = {part for module in PACKAGE for part in module.split('.')}
    assert not {part for part in parts if part in sys.stdlib_module_names
                or keyword.iskeyword(part) or keyword.issoftkeyword(part)}
