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

"""How the library is built, found and missed: by setup.py, with and without a compiler."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest
from shufflenet_ros.core.errors import ConfigurationError
from shufflenet_ros.native import library
from shufflenet_ros.native.build_library import build, BuildError, is_current

ROOT = Path(__file__).resolve().parents[2]
NATIVE = Path('shufflenet_ros', 'native')
SOURCE = 'extern "C" int answer() {return 42;}\n'


@pytest.fixture
def package(tmp_path):
    """Copy what setup.py reads; one source of one line stands for those of the network."""
    folder = tmp_path / 'package'
    (folder / NATIVE).mkdir(parents=True)
    for name in ('setup.py', 'setup.cfg', 'package.xml', 'plugin.xml'):
        shutil.copy(ROOT / name, folder)
    for name in ('environment', 'resource', 'config', 'models', 'launch', 'benchmarks'):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / NATIVE / 'build_library.py', folder / NATIVE)
    for path in (folder / NATIVE, folder / NATIVE.parent):
        (path / '__init__.py').touch()
    (folder / NATIVE / 'network.cpp').write_text(SOURCE)
    return folder


def set_up(package, *words, **variables):
    """Run setup.py; exit code and what it said on stderr of the library."""
    done = subprocess.run([sys.executable, 'setup.py', '-q', *words], cwd=package, text=True,
                          capture_output=True, env=os.environ | variables)
    lines = [line for line in done.stderr.splitlines() if 'library' in line]
    return done.returncode, lines


def test_it_is_built_beside_its_sources_for_an_editable_install(package):
    """Under a name that knows no version of Python, and anew where a source has changed."""
    path = package / NATIVE / 'libshufflenet_v1.so'
    assert set_up(package, 'build_ext', '--inplace') == (0, []) and path.is_file()
    first = path.read_bytes()
    assert set_up(package, 'build_ext', '--inplace') == (0, []) and path.read_bytes() == first
    source = package / NATIVE / 'network.cpp'
    source.write_text(SOURCE.replace('42', '43'))
    os.utime(source, (path.stat().st_mtime + 1,) * 2)
    assert set_up(package, 'build_ext', '--inplace') == (0, []) and path.read_bytes() != first


def test_a_wheel_and_a_workspace_have_it(package, tmp_path):
    """As pip and colcon build: in the package's folder of what is installed."""
    assert set_up(package, 'build', '--build-base', str(tmp_path / 'build'), 'install',
                  '--prefix', str(tmp_path / 'prefix'), '--record', str(tmp_path / 'record'),
                  '--single-version-externally-managed') == (0, [])
    found = list((tmp_path / 'prefix').rglob('libshufflenet_v1.so'))
    assert len(found) == 1 and found[0].parent.parts[-2:] == NATIVE.parts
    assert str(found[0]) in (tmp_path / 'record').read_text()


@pytest.mark.parametrize('compiler, words', [
    ('no_such_compiler', 'no_such_compiler does not start'), ('false', 'not built')])
def test_without_a_compiler_one_line_says_what_is_missed(package, tmp_path, compiler, words):
    """And nothing else fails; an older library, which has other contents, does not stay."""
    old = package / NATIVE / 'libshufflenet_v1.so'
    old.write_bytes(b'old')
    code, lines = set_up(package, 'build_ext', '--inplace', CXX=compiler)
    assert code == 0 and len(lines) == 1 and words in lines[0] and 'install g++' in lines[0]
    assert not old.exists()
    code, lines = set_up(package, 'build', '--build-base', str(tmp_path / 'build'), 'install',
                         '--prefix', str(tmp_path / 'prefix'), '--record',
                         str(tmp_path / 'record'), '--single-version-externally-managed',
                         CXX=compiler)
    assert code == 0 and len(lines) == 1
    assert list((tmp_path / 'prefix').rglob('build_library.py'))


def test_a_fault_in_a_source_is_named(package):
    """By the compiler's own first line."""
    (package / NATIVE / 'network.cpp').write_text('int broken() {return nowhere;}\n')
    code, lines = set_up(package, 'build_ext', '--inplace')
    assert code == 0 and len(lines) == 1 and 'nowhere' in lines[0] and 'network.cpp:1' in lines[0]


def test_no_compiler_on_the_path_is_said(monkeypatch, tmp_path):
    """With the command that installs one."""
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.delenv('CXX', raising=False)
    with pytest.raises(BuildError, match='apt install g.{2}'):
        build(tmp_path / 'library.so')
    assert not (tmp_path / 'library.so').exists()


def test_a_library_of_another_machine_is_not_current(tmp_path):
    """One folder may serve a desk and a robot."""
    path = tmp_path / 'library.so'
    path.write_bytes(b'\x7fELF of another processor')
    assert not is_current(path)
    path.unlink()
    shutil.copy(library.LIBRARY, path)
    assert is_current(path)


def test_its_code_is_hardened():
    """Symbols bound at once, read-only afterwards, a guard on the stack; few names are seen."""
    content = subprocess.run(['readelf', '-dlW', '--dyn-syms', library.LIBRARY], text=True,
                             capture_output=True, check=True).stdout
    assert 'BIND_NOW' in content and 'GNU_RELRO' in content and '__stack_chk_fail' in content
    own = {line.split()[-1] for line in content.splitlines()
           if ' GLOBAL DEFAULT ' in line and ' UND ' not in line}
    assert own == {'RegisterCustomOps', 'shufflenet_instruction_sets', 'shufflenet_run',
                   'shufflenet_time_ns'}


@pytest.mark.parametrize('content, words', [
    (None, 'was not built'), (b'no library', 'cannot be loaded')])
def test_a_library_that_is_not_there_is_said_with_the_cure(monkeypatch, tmp_path, content, words):
    """In one line: a robot without a compiler, or a file of another processor."""
    path = tmp_path / 'libshufflenet_v1.so'
    if content:
        path.write_bytes(content)
    monkeypatch.setattr(library, 'LIBRARY', path)
    with pytest.raises(ConfigurationError, match=f'{path}: {words}.*install g.. and build') as one:
        library.library_path()
    assert str(one.value).isprintable()


def test_the_environment_names_the_instruction_set(monkeypatch):
    """For measurements; the best one otherwise."""
    monkeypatch.delenv(library.VARIABLE, raising=False)
    assert library.instruction_set() == library.instruction_sets()[0]
    monkeypatch.setenv(library.VARIABLE, 'plain')
    assert library.instruction_set() == 'plain'
