"""
A clean end on SIGINT and SIGTERM, once or twice, at any moment of a node's life.

Python and rclpy each answer signals in a way of their own, and a signal while a node is being made
leaves tracebacks behind. Here one thread waits for both signals; nothing else ever sees them.
This file imports nothing heavy: it has to be ready before everything else.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
import sys
import threading
import time

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_S = 1.5
"""How long a stop may take before the process is ended without further ado."""
LAST_WAIT_S = 0.2
"""How long threads may still take when the main thread is done."""


class Stop:
    """Whether the process was told to stop, and whom to tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._tell: Callable[[], None] | None = None

    def watch(self) -> None:
        """Take over the signals; call it from the main thread before any other one starts."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        threading.Thread(target=self._wait, name='stop', daemon=True).start()

    def tell(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the process is told to stop; at once if it was already."""
        with self._lock:
            self._tell = callback
            requested = self._requested
        if requested:
            callback()

    def _wait(self) -> None:
        signal.sigwait(SIGNALS)
        with self._lock:
            self._requested = True
            tell = self._tell
        if tell is not None:
            # On a thread of its own: whatever it waits for, the patience has an end.
            threading.Thread(target=tell, name='tell', daemon=True).start()
        time.sleep(PATIENCE_S)
        _end(0)


def leave(code: int) -> int:
    """
    Return the exit code for a normal end; end at once where a thread is still at work.

    The end of the interpreter would cut such a thread off inside a library, which may then wait
    for it for ever.
    """
    others = [thread for thread in threading.enumerate()
              if thread.daemon and thread.name != 'stop']
    deadline_s = time.monotonic() + LAST_WAIT_S
    for thread in others:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    if any(thread.is_alive() for thread in others):
        _end(code)
    return code


def _end(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


stop = Stop()
