"""Images of things that a model was not trained on, to see whether it says so."""

from __future__ import annotations

from pathlib import Path

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.image_files import images_below
from shufflenet_ros.training.dataset import Dataset, read_entries
from shufflenet_ros.training.request import Watcher
from shufflenet_ros.training.sources import Entry

LABEL = 'strangers'


def read_strangers(folder: Path, watcher: Watcher) -> Dataset:
    """Read every image below a folder. Raises DatasetError where there is none."""
    if not folder.is_dir():
        raise DatasetError(f'--strangers {folder}: no such folder')
    entries = [Entry(path, LABEL, '', str(path.relative_to(folder)))
               for path in images_below(folder)]
    if not entries:
        raise DatasetError(f'--strangers {folder}: no image in it')
    return read_entries(entries, (LABEL,), watcher.start('strangers', len(entries)))
