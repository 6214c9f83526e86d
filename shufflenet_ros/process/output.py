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
Standard output and error of a process whose work must never wait for whoever reads them.

A pipe that nobody reads, a terminal that is stopped or a log on a full disk would block the
thread that writes, and whoever waits for its locks. After :func:`guard_output` both streams are
pipes of this process that never block; a thread passes their lines on, a bounded number a second.
What libraries complain about in images is not passed on but counted: :func:`take_complaints`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
import fcntl
import os
import re
import select
import sys
import threading
import time

STREAMS = (1, 2)
PASSING_THREAD = 'output'
PIPE_BYTES = 256 * 1024
"""How much may be written at once; more of it is lost."""
CHUNK_BYTES = 65536
MAX_CHUNKS = 16
"""Read at one go, so that nobody who floods the stream keeps the reader for ever."""
MAX_LINES_WAITING = 500
BURST, LINES_PER_S = 60, 5.0
"""Lines that are passed on at once, as a traceback has them, and in the long run."""
MAX_LINE_BYTES = 8192
MAX_COMPLAINTS = 100
COMPLAINT = re.compile(
    rb'Corrupt JPEG data|Premature end of JPEG|Invalid SOS parameters|Inconsistent progression'
    rb'|Unknown Adobe|Warning: unknown JFIF|libpng (?:warning|error)|\[ ?(?:WARN|ERROR):\d+@')
"""How libjpeg, libpng and OpenCV begin what they say about an image."""
DEBUG = re.compile(rb'(?:\x1b\[\d+m)?\[DEBUG\]')
"""Lines that come only where somebody asked for them: they are not limited."""
COLOURS = 'RCUTILS_COLORIZED_OUTPUT'


class Outlet:
    """One stream, or two that lead to the same place, behind a pipe that never blocks."""

    def __init__(self, streams: Sequence[int]) -> None:
        """Put a pipe in the place of the streams; ``start`` passes on what comes out of it."""
        self._streams = streams
        self._outside = os.dup(streams[0])
        self._pipe, entrance = os.pipe()
        with suppress(OSError):  # more than this user may have
            fcntl.fcntl(entrance, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        for end in (self._pipe, entrance):
            os.set_blocking(end, False)
        for stream in streams:
            os.dup2(entrance, stream)
        os.close(entrance)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._is_writing = False
        self._rest = b''
        self._complaints: deque[str] = deque(maxlen=MAX_COMPLAINTS)
        self._left_out = 0
        self._last_left_out = b''
        self._allowed, self._counted_s = float(BURST), time.monotonic()
        self._is_ending = False

    def start(self) -> None:
        """Begin to pass lines on."""
        threading.Thread(target=self._pass_on, name=PASSING_THREAD, daemon=True).start()

    def read(self) -> None:
        """Take what was written so far, for the thread to pass on; never blocks."""
        with self._lock, suppress(BlockingIOError):
            for _ in range(MAX_CHUNKS):
                *lines, self._rest = (self._rest + os.read(self._pipe, CHUNK_BYTES)).split(b'\n')
                if len(self._rest) > MAX_LINE_BYTES:
                    lines, self._rest = [*lines, self._rest], b''
                for line in lines:
                    self._sort(line)
        if self._waiting:
            os.eventfd_write(self._wake, 1)

    def take_complaints(self) -> list[str]:
        """Give what libraries complained about since the last call."""
        self.read()
        with self._lock:
            taken = list(self._complaints)
            self._complaints.clear()
        return taken

    def flush(self, timeout_s: float) -> bool:
        """Pass everything on, however much it is; False where that takes longer."""
        self._is_ending = True
        deadline_s = time.monotonic() + timeout_s
        self.read()
        with self._lock:
            if self._rest:
                self._sort(self._rest, end=b'')
                self._rest = b''
            elif self._left_out:  # what was written last is why the process ends
                self._left_out -= 1
                self._sort(self._last_left_out)
        os.eventfd_write(self._wake, 1)
        while self._waiting or self._is_writing:
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.005)
        return True

    def restore(self) -> None:
        """Give the streams back: from now on whoever writes may block again."""
        for stream in self._streams:
            os.dup2(self._outside, stream)

    def _sort(self, line: bytes, end: bytes = b'\n') -> None:
        if COMPLAINT.match(line):
            self._complaints.append(line.decode('utf-8', 'replace'))
        elif len(self._waiting) >= MAX_LINES_WAITING or not (
                DEBUG.match(line) or self._is_allowed()):
            self._left_out += 1
            self._last_left_out = line
        else:
            if self._left_out:
                self._waiting.append(b'(%d lines are left out here)\n' % self._left_out)
                self._left_out = 0
            self._waiting.append(line[:MAX_LINE_BYTES] + end)

    def _is_allowed(self) -> bool:
        """Whether one more line may be passed on now."""
        now_s = time.monotonic()
        self._allowed = min(BURST, self._allowed + (now_s - self._counted_s) * LINES_PER_S)
        self._counted_s = now_s
        if self._is_ending:
            return True
        is_allowed = self._allowed >= 1
        self._allowed -= is_allowed
        return is_allowed

    def _pass_on(self) -> None:
        poller = select.poll()
        for end in (self._pipe, self._wake):
            poller.register(end, select.POLLIN)
        while True:
            poller.poll()
            with suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            self.read()
            while self._waiting:
                self._is_writing = True
                self._write(self._waiting.popleft())
                self._is_writing = False

    def _write(self, line: bytes) -> None:
        """Write to the outside, however long that takes; what it refuses is lost."""
        with suppress(OSError):
            while line:
                try:
                    line = line[os.write(self._outside, line):]
                except BlockingIOError:  # somebody else made it so
                    select.select((), (self._outside,), (), 1.0)


_outlets: list[Outlet] = []


def guard_output() -> None:
    """
    Let nothing in this process block on standard output or error from now on.

    Call it once, after the last exec and before rclpy starts. Closed streams are opened on
    /dev/null, so that no file or socket can get their numbers.
    """
    open_closed_streams()
    if any(map(os.isatty, STREAMS)):
        os.environ.setdefault(COLOURS, '1')  # rcutils would look for a terminal
    _flush_buffers()
    one, other = map(os.fstat, STREAMS)
    together = (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    for streams in (STREAMS,) if together else ((1,), (2,)):
        _outlets.append(Outlet(streams))
        _outlets[-1].start()


def open_closed_streams() -> None:
    """Open /dev/null in the place of standard streams that are closed."""
    for stream in (0, *STREAMS):
        try:
            os.fstat(stream)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != stream:
                os.dup2(opened, stream)
                os.close(opened)
            os.set_inheritable(stream, True)
    for name, number in (('stdout', 1), ('stderr', 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, 'w', errors='backslashreplace', closefd=False))


def take_complaints() -> list[str]:
    """Give what libraries said about images since the last call; nothing where unguarded."""
    return [line for outlet in _outlets for line in outlet.take_complaints()]


def flush_output(timeout_s: float) -> bool:
    """Write out what is still buffered, in that time; False where somebody keeps it waiting."""
    done: list[bool] = []
    # On a thread of its own: an unguarded stream blocks, and its buffer has a lock.
    flusher = threading.Thread(target=lambda: done.append(_flush(timeout_s)), daemon=True)
    flusher.start()
    flusher.join(timeout_s)
    return done == [True]


def _flush(timeout_s: float) -> bool:
    _flush_buffers()
    return not [outlet for outlet in _outlets if not outlet.flush(timeout_s)]


def _flush_buffers() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, full, or none at all
            stream.flush()


def release_output() -> None:
    """Give the streams back that were guarded."""
    while _outlets:
        _outlets.pop().restore()
