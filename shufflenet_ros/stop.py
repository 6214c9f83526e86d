"""
A clean end on SIGINT and SIGTERM, once or twice, at any moment of a node's life.

Python and rclpy each answer signals in a way of their own, and a signal while a node is being made
leaves tracebacks behind. Here one thread waits for both signals; nothing else ever sees them.
This file imports nothing heavy: it has to be ready before everything else.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_S = 1.5
"""How long a stop may take before the process is ended without further ado."""


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
            tell()
        time.sleep(PATIENCE_S)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


stop = Stop()
