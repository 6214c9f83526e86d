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

"""A process of a benchmark: its output, the CPU time it used, its memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
import os
from pathlib import Path
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from shufflenet_ros.core.errors import ShufflenetRosError

TICKS_PER_S = os.sysconf('SC_CLK_TCK')
EXIT_TIMEOUT_S = 5.0
CHECK_EVERY_S = 0.25
"""How often a wait checks the other processes."""


class MeasuredProcess:
    """A Python process; it ends with the ``with`` block."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str],
                 cores: Collection[int] = ()) -> None:
        """Start it on ``cores``, or on those of this process where none are given."""
        self.name = name
        self._output: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        """Lines that were not read yet; None at their end."""
        self._process = self._start([sys.executable, *command], environment)
        if cores:  # before it has threads: they inherit this
            os.sched_setaffinity(self._process.pid, cores)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def terminal_bytes(self) -> int:
        """Bytes that its terminal got so far; 0 where it has none."""
        return 0

    def __enter__(self) -> MeasuredProcess:
        return self

    def __exit__(self, *error: Any) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_for(self, word: str, timeout_s: float, *others: MeasuredProcess) -> str:
        """
        Give the next line that begins with ``word``.

        Raises ShufflenetRosError where none comes, or where it or one of the others ends.
        """
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            if (line := self.next_line(CHECK_EVERY_S)).startswith(word):
                return line
            for other in others:
                other.check()
        raise ShufflenetRosError(
            f'the {self.name} did not print {word!r} within {timeout_s:.0f} s; its last output: '
            f'{self._last_output()}; see docs/troubleshooting.md, "No result arrives"')

    def printed(self, word: str) -> str:
        """Give the first line with ``word`` among those printed so far, or an empty one."""
        return next((line for line in self._output if word in line), '')

    def check(self) -> None:
        """Raise ShufflenetRosError where it has ended."""
        if self._process.poll() is not None:
            self._reader.join(EXIT_TIMEOUT_S)
            raise ShufflenetRosError(
                f'the {self.name} ended with exit code {self._process.returncode}; its last '
                f'output: {self._last_output()}')

    def next_line(self, timeout_s: float) -> str:
        """Give the next line, or an empty one where none comes in time; the end is an error."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return ''
        if line is None:
            self._process.wait(EXIT_TIMEOUT_S)
            self.check()
        return line or ''

    def start_work(self) -> None:
        """Send the line that it waits for."""
        assert self._process.stdin is not None  # a pipe, as it was started
        self._process.stdin.write('\n')
        self._process.stdin.flush()

    def wait(self, timeout_s: float) -> None:
        """Wait until it ends by itself, with exit code 0."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise ShufflenetRosError(
                f'the {self.name} did not end within {timeout_s:.0f} s') from error
        if code:
            self.check()

    def cpu_s(self) -> float:
        """CPU time of all its threads so far, user and system (s, in steps of a clock tick)."""
        fields = Path(f'/proc/{self._process.pid}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def rss_mb(self) -> float:
        """Resident memory in MB of 1024 * 1024 bytes, shared memory of the middleware included."""
        with open(f'/proc/{self._process.pid}/status') as status:
            return next(int(line.split()[1]) for line in status
                        if line.startswith('VmRSS:')) / 1024

    def _last_output(self) -> str:
        return ' | '.join(self._output[-3:]) or 'nothing'

    def _start(self, words: Sequence[str],
               environment: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env=environment)

    def _read(self) -> None:
        assert self._process.stdout is not None  # a pipe, as it was started
        for line in self._process.stdout:
            self._output.append(line.strip())
            self._lines.put(line.strip())
        self._lines.put(None)
