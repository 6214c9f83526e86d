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
Whose image is served next: the camera that has waited longest, and none with two workers at once.

Images are not here: a source (:class:`Source`) tells which cameras have one, and keeps the newest
of each. One worker at a time waits for the source, so that only one thread is woken by an image;
the others wait for their turn. A highest rate may hold each camera back until it is due. Boxes of
a detector take turns as a camera of their own, which no rate holds back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
import threading
import time
from typing import NamedTuple, Protocol

LONGEST_PERIOD_NS = 10 ** 18
"""31 years: a lower rate than that is no different, and 1e9 / 1e-300 is no number of ns."""
LONGEST_WAIT_NS = 1_000_000_000
"""A wait is made of parts: were a source not to wake, nothing would stand still for longer."""


class Source(Protocol):
    """Where images wait, the newest of each camera."""

    def wait(self, cameras: Sequence[str], timeout_ns: int) -> Collection[str]:
        """Wait until one of the cameras has an image, or :meth:`wake`; which ones have one."""

    def wake(self) -> None:
        """End the wait that is going on, or else the next one; from any thread."""


class Turn(NamedTuple):
    """A camera whose image may be taken now."""

    camera: str
    due_ns: int = 0
    """Until when it was held back by the highest rate (monotonic clock); 0 for not at all."""


class Turns:
    """The cameras of one source, shared by all workers; can be opened again when closed."""

    def __init__(self, cameras: Sequence[str] = (), unlimited: Collection[str] = ()) -> None:
        """Begin closed; without any camera at work. No rate holds back the ``unlimited``."""
        self._leading = threading.Lock()  # held by the worker that waits for the source
        self._changed = threading.Condition()
        # The camera that was served longest ago comes first.
        self._cameras = dict.fromkeys((*cameras, *unlimited))
        self._unlimited = frozenset(unlimited)
        self._waiting: dict[str, None] = {}
        self._at_work: set[str] = set()
        self._due_ns: dict[str, int] = {}
        self._period_ns = 0
        self._is_paused = False
        self._unfinished: set[str] = set()
        self._opening = 0
        self._is_open = False
        self._waits_on: Source | None = None

    def open(self) -> int:
        """Begin, without any camera at work; the number is for the workers of this opening."""
        with self._changed:
            self._opening += 1
            self._is_open = True
            self._at_work.clear()
            self._waiting.clear()
            self._due_ns.clear()
            self._wake()
            return self._opening

    def close(self, drop: bool = True) -> None:
        """End. What waits stays where it is, or without ``drop`` is served once more each."""
        with self._changed:
            self._is_open = False
            self._unfinished = set() if drop else set(self._cameras)
            self._wake()

    def is_open(self, opening: int) -> bool:
        """Whether workers of that opening are to go on."""
        return self._is_open and opening == self._opening

    def limit(self, rate_hz: float) -> None:
        """Serve each camera at most so often a second; 0.0 for no limit."""
        with self._changed:
            self._period_ns = round(min(1e9 / rate_hz, LONGEST_PERIOD_NS)) if rate_hz else 0
            now_ns = time.monotonic_ns()
            self._due_ns = {camera: min(due_ns, now_ns) for camera, due_ns in self._due_ns.items()}
            self._wake()

    def next(self, source: Source, opening: int) -> Turn | None:
        """
        Wait for the next camera to serve; None when it was closed.

        The camera is at work until :meth:`done`.
        """
        with self._leading:
            while True:
                found = self._to_watch(source, opening)
                if found is None:
                    return None
                cameras, timeout_ns = found
                try:
                    ready = source.wait(cameras, timeout_ns)
                finally:
                    self._waits_on = None
                turn = self._claim(cameras, ready, opening)
                if turn is not None:
                    return turn

    def done(self, camera: str, opening: int) -> None:
        """Let the next image of the camera be taken."""
        with self._changed:
            if opening != self._opening:
                return
            self._at_work.discard(camera)
            self._wake()
            if self._is_paused:
                self._changed.notify_all()

    @contextmanager
    def paused(self, timeout_s: float | None = None) -> Iterator[bool]:
        """
        Hold all workers where no camera is at work.

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
                self._wake()

    def _to_watch(self, source: Source, opening: int) -> tuple[list[str], int] | None:
        """Cameras to wait for and how long (ns); None where there is nothing to wait for."""
        with self._changed:
            if opening != self._opening:
                return None
            free = [camera for camera in self._cameras if camera not in self._at_work]
            if not self._is_open:
                unfinished = [camera for camera in free if camera in self._unfinished]
                return (unfinished, 0) if unfinished else None
            self._waits_on = source
            if self._is_paused:
                return [], LONGEST_WAIT_NS
            if not self._period_ns:
                return free, LONGEST_WAIT_NS
            now_ns = time.monotonic_ns()
            waits_ns = {camera: self._due_ns.get(camera, 0) - now_ns for camera in free}
            due = [camera for camera, wait_ns in waits_ns.items() if wait_ns <= 0]
            return due, min((wait_ns for wait_ns in waits_ns.values() if wait_ns > 0),
                            default=LONGEST_WAIT_NS)

    def _claim(self, watched: Sequence[str], ready: Collection[str],
               opening: int) -> Turn | None:
        """Put the camera that has waited longest to work."""
        with self._changed:
            if self._is_paused or opening != self._opening:
                return None
            for camera in watched:
                if camera not in ready:
                    self._waiting.pop(camera, None)
                else:
                    self._waiting.setdefault(camera)
            for camera in self._waiting:
                if camera in ready and (self._is_open or camera in self._unfinished):
                    return self._put_to_work(camera)
            self._unfinished.difference_update(watched)
            return None

    def _put_to_work(self, camera: str) -> Turn:
        self._at_work.add(camera)
        self._unfinished.discard(camera)
        del self._waiting[camera], self._cameras[camera]
        self._cameras[camera] = None
        due_ns = self._due_ns.pop(camera, 0)
        if self._period_ns and camera not in self._unlimited:
            now_ns = time.monotonic_ns()
            # Counted from the moment it was due, not from now: small delays must not add up.
            start_ns = due_ns if now_ns - due_ns < self._period_ns else now_ns
            self._due_ns[camera] = start_ns + self._period_ns
        return Turn(camera, due_ns)

    def _wake(self) -> None:
        """End the wait of the leading worker, for it has to look again."""
        if self._waits_on is not None:
            self._waits_on.wake()
