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

"""Everything that a training reads: images and their split, start weights."""

from __future__ import annotations

from dataclasses import dataclass

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.core.text import plain
from shufflenet_ros.dataset.labelled_images import (
    Dataset,
    read_entries,
    read_out_of_distribution,
)
from shufflenet_ros.dataset.sources import Entry, find_entries
from shufflenet_ros.dataset.split import log_first, split, Splits
from shufflenet_ros.inference.labels import fault_of
from shufflenet_ros.process.progress import Progress
from shufflenet_ros.training.request import TrainingRequest
from shufflenet_ros.training.weights.start_weights import find_start, Start

SHOWN = 20
"""Images left out that are named one by one."""


@dataclass(frozen=True, slots=True)
class LoadedData:
    """What was read."""

    splits: Splits
    start: Start
    """Makes the network to start from."""
    start_digest: str
    """SHA-256 of the start weights."""
    out_of_distribution: Dataset | None = None
    skipped: int = 0
    """Images that could not be used."""


def load_data(request: TrainingRequest, progress: Progress) -> LoadedData:
    """
    Read everything, what fails fastest first.

    Raises DatasetError for data that cannot be used, and ModelError for start weights that cannot.
    """
    entries = find_entries(request.data, progress.say)
    _check_class_names(entries)
    start, digest = find_start(request.start, request.shipped)
    others = (read_out_of_distribution(request.out_of_distribution, progress)
              if request.out_of_distribution else None)
    data = _read_images(entries, progress)
    splits = split(data, val_share=request.val_share, seed=request.settings.seed,
                   keep_duplicates=request.keep_duplicates, log=progress.say)
    progress.say(f'{len(data.classes)} classes: {len(splits.train)} images for training, '
                 f'{len(splits.val)} for val; {splits.near_duplicates} pairs of near-duplicates')
    return LoadedData(splits, start, digest, others, len(data.skipped))


def _check_class_names(entries: list[Entry]) -> None:
    """Refuse what ``labels.txt`` could not hold now, not when the network is trained."""
    for label, path in {entry.label: entry.path for entry in entries}.items():
        if fault := fault_of(label):
            raise DatasetError(
                f"class '{plain(label)}' {fault}, so no model can have it (its last image: "
                f'{plain(path)}); give the class another name')


def _read_images(entries: list[Entry], progress: Progress) -> Dataset:
    classes = tuple(sorted({entry.label for entry in entries}))
    data = read_entries(entries, classes, progress.start('reading', len(entries)))
    log_first([f'left out: {reason}' for reason in data.skipped], SHOWN, 'more', progress.say)
    return data
