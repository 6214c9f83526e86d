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
The folder ``.NAME-training`` beside a model to be: what a run that is cut off leaves for the next.

``state.pt`` is replaced in one rename, so it is always whole. It carries the request that it
answers: a run with another request, or on other data, starts anew.
"""

from __future__ import annotations

from collections.abc import Callable
import fcntl
import os
from pathlib import Path
import pickle
import shutil
from time import monotonic
from types import TracebackType
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.inference.model_folder import recover
from shufflenet_ros.process.files import prepare_folder, sync
import torch

STATE = 'state.pt'


class RunCheckpoint:
    """
    The folder of one run, locked against a second one as long as this process lives.

    A context manager: the folder is removed at the end, unless an error or a signal ends the run
    and there is a state to go on from.
    """

    def __init__(self, target: Path, request: dict[str, Any], save_every_s: float = 30.0) -> None:
        """Make and lock it; ConfigurationError where another process trains the same model."""
        self.folder = target.with_name(f'.{target.name}-training')
        self._request, self._save_every_s = request, save_every_s
        prepare_folder(self.folder)
        self._lock = (self.folder / 'lock').open('w')
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                f'{target}: another process is training it; wait for it, or give another '
                '--out') from error
        recover(target)
        self._saved_s = monotonic()

    def __enter__(self) -> RunCheckpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close(keep=kind is not None and self.has_state())

    def scratch(self) -> Path:
        """Make an empty folder for the model's files."""
        folder = self.folder / 'model'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def load(self, log: Callable[[str], None]) -> dict[str, Any] | None:
        """Give the state that an earlier run with this request left, or None; logs why not."""
        try:
            found = torch.load(self.folder / STATE, weights_only=True)
            request, state = found['request'], found['training']
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError,
                ValueError) as error:
            log(f'starting anew: {self.folder / STATE} cannot be read '
                f'({one_line(error)[:80]})')
            return None
        changed = sorted(key for key in {*request, *self._request}
                         if request.get(key) != self._request.get(key))
        if changed:
            log(f'starting anew: an unfinished run in {self.folder} had other '
                f'{", ".join(changed)}')
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the saved state, whole or not at all."""
        fresh = self.folder / f'{STATE}.part'
        try:
            torch.save({'request': self._request, 'training': state}, fresh)
            sync(fresh)
            os.replace(fresh, self.folder / STATE)
            sync(self.folder)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
            raise ConfigurationError(
                f'{self.folder}: the state cannot be saved ({one_line(error)[:80]}); '
                'make room and run the same command: it goes on') from error
        self._saved_s = monotonic()

    def due(self) -> bool:
        """Whether the last save is long enough ago."""
        return monotonic() - self._saved_s >= self._save_every_s

    def has_state(self) -> bool:
        """Whether there is something to go on from."""
        return (self.folder / STATE).is_file()

    def close(self, *, keep: bool) -> None:
        """Unlock the folder; without ``keep``, remove it."""
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()
