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

import ctypes
import hashlib
import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError

PACKAGE = 'shufflenet_ros'
CHUNK = 1 << 20
AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Constants of Linux's renameat2(2)."""


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


def prepare_folder(folder: Path) -> None:
    """Make a folder for output; ConfigurationError where it cannot be made or written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f'{folder}: cannot be made ({error.strerror}); give another folder') from error
    if not os.access(folder, os.W_OK):
        raise ConfigurationError(f'{folder}: not writable; give another folder')


def prepare_file(path: Path) -> None:
    """Make sure that a file can be written; ConfigurationError where it cannot."""
    prepare_folder(path.parent)
    if path.is_dir():
        raise ConfigurationError(f'{path}: is a folder; give the name of a file')
    if path.exists() and not os.access(path, os.W_OK):
        raise ConfigurationError(f'{path}: not writable; give another file')


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
