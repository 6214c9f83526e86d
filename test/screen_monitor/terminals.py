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

"""A terminal that knows what the painter sends, and real ones with a monitor in them."""

import codecs
from contextlib import contextmanager
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from rich.cells import cell_len

CODE = re.compile(r'\x1b\[(\??[0-9;]*)([A-Za-z])')
BEGUN = re.compile(r'\x1b(\[\??[0-9;]*)?')
ENTER, LEAVE = b'\x1b[?1049h', b'\x1b[?7h\x1b[?25h\x1b[?1049l'
TIMEOUT_S = 30
SHELL = ('sh', '-c', 'set -m; "$@"; echo stopped; read line; fg', 'sh')
"""Without a shell nobody could continue what is stopped: the kernel then stops nothing."""


class Grid:
    """The cells of a terminal; a code that it does not know is an error."""

    def __init__(self, columns, rows):
        self.columns = columns
        self.cells = [[' '] * columns for _ in range(rows)]
        self._row = self._column = 0
        self._rest = ''

    def feed(self, text):
        """Do what a terminal does; a code may come in parts."""
        text, self._rest = self._rest + text, ''
        while text:
            if BEGUN.fullmatch(text):
                self._rest = text
                return
            code = CODE.match(text)
            if code:
                self._obey(*code.groups())
                text = text[code.end():]
                continue
            if text[0] in '\r\n':
                self._column, self._row = 0, self._row + (text[0] == '\n')
                text = text[1:]
                continue
            assert text[0].isprintable(), text[:20]
            for place in range(cell_len(text[0])):
                if self._column < self.columns:
                    self.cells[self._row][self._column] = '' if place else text[0]
                self._column += 1
            text = text[1:]

    def lines(self):
        """Give what stands in each row."""
        return [''.join(row).rstrip() for row in self.cells]

    def _obey(self, words, letter):
        if letter == 'H':
            row, column = words.split(';')
            self._row, self._column = int(row) - 1, int(column) - 1
        elif letter == 'K':
            self.cells[self._row][self._column:] = [' '] * (self.columns - self._column)
        elif letter == 'J':
            self.cells = [[' '] * self.columns for _ in self.cells]
        else:
            assert letter == 'm' or words.startswith('?'), (words, letter)


class Terminal:
    """A monitor in a terminal of its own, as ssh gives one."""

    def __init__(self, process, ours, theirs):
        self.process, self.theirs, self.sent = process, theirs, b''
        self._ours = ours
        self._decoder = codecs.getincrementaldecoder('utf-8')()
        self.grid = Grid(80, 24)

    def press(self, keys):
        """Type."""
        os.write(self._ours, keys)

    def resize(self, columns, rows):
        """Have another size, as a window that is dragged."""
        self.grid = Grid(columns, rows)
        set_size(self._ours, columns, rows)

    def until(self, pattern, timeout_s=TIMEOUT_S):
        """Read until a line has a pattern; give the line."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            found = [line for line in self.grid.lines() if re.search(pattern, line)]
            if found:
                return found[0]
            self.read(0.1)
        raise AssertionError('\n'.join([f'no {pattern!r} in', *self.grid.lines()]))

    def read(self, seconds):
        """Take what comes within a while, at once when something came."""
        if select.select([self._ours], [], [], seconds)[0]:
            try:
                new = os.read(self._ours, 65536)
            except OSError:  # the other side is closed
                return
            self.sent += new
            self.grid.feed(self._decoder.decode(new))

    def read_to_end(self):
        """Read until the process has ended; its code."""
        deadline_s = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline_s:
            self.read(0.05)
        self.read(0.05)
        return self.process.wait(1)

    def hang_up(self):
        """Close our side, as the end of ssh does."""
        os.close(self._ours)
        self._ours = -1

    def close(self):
        """End what is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)
        os.close(self.theirs)


@contextmanager
def monitor_in_terminal(*words, shell=(), **environment):
    """Start a monitor in a terminal of 80x24, maybe by a shell."""
    ours, theirs = pty.openpty()
    set_size(ours, 80, 24)
    process = subprocess.Popen(
        [*shell, sys.executable, '-m', 'shufflenet_ros.cli.main', 'monitor', *words],
        stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=lambda: _take_terminal(theirs),
        env={name: value for name, value in os.environ.items()
             if name not in ('COLUMNS', 'LINES', 'NO_COLOR')}
        | {'TERM': 'xterm-256color'} | environment)
    terminal = Terminal(process, ours, theirs)
    try:
        yield terminal
    finally:
        terminal.close()


def set_size(number, columns, rows):
    """Give a terminal a size."""
    fcntl.ioctl(number, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def _take_terminal(number):
    os.setsid()
    # Makes it the terminal of the new session.
    os.close(os.open(os.ttyname(number), os.O_RDWR))
