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
"""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
import sys
import threading
import time

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOP_TIMEOUT_S = 1.5
"""How long a stop may take before the process is ended at once."""
THREADS_TIMEOUT_S = 0.2
"""How long other threads may still run when the main thread is done."""
WAITING_THREAD = 'signals'


class StopSignals:
    """Whether SIGINT or SIGTERM came, and what is to be called then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_come = False
        self._callback: Callable[[], None] | None = None

    def take_over(self) -> None:
        """Handle both signals; call it from the main thread before any other one starts."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        threading.Thread(target=self._wait, name=WAITING_THREAD, daemon=True).start()

    def call_on_stop(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when a signal comes, on another thread; at once if one came before."""
        with self._lock:
            self._callback = callback
            has_come = self._has_come
        if has_come:
            callback()

    def _wait(self) -> None:
        signal.sigwait(SIGNALS)
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
    """
    others = [thread for thread in threading.enumerate()
              if thread.daemon and thread.name != WAITING_THREAD]
    deadline_s = time.monotonic() + THREADS_TIMEOUT_S
    for thread in others:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    if any(thread.is_alive() for thread in others):
        _end_at_once(code)
    return code


def _end_at_once(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


stop_signals = StopSignals()
