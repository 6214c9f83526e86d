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
A clean end on SIGINT and SIGTERM, once or twice, at any moment of a node's life.

Python and rclpy each handle signals in a way of their own, and a signal while a node is being made
leaves tracebacks behind. Here one thread waits for both signals, and nothing else gets them. Only
the standard library is imported: this must be ready before anything that takes long to import.

The end comes even where a library holds the interpreter's lock and Python code cannot run: a
signal then starts an alarm without it.
"""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import fcntl
import os
import signal
import struct
import threading
import time

from shufflenet_ros.process.output import (
    flush_output,
    open_closed_streams,
    PASSING_THREAD,
    release_output,
)

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOP_TIMEOUT_S = 1.5
"""How long a stop may take before the process is ended at once."""
THREADS_TIMEOUT_S = 0.2
"""How long other threads may still run when the main thread is done."""
FLUSH_TIMEOUT_S = 0.2
"""How long the last lines may take to get out."""
LAST_TIMEOUT_S = 1.85
"""After it SIGALRM ends a process whose interpreter is locked by then."""
WAITING_THREAD = 'signals'
F_SETOWN_EX, OWNER_IS_THREAD = 15, 0
"""Of fcntl(2); Python has no names for them."""


class StopSignals:
    """Whether SIGINT or SIGTERM came, and what is to be called then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_come = False
        self._callback: Callable[[], None] | None = None

    def take_over(self) -> None:
        """Handle both signals; call it from the main thread before any other one starts."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        open_closed_streams()  # before the pipe gets their numbers
        came, entrance = os.pipe()
        os.set_blocking(entrance, False)
        # Python's handler writes the number of a signal there, without the interpreter's lock.
        signal.set_wakeup_fd(entrance, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, lambda *_: None)
        is_ready = threading.Event()
        threading.Thread(target=self._wait, args=(came, is_ready), name=WAITING_THREAD,
                         daemon=True).start()
        is_ready.wait()  # from now on signals are answered, whoever holds the interpreter's lock

    def call_on_stop(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when a signal comes, on another thread; at once if one came before."""
        with self._lock:
            self._callback = callback
            has_come = self._has_come
        if has_come:
            callback()

    def _wait(self, came: int, is_ready: threading.Event) -> None:
        _start_alarm_on_input(came)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        is_ready.set()
        while os.read(came, 1)[0] not in SIGNALS:
            pass
        # Python code runs; should it stop running, the kernel ends the process.
        signal.setitimer(signal.ITIMER_REAL, LAST_TIMEOUT_S)
        with self._lock:
            self._has_come = True
            callback = self._callback
        if callback is not None:
            # On a thread of its own: the callback may block, the timeout below must not.
            threading.Thread(target=callback, name='stop', daemon=True).start()
        time.sleep(STOP_TIMEOUT_S)
        _end_at_once(0)


def finish(code: int) -> int:
    """
    Return the exit code, to end normally; end at once where a daemon thread still runs.

    The interpreter would stop such a thread inside a library and could then wait for it for ever.
    The same goes for output that nobody takes.
    """
    others = [thread for thread in threading.enumerate()
              if thread.daemon and thread.name not in (WAITING_THREAD, PASSING_THREAD)]
    deadline_s = time.monotonic() + THREADS_TIMEOUT_S
    for thread in others:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    if any(thread.is_alive() for thread in others) or not flush_output(FLUSH_TIMEOUT_S):
        _end_at_once(code)
    release_output()
    return code


def _start_alarm_on_input(descriptor: int) -> None:
    """
    Let the kernel start an alarm of a second when there is something to read.

    It sends this very thread SIGHUP, which calls ``alarm(SIGHUP)``, that is ``alarm(1)``, of the
    C library: nothing of this needs the interpreter's lock. Where SIGHUP is ignored (nohup) or
    handled, it stays as it is.
    """
    if signal.getsignal(signal.SIGHUP) != signal.SIG_DFL:
        return
    library = ctypes.CDLL(None)
    library.signal.argtypes, library.signal.restype = (ctypes.c_int, ctypes.c_void_p), None
    library.signal(signal.SIGHUP, ctypes.cast(library.alarm, ctypes.c_void_p))
    fcntl.fcntl(descriptor, F_SETOWN_EX,
                struct.pack('ii', OWNER_IS_THREAD, threading.get_native_id()))
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGHUP)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)


def _end_at_once(code: int) -> None:
    flush_output(FLUSH_TIMEOUT_S)
    os._exit(code)


stop_signals = StopSignals()
