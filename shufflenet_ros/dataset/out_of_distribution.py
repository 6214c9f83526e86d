"""Images of things that a model was not trained on, to see whether it says so."""

from __future__ import annotations

from pathlib import Path

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.image_files import images_below
from shufflenet_ros.dataset.labelled_images import Dataset, read_entries
from shufflenet_ros.dataset.sources import Entry
from shufflenet_ros.process.progress import Progress

LABEL = 'strangers'


def read_strangers(folder: Path, progress: Progress) -> Dataset:
    """Read every image below a folder. Raises DatasetError where there is none."""
    if not folder.is_dir():
        raise DatasetError(f'--strangers {folder}: no such folder')
    entries = [Entry(path, LABEL, '', str(path.relative_to(folder)))
               for path in images_below(folder)]
    if not entries:
        raise DatasetError(f'--strangers {folder}: no image in it')
    return read_entries(entries, (LABEL,), progress.start('strangers', len(entries)))
