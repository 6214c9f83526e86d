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

"""
Versions of Python, the package and its libraries, which are imported in another process.

A library that ends its process (onnxruntime on some ARM boards) or waits for ever ends nothing
else, and is told from one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
import json
import os
from pathlib import Path
import platform
import signal
import struct
import subprocess
import sys
import time
from typing import Any

from shufflenet_ros.process.files import PACKAGE, share_dir
from shufflenet_ros.process.machine import field, read_text, versions
from shufflenet_ros.status.facts import Library, NativeLibrary, Software
from shufflenet_ros.status.try_import import MARK

LIBRARIES = ('onnxruntime', 'numpy', 'cv2', 'yaml', 'PIL', 'rclpy', 'vision_msgs', 'cv_bridge')
OPTIONAL = ('cv_bridge', 'PIL')
"""The node runs without these."""
PACKAGES = ('onnxruntime', 'onnxruntime-gpu', 'opencv-python', 'opencv-python-headless',
            'opencv-contrib-python', 'opencv-contrib-python-headless', 'lark', 'lark-parser')
ROBOT_ROOMS = ('core', 'process', 'inference', 'native', 'monitoring', 'node')
"""What a classifier's process is made of."""
TIMEOUT_S = 20
MODULE = 'shufflenet_ros.status.try_import'
ENDED = 'the process that imported it '


def software(found: Mapping[str, Mapping[str, Any]]) -> Software:
    """Describe the software; ``found`` is what :func:`try_all` gives."""
    native = found.get('onnxruntime', {})
    return Software(
        package=_own_version(), package_of_share=_version_of_share(),
        changed_s=_changed_s(), python=platform.python_version(), environment=_environment(),
        bits=8 * struct.calcsize('P'),
        libraries={name: _library(found.get(name, {})) for name in LIBRARIES},
        packages=versions(PACKAGES),
        execution_providers=tuple(native.get('execution_providers', ())),
        middleware=found.get('rclpy', {}).get('middleware', ''))


def native_library(found: Mapping[str, Mapping[str, Any]]) -> NativeLibrary:
    """Describe the native library; ``found`` is what :func:`try_all` gives."""
    answer = found.get('native', {})
    return NativeLibrary(
        tuple(answer.get('instruction_sets', ())), answer.get('error', '') or answer.get(
            'crash', '') and f'{ENDED}ended by {answer["crash"]}',
        os.environ.get('SHUFFLENET_INSTRUCTION_SET', ''),
        bool(answer.get('is_older_than_sources')))


def try_all() -> dict[str, dict[str, Any]]:
    """
    Import each library, and load the native one, in another process: names to what each says.

    Where one ends that process, the next process goes on behind it.
    """
    answers: dict[str, dict[str, Any]] = {}
    left = [*LIBRARIES, 'native']
    while left:
        said, failure = _try(left)
        answers |= said
        left = left[len(said):]
        if left:
            answers[left.pop(0)] = failure
    return answers


def _try(names: Sequence[str]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Give what the first of some libraries say, and what became of the one behind them."""
    try:
        done = subprocess.run(
            [sys.executable, '-m', MODULE, *names], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
            env=os.environ | {'PYTHONPATH': os.pathsep.join(filter(None, _paths()))})
    except subprocess.TimeoutExpired as error:
        return _answers(names, error.stdout), {'error': f'{ENDED}was not done in {TIMEOUT_S} s'}
    except OSError as error:
        return {}, {'error': f'no process can be started ({error.strerror})'}
    said = _answers(names, done.stdout)
    if done.returncode < 0:
        return said, {'crash': _signal_name(-done.returncode)}
    return said, {'error': f'{ENDED}ended with code {done.returncode}'}


def _answers(names: Sequence[str], output: bytes | None) -> dict[str, dict[str, Any]]:
    """Read the lines of those that came to an end; libraries may print lines of their own."""
    lines = [line.removeprefix(MARK) for line in (output or b'').decode(
        'utf-8', 'replace').splitlines() if line.startswith(MARK)]
    answers = {}
    for name, line in zip(names, lines):
        try:
            answers[name] = json.loads(line)
        except ValueError:  # cut off
            break
    return answers


def _paths() -> Iterator[str]:
    """Have the child find what this process finds, this package first."""
    yield str(Path(__file__).resolve().parents[2])
    yield from sys.path


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f'signal {number}'


def _library(answer: Mapping[str, Any]) -> Library:
    return Library(answer.get('version', ''), answer.get('error', ''), answer.get('crash', ''))


def _own_version() -> str:
    """Version of the package that this is; of a checkout that is not installed by its manifest."""
    manifest = Path(__file__).resolve().parents[2] / 'package.xml'
    if manifest.is_file():
        return _manifest_version(manifest)
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return ''


def _version_of_share() -> str:
    return _manifest_version(share_dir() / 'package.xml')


def _changed_s() -> float:
    """Give the seconds since a Python file of the robot's part of the package was written."""
    package = Path(__file__).resolve().parents[1]
    written_s = (path.stat().st_mtime for room in ROBOT_ROOMS
                 for path in (package / room).rglob('*.py'))
    return max(0.0, time.time() - max(written_s, default=0.0))


def _manifest_version(path: Path) -> str:
    return read_text(path).partition('<version>')[2].partition('</version>')[0].strip()


def _environment() -> str:
    if os.environ.get('CONDA_PREFIX') and sys.prefix == os.environ['CONDA_PREFIX']:
        return 'conda'
    settings = Path(sys.prefix) / 'pyvenv.cfg'
    if sys.prefix == sys.base_prefix and not settings.is_file():
        return 'system'
    shares = field(read_text(settings).replace(' =', ':'), 'include-system-site-packages')
    return 'venv with the packages of the system' if shares == 'true' else 'venv'
