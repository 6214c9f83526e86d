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
Compile the C++ sources beside this file into one shared library, with nothing but a compiler.

    python3 shufflenet_ros/native/build_library.py [TARGET]

setup.py does the same under pip and colcon; the variable ``CXX`` names another compiler. No flag
asks for instructions that this machine happens to have: each file turns its own on, and the
library chooses when it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
import ctypes
import os
from pathlib import Path
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / 'libshufflenet_v1.so'
# Scheduled before registers are given out, a tile's sums do not fit into those of ARM.
FLAGS = ('-O3', '-fno-schedule-insns', '-std=c++17', '-ffp-contract=off', '-fno-math-errno',
         '-fstack-protector-strong', '-fvisibility=hidden', '-fPIC', '-Wall', '-Wextra')
LINK_FLAGS = ('-shared', '-Wl,-z,relro,-z,now')


class BuildError(Exception):
    """No library was built; one line says why."""


def sources() -> list[Path]:
    """List what is compiled."""
    return sorted(HERE.glob('*.cpp'))


def inputs() -> list[Path]:
    """List all files that the library depends on."""
    return [*sources(), *sorted(HERE.glob('*.hpp')), Path(__file__).resolve()]


def is_current(target: Path) -> bool:
    """Whether a library is newer than all that it depends on, and this machine can load it."""
    if not target.is_file() or target.stat().st_mtime <= max(
            path.stat().st_mtime for path in inputs()):
        return False
    try:
        ctypes.CDLL(str(target))
    except OSError:  # of another machine that has the same folder
        return False
    return True


def provide(target: Path = LIBRARY) -> None:
    """Build a library unless it is current; one beside the sources serves. Raises BuildError."""
    if is_current(target):
        return
    if is_current(LIBRARY):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(LIBRARY, target)
    else:
        build(target)


def build(target: Path = LIBRARY, flags: Sequence[str] = ()) -> None:
    """
    Compile the library anew, with some more flags; a process that has the old one open keeps it.

    Raises BuildError, and leaves no library behind then: an old one would have other contents.
    """
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        objects = [Path(folder) / f'{source.stem}.o' for source in sources()]
        _run(*([*_compiler(), *FLAGS, *flags, '-c', str(source), '-o', str(one)]
               for source, one in zip(sources(), objects)))
        linked = Path(folder) / target.name
        _run([*_compiler(), *flags, *LINK_FLAGS, *map(str, objects), '-o', str(linked)])
        shutil.copy(linked, target)


def _compiler() -> list[str]:
    given = os.environ.get('CXX')
    if given:
        return shlex.split(given)
    found = next((name for name in ('g++', 'c++', 'clang++') if shutil.which(name)), None)
    if found is None:
        raise BuildError('there is no C++ compiler: sudo apt install g++')
    return [found]


def _run(*commands: Sequence[str]) -> None:
    """Run commands side by side, as many as there are cores."""
    waiting, running, errors = list(commands), list[subprocess.Popen[str]](), list[str]()
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            running.append(_start(waiting.pop(0)))
        process = running.pop(0)
        output = process.communicate()[0]
        if process.returncode:
            lines = output.strip().splitlines() or ['no output']
            errors.append(next((line for line in lines if 'error' in line.lower()), lines[-1]))
            waiting.clear()
    if errors:
        raise BuildError(errors[0])


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(command, text=True, errors='replace', stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise BuildError(f'{command[0]} does not start: {error.strerror}') from error


def plain(text: object) -> str:
    """Without control characters; core.text is not installed yet where this runs."""
    return ''.join(one if one.isprintable() else ' ' for one in str(text))


def main(words: Sequence[str]) -> int:
    """Build where the library is missing or older than its sources; exit code 1 with one line."""
    target = Path(words[0]) if words else LIBRARY
    try:
        provide(target)
    except (BuildError, OSError) as error:
        print(f'{plain(target)}: not built: {plain(error)}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
