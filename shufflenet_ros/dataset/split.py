"""Which images train and which measure: near-duplicates never stand on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shufflenet_ros.core.errors import DatasetError
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.dataset.near_duplicates import groups, near_duplicates, signatures

SMALLEST_CLASS = 4
"""Different images that a class needs to be split."""
VAL_SHARE = 0.15
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Splits:
    """The two sides, and what was found on the way."""

    train: Dataset
    val: Dataset
    near_duplicates: int = 0
    """Pairs of images that show the same picture, anywhere in the data."""
    moved: int = 0
    """Images dropped from train because val has their like."""


def split(data: Dataset, *, val_share: float = VAL_SHARE, seed: int = 0,
          keep_duplicates: bool = False, say: Callable[[str], None] = print) -> Splits:
    """
    Take the split that the entries name, or else set ``val_share`` of each class apart.

    In a given split, images of train that have a near-duplicate in val are left out, unless
    ``keep_duplicates``. Raises DatasetError where a class has too few images.
    """
    pairs = near_duplicates(signatures(data.images))
    _say_contradictions(data, pairs, say)
    given = np.array([entry.split for entry in data.entries])
    if (given == '').all():
        in_val = _draw(data, groups(len(data), pairs), val_share, seed)
        dropped = np.zeros(len(data), bool)
    else:
        in_val = given == 'val'
        across = [(first, second) for first, second in pairs if in_val[first] != in_val[second]]
        dropped = _without_like(data, in_val, across, keep_duplicates, say)
    train = data.chosen(np.flatnonzero(~in_val & ~dropped).tolist())
    _check_left(train)
    return Splits(train, data.chosen(np.flatnonzero(in_val).tolist()), len(pairs),
                  int(dropped.sum()))


def _draw(data: Dataset, group: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose whole groups at random until each class has its share; bool (images,)."""
    chosen = np.zeros(len(data), bool)
    for label, name in enumerate(data.classes):
        own = np.flatnonzero(data.labels == label)
        kinds = np.unique(group[own])
        if len(kinds) < SMALLEST_CLASS:
            raise DatasetError(
                f'class {name!r} has {len(own)} usable images, {len(kinds)} of them different, '
                f'but a split needs {SMALLEST_CLASS}; add some (a few hundred are good) or '
                'remove the class')
        wanted = max(1, round(share * len(own)))
        for kind in np.random.default_rng((seed, label)).permutation(kinds):
            members = group == kind
            # The last one that fits: a large group of one scene must not swallow the class.
            if (chosen[own].sum() + members[own].sum()) <= max(wanted, 1):
                chosen |= members
        if not chosen[own].any():
            chosen |= group == min(kinds, key=lambda kind: (group[own] == kind).sum())
    return chosen


def _without_like(data: Dataset, in_val: np.ndarray, across: list[tuple[int, int]], keep: bool,
                  say: Callable[[str], None]) -> np.ndarray:
    dropped = np.zeros(len(data), bool)
    for number, (first, second) in enumerate(across):
        here, there = (second, first) if in_val[first] else (first, second)
        dropped[here] = not keep
        if number < SHOWN:
            say(f'{"kept" if keep else "left out"}: {data.entries[here].name} shows the same '
                f'picture as {data.entries[there].name}')
    if len(across) > SHOWN:
        say(f'... and {len(across) - SHOWN} more such pairs across the splits')
    return dropped


def _say_contradictions(data: Dataset, pairs: list[tuple[int, int]],
                        say: Callable[[str], None]) -> None:
    wrong = [pair for pair in pairs if data.labels[pair[0]] != data.labels[pair[1]]]
    for first, second in wrong[:SHOWN]:
        say(f'check: {data.entries[first].name} and {data.entries[second].name} look like the '
            'same picture but have different classes')
    if len(wrong) > SHOWN:
        say(f'... and {len(wrong) - SHOWN} more such pairs of different classes')


def _check_left(train: Dataset) -> None:
    for label, name in enumerate(train.classes):
        if not (train.labels == label).any():
            raise DatasetError(
                f'class {name!r} has no image left for train: all show the same pictures as val; '
                'add different ones, or --keep-duplicates')
