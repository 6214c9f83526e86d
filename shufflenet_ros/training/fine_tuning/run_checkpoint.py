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
The state of a training in its work folder: what a run that is cut off leaves for the next.

``state.pt`` is replaced in one rename, so it is always whole. It carries the request that it
answers: a run with another request, or on other data, starts anew.
"""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import pickle
from time import monotonic
from typing import Any

from shufflenet_ros.core.errors import ConfigurationError, one_line
from shufflenet_ros.process.files import sync
import torch

STATE, PART = 'state.pt', 'state.pt.part'


class RunCheckpoint:
    """The state of one run in a :class:`shufflenet_ros.inference.work_folder.WorkFolder`."""

    def __init__(self, folder: Path, request: dict[str, Any], save_every_s: float = 30.0) -> None:
        """Keep it in ``folder``, for a request that is told from others by what it holds."""
        self._folder, self._request, self._save_every_s = folder, request, save_every_s
        self._saved_s = monotonic()

    def load(self, log: Callable[[str], None]) -> dict[str, Any] | None:
        """Give the state that an earlier run with this request left, or None; logs why not."""
        try:
            found = torch.load(self._folder / STATE, weights_only=True)
            request, state = found['request'], found['training']
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError,
                ValueError) as error:
            log(f'starting anew: {self._folder / STATE} cannot be read '
                f'({one_line(error)[:80]})')
            return None
        changed = sorted(key for key in {*request, *self._request}
                         if request.get(key) != self._request.get(key))
        if changed:
            log(f'starting anew: an unfinished run in {self._folder} had other '
                f'{", ".join(changed)}')
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the saved state, whole or not at all."""
        fresh = self._folder / PART
        try:
            torch.save({'request': self._request, 'training': state}, fresh)
            sync(fresh)
            os.replace(fresh, self._folder / STATE)
            sync(self._folder)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
            fresh.unlink(missing_ok=True)
            raise ConfigurationError(
                f'{self._folder}: the state cannot be saved ({one_line(error)[:80]}); '
                'make room and run the same command: it goes on') from error
        self._saved_s = monotonic()

    def due(self) -> bool:
        """Whether the last save is long enough ago."""
        return monotonic() - self._saved_s >= self._save_every_s

    def has_state(self) -> bool:
        """Whether there is something to go on from."""
        return (self._folder / STATE).is_file()

    def discard(self) -> None:
        """Remove the state: the model is in its place."""
        for name in (STATE, PART):
            (self._folder / name).unlink(missing_ok=True)
