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
Items prepared on a thread of their own before they are asked for, as many as memory allows.

Everything that touches the recordings runs on that one thread: SQLite demands it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
import threading
from typing import Generic, TypeVar

MOST_ITEMS = 64
MOST_BYTES = 64 * 1024 * 1024
"""Beyond it only one item waits, however large."""

Item = TypeVar('Item')
Result = TypeVar('Result')


class ReadAhead(Generic[Item]):
    """One thread that reads, and the items that it has ready."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, 'read')
        self._changed = threading.Condition()
        self._ready: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._is_closed = False
        self._reading: Future[None] | None = None

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function on the thread, and give what it gives or raise what it raises."""
        return self._pool.submit(function).result()

    def start(self, items: Iterator[Item], size: Callable[[Item], int]) -> None:
        """Begin to read; ``size`` gives the bytes that an item holds."""
        self._reading = self._pool.submit(self._read, items, size)
        self._reading.add_done_callback(lambda done: self._tell())

    def first(self) -> Item | None:
        """Wait for the next item and leave it there; None at the end. Raises as ``take``."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._is_over())
            if self._ready:
                return self._ready[0][0]
        if self._reading is not None and not self._is_closed:
            self._reading.result()
        return None

    def take(self) -> Item | None:
        """Wait for the next item; None at the end. Raises what ended the reading."""
        if self.first() is None:
            return None
        with self._changed:
            if not self._ready:  # stopped meanwhile
                return None
            item, size = self._ready.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def stop(self) -> None:
        """Read no more, and give no more; from any thread."""
        with self._changed:
            self._is_closed = True
            self._ready.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread when it has done what it was asked for."""
        self.stop()
        self._pool.shutdown(wait=False)

    def _read(self, items: Iterator[Item], size: Callable[[Item], int]) -> None:
        for item in items:
            with self._changed:
                self._changed.wait_for(self._has_room)
                if self._is_closed:
                    break
                self._ready.append((item, size(item)))
                self._bytes += size(item)
                self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._is_closed or not self._ready or (
            len(self._ready) < MOST_ITEMS and self._bytes < MOST_BYTES)

    def _is_over(self) -> bool:
        return self._is_closed or self._reading is None or self._reading.done()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
