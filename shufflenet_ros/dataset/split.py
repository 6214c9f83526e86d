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

"""Which images train and which measure: near-duplicates never stand on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.dataset.near_duplicates import groups, near_duplicates, signatures

SMALLEST_CLASS = 4
"""Different images that a class needs to be split."""
SHOWN = 10

Pairs = list[tuple[int, int]]
"""Indices of two images each."""


@dataclass(frozen=True, slots=True)
class Splits:
    """The two sides, and what was found on the way."""

    train: Dataset
    val: Dataset
    near_duplicates: int = 0
    """Pairs of near-duplicates anywhere in the data."""
    dropped: int = 0
    """Images left out of train because val has a near-duplicate."""


def split(data: Dataset, *, val_share: float, seed: int = 0, keep_duplicates: bool = False,
          log: Callable[[str], None] = print) -> Splits:
    """
    Take the split that the entries name, or else set ``val_share`` of each class apart.

    In a given split, images of train that have a near-duplicate in val are left out, unless
    ``keep_duplicates``. Raises DatasetError where a class has too few images.
    """
    pairs = near_duplicates(signatures(data.images))
    _log_contradictions(data, pairs, log)
    given = np.array([entry.split for entry in data.entries])
    dropped = np.zeros(len(data), bool)
    if (given == '').all():
        in_val = _draw_val(data, groups(len(data), pairs), val_share, seed)
    else:
        in_val = given == 'val'
        across = _from_train_to_val(pairs, in_val)
        _log_across(data, across, keep_duplicates, log)
        dropped[[train for train, _ in across]] = not keep_duplicates
    train = data.select(np.flatnonzero(~in_val & ~dropped).tolist())
    _check_left(train)
    return Splits(train, data.select(np.flatnonzero(in_val).tolist()), len(pairs),
                  int(dropped.sum()))


def log_first(lines: Sequence[str], most: int, rest: str, log: Callable[[str], None]) -> None:
    """Log the first of some lines, and how many more there are: "... and N ``rest``"."""
    for line in lines[:most]:
        log(line)
    if len(lines) > most:
        log(f'... and {len(lines) - most} {rest}')


def _draw_val(data: Dataset, group: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose whole groups at random until each class has its share; bool (images,)."""
    in_val = np.zeros(len(data), bool)
    for label, name in enumerate(data.classes):
        own = np.flatnonzero(data.labels == label)
        choices = np.unique(group[own])
        if len(choices) < SMALLEST_CLASS:
            raise DatasetError(
                f'class {name!r} has {len(own)} usable images, {len(choices)} of them different, '
                f'but a split needs {SMALLEST_CLASS}; add some (a few hundred are good) or '
                'remove the class')
        wanted = max(1, round(share * len(own)))
        for choice in np.random.default_rng((seed, label)).permutation(choices):
            members = group == choice
            # The last one that fits: a large group of one scene must not swallow the class.
            if in_val[own].sum() + members[own].sum() <= wanted:
                in_val |= members
        if not in_val[own].any():
            in_val |= group == min(choices, key=lambda choice: (group[own] == choice).sum())
    return in_val


def _from_train_to_val(pairs: Pairs, in_val: np.ndarray) -> Pairs:
    """Pairs that stand on both sides, the image of train first."""
    return [(second, first) if in_val[first] else (first, second)
            for first, second in pairs if in_val[first] != in_val[second]]


def _log_across(data: Dataset, across: Pairs, keep: bool, log: Callable[[str], None]) -> None:
    lines = [f'{"kept" if keep else "left out"}: {data.entries[train].name} is a near-duplicate '
             f'of {data.entries[val].name}' for train, val in across]
    log_first(lines, SHOWN, 'more such pairs across the splits', log)


def _log_contradictions(data: Dataset, pairs: Pairs, log: Callable[[str], None]) -> None:
    lines = [f'check: {data.entries[first].name} and {data.entries[second].name} are '
             'near-duplicates but have different classes'
             for first, second in pairs if data.labels[first] != data.labels[second]]
    log_first(lines, SHOWN, 'more such pairs of different classes', log)


def _check_left(train: Dataset) -> None:
    for name, images in train.counts().items():
        if not images:
            raise DatasetError(
                f'class {name!r} has no image left for train: all are near-duplicates of val; '
                'add different ones, or --keep-duplicates')
