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

"""A process of a benchmark that has a terminal of its own, and how much it writes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import fcntl
import os
import re
import struct
import subprocess
import termios

from shufflenet_ros.bench.nodes.process import MeasuredProcess

MOST_AT_ONCE = 65536
KEPT = 4096
"""Bytes of its last output, for the message where it fails."""
CONTROL = re.compile(r'\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f]')
"""Escape sequences (ECMA-48) and control characters but tab and line feed."""
TERMINAL = {'TERM': 'xterm-256color'}
SIZES = ('COLUMNS', 'LINES')
"""Variables that would stand for the size of the terminal."""


class TerminalProcess(MeasuredProcess):
    """A Python process on a pseudo terminal that is read as fast as it writes."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str],
                 columns: int, lines: int) -> None:
        self._screen, self._its_end = os.openpty()
        fcntl.ioctl(self._its_end, termios.TIOCSWINSZ,
                    struct.pack('HHHH', lines, columns, 0, 0))
        self._bytes = 0
        super().__init__(name, command, TERMINAL | {
            key: value for key, value in environment.items() if key not in (*SIZES, *TERMINAL)})

    @property
    def terminal_bytes(self) -> int:
        """Bytes that its terminal got so far."""
        return self._bytes

    def _start(self, words: Sequence[str],
               environment: Mapping[str, str]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                words, stdin=self._its_end, stdout=self._its_end, stderr=self._its_end, text=True,
                env=environment, start_new_session=True, preexec_fn=_take_terminal)
        finally:
            os.close(self._its_end)

    def _read(self) -> None:
        last = b''
        while some := self._next_bytes():
            self._bytes += len(some)
            last = (last + some)[-KEPT:]
        os.close(self._screen)
        text = CONTROL.sub('', last.decode(errors='replace'))
        self._output += filter(None, map(str.strip, text.splitlines()))
        self._lines.put(None)

    def _next_bytes(self) -> bytes:
        try:
            return os.read(self._screen, MOST_AT_ONCE)
        except OSError:  # how Linux says that nobody has the other end any more
            return b''


def _take_terminal() -> None:
    """Make it the controlling terminal, as a shell's is: job control and hang-up need that."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
