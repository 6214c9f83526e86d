"""Files that the user asked for: refused before the work starts, not after it."""

from __future__ import annotations

import os
from pathlib import Path

from shufflenet_ros.core.errors import ConfigurationError


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
