"""
The newest item of each source, and nothing older: the place where no queue can grow.

A producer never waits. A consumer takes the item that has waited longest, so that one fast source
cannot starve another. What was replaced before anybody took it is counted. This file does not
know what an item is.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, Hashable


class Mailbox:
    """Thread-safe newest-only slots, one for each source that ever posted."""

    def __init__(self) -> None:
        # A dict keeps insertion order: its first key is the source that has waited longest.
        self._waiting: dict[Hashable, Any] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._replaced: Counter = Counter()

    def post(self, source: Hashable, item: Any) -> None:
        """Leave ``item`` as the newest of ``source``; it keeps the source's place in line."""
        with self._changed:
            if self._closed:
                return
            if source in self._waiting:
                self._replaced[source] += 1
            self._waiting[source] = item
            self._changed.notify()

    def take(self) -> tuple[Hashable, Any] | None:
        """Wait for the item that has waited longest; None when the mailbox was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            source = next(iter(self._waiting))
            return source, self._waiting.pop(source)

    def replaced(self, source: Hashable) -> int:
        """How many items of ``source`` gave way to a newer one before they were taken."""
        with self._changed:
            return self._replaced[source]

    def close(self) -> None:
        """Drop what waits and wake every consumer with None."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
