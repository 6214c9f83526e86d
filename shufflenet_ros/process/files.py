"""
Files: where the package's own are, the digest of one, and whether output can be written.

Output that the user asked for is refused before the work starts, not after it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError

PACKAGE = 'shufflenet_ros'
CHUNK = 1 << 20


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
