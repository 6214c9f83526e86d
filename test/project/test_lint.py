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

"""The linter and the type checker find nothing; pyproject.toml says what they look for."""

from importlib.metadata import PackageNotFoundError, version
import subprocess
import sys

from project.sources import python_files, ROOT
import pytest

PINS = ROOT / 'environment' / 'requirements' / 'test.txt'


def run(tool, *words):
    """Run a tool in the version of the requirements, as another one finds other things."""
    pinned = next(line.split('==')[1] for line in PINS.read_text().splitlines()
                  if line.startswith(f'{tool}=='))
    try:
        found = version(tool)
    except PackageNotFoundError:
        found = 'missing'
    if found != pinned:
        pytest.skip(f'{tool} is {found}, {pinned} is needed: "make test" installs it')
    return subprocess.run([sys.executable, '-m', tool, *words], capture_output=True, text=True,
                          cwd=ROOT)


def test_the_linter_finds_nothing():
    """Style, imports, docstrings and common mistakes, in the whole repository."""
    done = run('ruff', 'check')
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_sees_every_file():
    """No file is left out by a setting."""
    seen = run('ruff', 'check', '--show-files').stdout.splitlines()
    assert {str(path) for path in python_files()} <= set(seen)


def test_the_type_checker_finds_nothing():
    """Every function of the package has types, and they fit one another."""
    done = run('mypy')
    assert done.returncode == 0, done.stdout + done.stderr
