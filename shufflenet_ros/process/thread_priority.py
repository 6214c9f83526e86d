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
Which thread gets a core and the interpreter first: the workers, before all others.

rclpy tidies up for a millisecond or two after every image. On the same core, or while it holds the
interpreter, the inference of that very image would have to wait. On Linux every thread has a
niceness of its own. All values here are counted from the one that the process was started with.

A thread inherits the niceness of the one that starts it, and only root may raise a priority again.
So a thread that is never lowered starts what must have full priority while the executor runs: see
:func:`serve_lowered` and :func:`at_full_priority`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
import os
from queue import SimpleQueue
import sys
import threading
import time
from typing import Any, TypeVar

Result = TypeVar('Result')

SWITCH_INTERVAL_S = 5e-5
"""How long a thread may keep the interpreter when another wants it (Python's default: 5 ms)."""
EXECUTOR_PAUSE_S = 5e-4
"""How long the executor sleeps after it handed an image over, so that a worker can begin."""
EXECUTOR_NICENESS, EXECUTOR_NICENESS_SEVERAL = 6, 2
"""
Added niceness of the executor with one camera, and with several; the workers have 0.

With one camera 6: a result of 720p is out a millisecond earlier than with 2 (3.7 to 4.7 ms, p50).
With several, each in a burst of images, the executor would fall so far behind on a busy machine
that images are lost inside DDS, where nobody counts them; and 2 costs nothing.
"""
LOADING_NICENESS = 10
DRAWING_NICENESS = 15
"""Annotated images are for people, who do not see 10 ms."""
MAX_NICENESS = 19


def shorten_switch_interval() -> None:
    """Let threads of this process take the interpreter from one another quickly."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def pause_executor() -> None:
    """Sleep on the executor's thread, so that a worker begins with the image handed over."""
    time.sleep(EXECUTOR_PAUSE_S)


def serve_lowered(work: Callable[[], None], several_cameras: bool) -> None:
    """
    Lower the calling thread for good and do the executor's ``work``, or raise what that does.

    Until it ends, :func:`at_full_priority` does what it says.
    """
    with _full_priority.serving():
        _lower(EXECUTOR_NICENESS_SEVERAL if several_cameras else EXECUTOR_NICENESS)
        work()


def at_full_priority(work: Callable[[], Result]) -> Result:
    """
    Do the work, and return or raise what it does; threads it starts have full priority.

    It runs on a thread of its own where the calling one is lowered, and the caller waits.
    """
    return _full_priority.run(work)


def lower_loading_priority() -> None:
    """Let workers and executor have a core before the calling thread, which loads a model."""
    _lower(LOADING_NICENESS)


def lower_drawing_priority() -> None:
    """Let all other threads have a core before the calling thread, which draws images."""
    _lower(DRAWING_NICENESS)


class _FullPriority:
    """A thread that starts threads for lowered ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: SimpleQueue[Callable[[], None] | None] | None = None

    @contextmanager
    def serving(self) -> Iterator[None]:
        requests: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        starter = threading.Thread(
            target=_start_each, args=(requests,), name='starter', daemon=True)
        starter.start()
        with self._lock:
            self._requests = requests
        try:
            yield
        finally:
            with self._lock:
                self._requests = None
            requests.put(None)
            starter.join()

    def run(self, work: Callable[[], Result]) -> Result:
        done: Future[Result] = Future()
        with self._lock:
            if self._requests is None or _niceness() <= _START_NICENESS:
                is_lowered = False
            else:
                is_lowered = True
                self._requests.put(lambda: _settle(done, work))
        return done.result() if is_lowered else work()


def _settle(done: Future[Any], work: Callable[[], Any]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # for the thread that waits
        done.set_exception(error)


def _start_each(requests: SimpleQueue[Callable[[], None] | None]) -> None:
    while (work := requests.get()) is not None:
        threading.Thread(target=work, name='full-priority', daemon=True).start()


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if _HAS_NICENESS else 0


def _lower(added: int) -> None:
    """Add to the niceness of the process; a thread that is lower already stays so."""
    niceness = min(MAX_NICENESS, _START_NICENESS + added)
    if _HAS_NICENESS and niceness > _niceness():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


_HAS_NICENESS = sys.platform == 'linux'
_START_NICENESS = _niceness()
_full_priority = _FullPriority()
