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
Files and folders: where the package's own are, digests, output folders, safe renames.

Output that the user asked for is refused before the work starts, not after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import ctypes
import errno
import hashlib
import os
from pathlib import Path
import secrets

from shufflenet_ros.core.errors import ConfigurationError, system_reason

PACKAGE = 'shufflenet_ros'
CHUNK = 1 << 20
AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Constants of Linux's renameat2(2)."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
OPEN_ALREADY = ('/dev/stdout', '/dev/stderr', '/dev/fd/', '/proc/')


def share_dir() -> Path:
    """Folder with ``models``, ``config`` and ``launch``: the installed share, or the checkout."""
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        share = Path(prefix) / 'share' / PACKAGE
        if prefix and (share / 'package.xml').is_file():
            return share
    return Path(__file__).resolve().parents[2]


def shipped_models() -> Path:
    """Folder of the models that come with the package."""
    return share_dir() / 'models'


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def nested(one: Path, other: Path) -> bool:
    """Whether two paths are the same or one lies in the other, all links and mounts followed."""
    one, other = Path(os.path.realpath(one)), Path(os.path.realpath(other))
    return _holds(one, other) or _holds(other, one)


def prepare_folder(folder: Path) -> None:
    """Make a folder for output; ConfigurationError where it cannot be made or written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f'{folder}: cannot be made ({system_reason(error)}); give another folder') from error
    if not os.access(folder, os.W_OK):
        raise ConfigurationError(f'{folder}: not writable; give another folder')


def prepare_file(path: Path) -> None:
    """Make sure that a file can be written; ConfigurationError where it cannot."""
    try:
        with suppress(FileNotFoundError):
            path.lstat()
        if path.is_dir():
            raise ConfigurationError(f'{path}: is a folder; give the name of a file')
        if not _is_device(path):
            prepare_folder(path.parent)
        writable = not path.exists() or os.access(path, os.W_OK)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f'{path}: cannot be a file ({system_reason(error)}); give another name') from error
    if not writable:
        raise ConfigurationError(f'{path}: not writable; give another file')


@contextmanager
def writing(path: Path, cure: str) -> Iterator[None]:
    """Make one line that names ``path`` and a cure out of an OSError of what is written inside."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f'{path}: cannot be written ({system_reason(error)}); {cure}') from error


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """Make one line out of a full disk, where work writes to ``folder`` and reads too."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise ConfigurationError(
            f'{error.filename or folder}: cannot be written ({system_reason(error)}); make room, '
            'or give another folder') from error


def write_whole(path: Path, content: bytes | str,
                cure: str = 'make room, or give another file') -> None:
    """
    Write a file of results: whole or not at all, so that a full disk costs no older file.

    A link stays, and what it points to is replaced. Devices and pipes are written as they are. A
    process that is killed may leave a file ``.*.part`` beside it. Raises ConfigurationError with
    the ``cure`` where that fails.
    """
    data = content if isinstance(content, bytes) else content.encode('utf-8', 'backslashreplace')
    with writing(path, cure):
        if _is_device(path):
            with path.open('ab') as file:
                file.write(data)
        else:
            _replace(Path(os.path.realpath(path)), data)


def sync(path: Path) -> None:
    """Have a file or folder written to the disk, so that it outlives a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exchange_names(one: Path, other: Path) -> bool:
    """Exchange the names of two paths in one step; False where the system cannot."""
    # In glibc since 2.28; other systems and older ones lack it.
    rename = getattr(ctypes.CDLL(None, use_errno=True), 'renameat2', None)
    if rename is None:
        return False
    return rename(AT_FDCWD, os.fsencode(one.absolute()), AT_FDCWD,
                  os.fsencode(other.absolute()), RENAME_EXCHANGE) == 0


def _replace(path: Path, data: bytes) -> None:
    # A name that nobody has: a user's own file beside it is never taken for ours.
    part = path.with_name(f'.{secrets.token_hex(8)}.part')
    with part.open('xb') as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _holds(folder: Path, path: Path) -> bool:
    return any(place == folder or (place.exists() and folder.exists() and place.samefile(folder))
               for place in (path, *path.parents))


def _is_device(path: Path) -> bool:
    """Whether it is no plain file, or stands for one that this process has open already."""
    name = str(path.absolute())
    return path.exists() and (not path.is_file() or name.startswith(OPEN_ALREADY))
