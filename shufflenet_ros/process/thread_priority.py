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
Which thread gets a core and the interpreter first: workers and executor, before all others.

A model that is loaded, or an image that is drawn, would have the inference of an image wait. On
Linux every thread has a niceness of its own. All values here are counted from the one that the
process was started with.

A thread inherits the niceness of the one that starts it, and only root may raise a priority again.
So a thread that is never lowered starts what must have full priority: see
:func:`full_priority_kept` and :func:`at_full_priority`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
import os
from queue import SimpleQueue
import sys
import threading
from typing import Any, TypeVar

Result = TypeVar('Result')

SWITCH_INTERVAL_S = 5e-5
"""How long a thread may keep the interpreter when another wants it (Python's default: 5 ms)."""
LOADING_NICENESS = 10
"""Added niceness of the thread that loads a model while another one runs."""
DRAWING_NICENESS = 15
"""Annotated images are for people, who do not see 10 ms."""
MAX_NICENESS = 19


def shorten_switch_interval() -> None:
    """Let threads of this process take the interpreter from one another quickly."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


@contextmanager
def full_priority_kept() -> Iterator[None]:
    """Until it ends, :func:`at_full_priority` does what it says; begin on a thread with that."""
    with _full_priority.serving():
        yield


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
