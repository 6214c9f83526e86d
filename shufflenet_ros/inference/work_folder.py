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
The folder ``.NAME-training`` beside a model to be: it is made there, and moved into place whole.

Nobody ever reads half a model, even where the process is killed. What is not of the model that is
replaced stays where it is: no step deletes a file that the old card does not name.
"""

from __future__ import annotations

from contextlib import suppress
import fcntl
import os
from pathlib import Path
import shutil
from types import TracebackType

from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.inference.model_card import CARD, load_model, ModelSpec
from shufflenet_ros.inference.model_folder import IMAGES, own_files, REPORT, users_entries
from shufflenet_ros.process.files import exchange_names, prepare_folder, sync, writing

LOCK = 'shufflenet_ros.lock'
"""Says by its name that the folder is ours: a user's own folder has no such file."""
MODEL, FINISHED, PREVIOUS = 'model', 'finished', 'previous'
"""
Folders in it: a model that is being made; a complete one, which then exchanges its name with the
old one; and the old one where names cannot be exchanged.
"""
AGAIN = 'then run the same command again'


class WorkFolder:
    """
    Where one model is made, locked against a second process as long as this one lives.

    A context manager: at its end the folder is removed, unless somebody keeps something in it,
    such as the state of a training. What a killed process left is put right at the start.
    """

    def __init__(self, target: Path) -> None:
        """
        Make and lock it.

        Raises ConfigurationError where it cannot be made, where a folder of that name is the
        user's, or where another process makes the same model.
        """
        self.target = target
        self.path = target.with_name(f'.{target.name}-training')
        self._parents = [path for path in target.parents if not path.exists()]
        prepare_folder(target.parent)
        try:
            self._lock = self._locked()
        except BaseException:
            self._remove_parents()
            raise
        try:
            self._put_right()
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> WorkFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def scratch(self) -> Path:
        """Make an empty folder for the model's files."""
        folder = self.path / MODEL
        with writing(folder, f'make room, {AGAIN}'):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        return folder

    def publish(self, folder: Path) -> ModelSpec:
        """
        Give a complete folder of this work the name of the model; an older one is replaced.

        On Linux both exchange their names in one step. Files in the old folder that are not of
        its model are moved into the new one.
        """
        with writing(self.target, f'an older model is still there; put that right, {AGAIN}'):
            for path in (*folder.rglob('*'), folder):
                sync(path)
            self._replace(folder)
            sync(self.target.parent)
        self._put_right()
        return load_model(self.target)

    def close(self) -> None:
        """Unlock the folder, and remove it where nothing is kept in it."""
        with suppress(OSError, ConfigurationError):
            self._put_right()
        shutil.rmtree(self.path / MODEL, ignore_errors=True)
        with suppress(OSError):
            if os.listdir(self.path) == [LOCK]:
                (self.path / LOCK).unlink()
                self.path.rmdir()
        os.close(self._lock)
        self._remove_parents()

    def _locked(self) -> int:
        self._check_ours()
        prepare_folder(self.path)
        with writing(self.path, f'make room, {AGAIN}'):
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that has just ended may have removed the file meanwhile.
            if not os.path.samestat(os.stat(self.path / LOCK), os.fstat(lock)):
                raise FileNotFoundError(LOCK)
        except (BlockingIOError, FileNotFoundError) as error:
            os.close(lock)
            raise ConfigurationError(
                f'{self.target}: another process is training it; wait for it, or give another '
                '--out') from error
        return lock

    def _check_ours(self) -> None:
        path = self.path
        if path.is_symlink() or (path.exists() and not (
                path.is_dir() and (not any(path.iterdir()) or (path / LOCK).is_file()))):
            raise ConfigurationError(
                f'{path}: is needed to make {self.target.name}, but is not of shufflenet_ros and '
                'stays as it is; move it elsewhere, or give another --out')

    def _replace(self, folder: Path) -> None:
        finished = folder.rename(self.path / FINISHED)
        if not self.target.exists():
            finished.rename(self.target)
            return
        finished.chmod(self.target.stat().st_mode & 0o7777)
        if not exchange_names(finished, self.target):
            self.target.rename(self.path / PREVIOUS)
            finished.rename(self.target)

    def _put_right(self) -> None:
        """Finish or undo a replacement: the model is in place, and so are the user's files."""
        previous = self.path / PREVIOUS
        if previous.is_dir() and not self.target.exists():
            previous.rename(self.target)
        for folder in (self.path / FINISHED, previous):
            if folder.is_dir():
                with writing(folder, f'files that are not of the old model are still in it; move '
                             f'them to {self.target}'):
                    self._clear(folder)

    def _clear(self, folder: Path) -> None:
        """Move the user's files of an old model into the new one, and delete the old model's."""
        try:
            entries, own = users_entries(folder), own_files(folder)
        except ModelError:  # the card is gone: so its files went before it, and all else is his
            entries, own = sorted(path.name for path in folder.iterdir()), set()
        for name in entries:
            place = _free(self.target / name)
            place.parent.mkdir(exist_ok=True)
            (folder / name).rename(place)
        for name in own - {CARD, REPORT}:
            (folder / name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            (folder / IMAGES).rmdir()
        # The last ones, since they tell what the others are.
        for name in (REPORT, CARD):
            if name in own:
                (folder / name).unlink()
        folder.rmdir()

    def _remove_parents(self) -> None:
        """Remove the folders above that were made for nothing."""
        for path in self._parents:
            with suppress(OSError):
                path.rmdir()


def _free(path: Path) -> Path:
    """Give a path that nothing has yet."""
    place, number = path, 1
    while os.path.lexists(place):
        number += 1
        place = path.with_name(f'{path.name}.{number}')
    return place
