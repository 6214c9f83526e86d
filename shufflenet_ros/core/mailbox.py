"""
The newest item of each source, and nothing older: the place where no queue can grow.

A producer never waits. A consumer takes the item that has waited longest, so that one fast source
cannot starve another, and no source is at work with two consumers at once, so that its items keep
their order. A highest rate may hold the items of each source back until they are due. Whoever
posts is told when an older item gave way, and why. This file does not know what an item is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
import threading
import time
from typing import Any

REPLACED = 'replaced'
"""An older item gave way because no consumer was free."""
LIMITED = 'limited'
"""An older item gave way because it was not due yet."""


class Mailbox:
    """Thread-safe newest-only slots, one for each source that ever posted."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # A dict keeps insertion order: its first key is the source that has waited longest.
        self._waiting: dict[Hashable, Any] = {}
        self._at_work: set[Hashable] = set()
        self._due_ns: dict[Hashable, int] = {}
        self._period_ns = 0
        self._paused = False
        self._closed = False

    def limit(self, rate_hz: float) -> None:
        """Hand out at most that many items of each source a second; 0.0 for no limit."""
        with self._changed:
            self._period_ns = round(1e9 / rate_hz) if rate_hz else 0
            self._due_ns.clear()
            self._changed.notify_all()

    def post(self, source: Hashable, item: Any) -> str:
        """
        Leave ``item`` as the newest of ``source``; it keeps the source's place in line.

        Returns REPLACED or LIMITED where it took the place of an older item, else ''.
        """
        with self._changed:
            if self._closed:
                return ''
            gave_way = source in self._waiting
            self._waiting[source] = item
            self._changed.notify()
            if not gave_way:
                return ''
            return LIMITED if self._wait_ns(source, time.monotonic_ns()) > 0 else REPLACED

    def take(self) -> tuple[Hashable, Any] | None:
        """
        Wait for the item that has waited longest; None when the mailbox was closed.

        The source is at work until :meth:`done`.
        """
        with self._changed:
            while self._waiting or not self._closed:
                now_ns = time.monotonic_ns()
                source, wait_s = self._first(now_ns)
                if source is not None:
                    self._schedule(source, now_ns)
                    self._at_work.add(source)
                    return source, self._waiting.pop(source)
                self._changed.wait(wait_s)
            return None

    def done(self, source: Hashable) -> None:
        """Let the next item of ``source`` be taken."""
        with self._changed:
            self._at_work.discard(source)
            if self._paused or self._closed:
                self._changed.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold all consumers where no source is at work; posting goes on meanwhile."""
        with self._changed:
            self._paused = True
            self._changed.wait_for(lambda: not self._at_work)
        try:
            yield
        finally:
            with self._changed:
                self._paused = False
                self._changed.notify_all()

    def close(self, drop: bool = True) -> None:
        """Take nothing more. What waits is dropped, or else handed out at once, before None."""
        with self._changed:
            self._closed = True
            if drop:
                self._waiting.clear()
            self._changed.notify_all()

    def _first(self, now_ns: int) -> tuple[Hashable | None, float | None]:
        """Which source to serve, or how long (s) to wait for the first that will be due."""
        if self._paused:
            return None, None
        waits_ns = []
        for source in self._waiting:
            if source not in self._at_work:
                wait_ns = 0 if self._closed else self._wait_ns(source, now_ns)
                if wait_ns <= 0:
                    return source, None
                waits_ns.append(wait_ns)
        return None, min(waits_ns) / 1e9 if waits_ns else None

    def _wait_ns(self, source: Hashable, now_ns: int) -> int:
        return self._due_ns.get(source, now_ns) - now_ns if self._period_ns else 0

    def _schedule(self, source: Hashable, now_ns: int) -> None:
        """From the moment it was due, not from now: small delays must not add up to a drift."""
        due_ns = self._due_ns.get(source, now_ns)
        late = now_ns - due_ns >= self._period_ns
        self._due_ns[source] = (now_ns if late else due_ns) + self._period_ns
