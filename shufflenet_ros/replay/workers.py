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

"""Who does the work of a replay: this process, processes of this machine, a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import as_completed, CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
import multiprocessing
from multiprocessing.process import BaseProcess
import os
from queue import SimpleQueue
import signal
import threading
from typing import Any, Protocol

from shufflenet_ros.core.errors import (
    ConfigurationError,
    describe,
    one_line,
    ShufflenetRosError,
)
from shufflenet_ros.core.text import plain
from shufflenet_ros.replay.frames import NamedClassifier
from shufflenet_ros.replay.opened import close_recording
from shufflenet_ros.replay.slices import Slice
from shufflenet_ros.replay.work import Answer, do, Task

ATTEMPTS = 4
"""How often work is begun whose process was killed, without anything done meanwhile."""
CONNECT_S = 20
"""How long a scheduler may take to answer."""
KEPT = 'what is written stays, and the same command goes on from there'
Told = Callable[[Slice, int, int], None]
"""Called with a slice, the time of recording (ns) that was reached, and the frames before it."""


class Workers(Protocol):
    """Does tasks."""

    def run(self, tasks: Sequence[Task], folder: str, told: Told) -> Generator[Answer, None, None]:
        """
        Do the tasks in any order, and give what became of each.

        Raises ConfigurationError where processes are killed again and again.
        """


class OneProcess:
    """This process: slices one after the other, digests on a thread beside them."""

    def __init__(self, by: NamedClassifier | None = None) -> None:
        """``by`` classifies; the core unless given."""
        self._by = by

    def run(self, tasks: Sequence[Task], folder: str, told: Told) -> Generator[Answer, None, None]:
        """Do them in order; ``told`` is called for each frame."""
        files = [task for task in tasks if not isinstance(task, Slice)]
        digests: SimpleQueue[Answer] = SimpleQueue()
        # Hashing lets other threads run meanwhile; nobody waits for it when the process ends.
        threading.Thread(target=_do_all, args=(files, folder, digests), daemon=True).start()
        try:
            for task in tasks:
                if isinstance(task, Slice):
                    yield do(task, folder, _of(task, told), self._by)
        finally:
            close_recording()
        for _ in files:
            yield digests.get()


class Processes:
    """Several processes of this machine; one that is killed costs what it had not written."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def run(self, tasks: Sequence[Task], folder: str, told: Told) -> Generator[Answer, None, None]:
        """Do them; where a process is killed, new ones do what is left."""
        waiting = {task.name: task for task in tasks}
        attempts = 0
        while waiting:
            # Never by fork: threads of onnxruntime and OpenCV do not survive it.
            pool = ProcessPoolExecutor(
                self._jobs, multiprocessing.get_context('spawn'), _end_with_parent)
            try:
                futures = [pool.submit(do, task, folder) for task in waiting.values()]
                for future in as_completed(futures):
                    answer = future.result()
                    del waiting[answer.name]
                    attempts = 0
                    yield answer
            except BrokenProcessPool as error:
                attempts += 1
                if attempts == ATTEMPTS:
                    raise ConfigurationError(
                        f'processes were killed {ATTEMPTS} times before anything was done; look '
                        f'with dmesg whether memory was short, give fewer --jobs; {KEPT}'
                        ) from error
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """The workers of a Dask scheduler, which see the same files under the same paths."""

    def __init__(self, address: str) -> None:
        """Connect; ConfigurationError without ``distributed``, or where nobody answers."""
        try:
            from distributed import Client
        except ImportError as error:
            raise ConfigurationError(f"--scheduler needs Dask's distributed ({error}): pip "
                                     'install distributed') from error
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f'--scheduler {plain(address)}: no scheduler answers ({one_line(error)}); give '
                'the address that dask scheduler prints, such as tcp://10.0.0.5:8786') from error

    def run(self, tasks: Sequence[Task], folder: str, told: Told) -> Generator[Answer, None, None]:
        """Do them; the scheduler gives the work of a lost worker to another one."""
        from distributed import as_completed as completed
        from distributed import KilledWorker
        futures = [self._client.submit(do, task, folder, key=f'shufflenet_ros-{task.name}',
                                       pure=False) for task in tasks]
        attempts: dict[str, int] = {}
        try:
            waiting: Any = completed(futures, loop=self._client.loop)
            for future in waiting:
                try:
                    answer = future.result()
                except KilledWorker as error:
                    attempts[future.key] = attempts.get(future.key, 0) + 1
                    if attempts[future.key] == ATTEMPTS:
                        raise ConfigurationError(
                            f'workers were killed again and again ({one_line(error)}); look into '
                            f'their logs, give them more memory; {KEPT}') from error
                    future.retry()
                    waiting.add(future)
                except ShufflenetRosError:
                    raise
                except (Exception, CancelledError) as error:  # of Dask, or of its workers
                    raise ConfigurationError(
                        f'the cluster failed ({describe(error)}); look whether its scheduler '
                        'runs, and whether every worker has this version of shufflenet_ros; '
                        f'{KEPT}') from error
                else:
                    yield answer
        finally:
            self._client.cancel(futures, force=True)
            self._client.close()


def _do_all(tasks: Sequence[Task], folder: str, answers: SimpleQueue[Answer]) -> None:
    for task in tasks:
        answers.put(do(task, folder))


def _of(piece: Slice, told: Told) -> Callable[[int, int], None]:
    return lambda at_ns, frames: told(piece, at_ns, frames)


def _end_with_parent() -> None:
    """Let Ctrl-C end this process without a word, and the end of its parent as well."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


