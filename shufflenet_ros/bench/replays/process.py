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

"""A command from its start to its end, on cores of its own: how long, how much CPU and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
import os
import subprocess
import sys
import tempfile
from time import perf_counter_ns, sleep

from shufflenet_ros.bench.runner.environment import on_cores
from shufflenet_ros.core.errors import ShufflenetRosError
from shufflenet_ros.core.text import plain

SAMPLE_S = 0.02


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command took."""

    wall_ns: int
    cpu_ns: int
    """User and system, of its threads and of the processes that it waited for."""
    output: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory at one moment, in MB of 1024 * 1024 bytes."""

    rss_mb: float
    own_mb: float
    """Without pages of files, such as parts of a recording that are mapped."""


def run(command: Sequence[str], cores: Set[int],
        watch: Callable[[Memory], None] | None = None) -> Finished:
    """
    Run a module of this package with arguments on some cores; ``watch`` gets its memory.

    Raises ShufflenetRosError with its last words where it fails.
    """
    with tempfile.TemporaryFile('w+', encoding='utf-8', errors='replace') as output:
        begun_ns = perf_counter_ns()
        with on_cores(cores):
            process = subprocess.Popen([sys.executable, '-m', *command], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT)
        try:
            used = _wait(process, watch)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
        wall_ns = perf_counter_ns() - begun_ns
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise ShufflenetRosError(f'{plain(" ".join(command))}: ended with exit code '
                                 f'{process.returncode}: {plain(said.strip()[-300:], 300)}')
    return Finished(wall_ns, round(used * 1e9), said)


def _wait(process: subprocess.Popen[bytes], watch: Callable[[Memory], None] | None) -> float:
    """Wait until it ends; give the CPU time (s) that it used."""
    while True:
        number, status, used = os.wait4(process.pid, 0 if watch is None else os.WNOHANG)
        if number:
            process.returncode = os.waitstatus_to_exitcode(status)
            return used.ru_utime + used.ru_stime
        if watch is not None and (memory := memory_of(process.pid)) is not None:
            watch(memory)
        sleep(SAMPLE_S)


def memory_of(number: int) -> Memory | None:
    """Read the memory of a process; None where it has none any more."""
    try:
        with open(f'/proc/{number}/status', encoding='utf-8') as status:
            lines = dict(line.split(':', 1) for line in status)
        kib = [int(lines[name].split()[0]) for name in ('VmRSS', 'RssAnon')]
    except (OSError, KeyError):
        return None
    return Memory(kib[0] / 1024, kib[1] / 1024)
