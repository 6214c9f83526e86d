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
The newest item of each source, and nothing older: here no queue can grow.

A producer never waits. A consumer takes the item that has waited longest, so that one fast source
cannot starve another. No source is at work with two consumers at once, so that its items keep
their order. A highest rate may hold the items of each source back until they are due. The
producer learns whether an item replaced an older one, and why. This file does not know what an
item is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import threading
import time
from typing import Generic, TypeVar

Item = TypeVar('Item')
REPLACED = 'replaced'
"""An older item was replaced because no consumer was free."""
LIMITED = 'limited'
"""An older item was replaced because it was not due yet."""
LONGEST_PERIOD_NS = 10 ** 18
"""31 years: a lower rate than that is no different, and 1e9 / 1e-300 is no number of ns."""
LONGEST_WAIT_S = 3600.0
"""Waits are made of parts: threading cannot wait for years at once."""


class NewestOnly(Generic[Item]):
    """Thread-safe newest-only slots, one for each source that ever put an item."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # A dict keeps insertion order: its first key is the source that has waited longest.
        self._waiting: dict[str, Item] = {}
        self._at_work: set[str] = set()
        self._due_ns: dict[str, int] = {}
        self._period_ns = 0
        self._is_paused = False
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is accepted."""
        return self._is_closed

    def limit(self, rate_hz: float) -> None:
        """Hand out at most that many items of each source a second; 0.0 for no limit."""
        with self._changed:
            self._period_ns = round(min(1e9 / rate_hz, LONGEST_PERIOD_NS)) if rate_hz else 0
            self._due_ns.clear()
            self._changed.notify_all()

    def put(self, source: str, item: Item) -> str:
        """
        Leave ``item`` as the newest of ``source``; it keeps the source's place in line.

        Returns REPLACED or LIMITED where it took the place of an older item, else ''.
        """
        with self._changed:
            if self._is_closed:
                return ''
            is_replaced = source in self._waiting
            self._waiting[source] = item
            self._changed.notify()
            if not is_replaced:
                return ''
            return LIMITED if self._wait_ns(source, time.monotonic_ns()) > 0 else REPLACED

    def take(self) -> tuple[str, Item] | None:
        """
        Wait for the item that has waited longest; None when it was closed.

        The source is at work until :meth:`done`.
        """
        with self._changed:
            while self._waiting or not self._is_closed:
                now_ns = time.monotonic_ns()
                source, wait_s = self._next_source(now_ns)
                if source is not None:
                    self._schedule_next(source, now_ns)
                    self._at_work.add(source)
                    return source, self._waiting.pop(source)
                self._changed.wait(wait_s)
            return None

    def done(self, source: str) -> None:
        """Let the next item of ``source`` be taken."""
        with self._changed:
            self._at_work.discard(source)
            if self._is_paused or self._is_closed:
                self._changed.notify_all()

    @contextmanager
    def paused(self, timeout_s: float | None = None) -> Iterator[bool]:
        """
        Hold all consumers where no source is at work; items may still be put meanwhile.

        Gives False where one is still at work after ``timeout_s``.
        """
        with self._changed:
            self._is_paused = True
            is_at_rest = self._changed.wait_for(lambda: not self._at_work, timeout_s)
        try:
            yield is_at_rest
        finally:
            with self._changed:
                self._is_paused = False
                self._changed.notify_all()

    def close(self, drop: bool = True) -> None:
        """Accept nothing more. What waits is dropped, or else handed out at once, before None."""
        with self._changed:
            self._is_closed = True
            if drop:
                self._waiting.clear()
            self._changed.notify_all()

    def move_to(self, other: NewestOnly[Item]) -> None:
        """Close this one, and leave what waits here to another one that has nothing yet."""
        with self._changed, other._changed:
            self._is_closed = True
            other._waiting.update(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
            other._changed.notify_all()

    def _next_source(self, now_ns: int) -> tuple[str | None, float | None]:
        """Which source to serve, or how long (s) to wait for the first that will be due."""
        if self._is_paused:
            return None, None
        waits_ns = []
        for source in self._waiting:
            if source not in self._at_work:
                wait_ns = 0 if self._is_closed else self._wait_ns(source, now_ns)
                if wait_ns <= 0:
                    return source, None
                waits_ns.append(wait_ns)
        return None, min(min(waits_ns) / 1e9, LONGEST_WAIT_S) if waits_ns else None

    def _wait_ns(self, source: str, now_ns: int) -> int:
        return self._due_ns.get(source, now_ns) - now_ns if self._period_ns else 0

    def _schedule_next(self, source: str, now_ns: int) -> None:
        """Count from the moment it was due, not from now: small delays must not add up."""
        due_ns = self._due_ns.get(source, now_ns)
        is_late = now_ns - due_ns >= self._period_ns
        self._due_ns[source] = (now_ns if is_late else due_ns) + self._period_ns
