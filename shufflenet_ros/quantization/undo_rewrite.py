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
The rewrites of ``rewrite.py`` undone, on int8 weights that a graph holds.

Each raises ValueError, with the name that it is given, where a weight is in a place in which the
rewrite leaves none.
"""

from __future__ import annotations

import numpy as np
from shufflenet_ros.quantization.folded_network import Convolution
from shufflenet_ros.quantization.rewrite import merge_groups, space_to_depth


def single_pixels(weight: np.ndarray) -> np.ndarray:
    """Undo :func:`space_to_depth`, of a weight (2 * outputs, 12, 3, 2)."""
    outputs, pixels = len(weight) // 2, weight.reshape(len(weight), 4, 3, 3, 2)
    # The left one of two outputs sees the last pixel of the block before, and two of this one.
    taps = [pixels[:outputs, within, :, :, block] for within, block in ((3, 0), (0, 1), (1, 1))]
    single = np.stack(taps, axis=3)
    again = space_to_depth(Convolution(single, np.zeros(outputs)))
    if not np.array_equal(again.weight, weight):
        raise ValueError('a first convolution that is no 3x3 on blocks of four pixels')
    return single


def without_padding(dense: np.ndarray, places: np.ndarray, name: str) -> np.ndarray:
    """Cut the inputs at ``places`` out of (outputs, inputs); on all others it must be zero."""
    kept = dense[:, places]
    if np.count_nonzero(dense) != np.count_nonzero(kept):
        raise ValueError(f'{name} has weights on channels of padding')
    return kept


def to_dense(weight: np.ndarray, groups: int) -> np.ndarray:
    """Write (outputs, inputs / groups) as (outputs, inputs), with zeros between the blocks."""
    return merge_groups(
        Convolution(weight[:, :, np.newaxis, np.newaxis], np.zeros(len(weight)), groups)
    ).weight[:, :, 0, 0]


def find_order(dense: np.ndarray, groups: int, name: str) -> np.ndarray:
    """Find the shuffle after which weights (outputs, inputs) lie in the blocks of the groups."""
    channels = np.arange(dense.shape[1])
    for rows in (groups, len(channels) // groups, len(channels)):  # ours, the paper's, none
        order = channels.reshape(-1, rows).T.ravel()
        if _lies_in_blocks(dense[:, order], groups):
            return order
    raise ValueError(f'{name} has weights between the blocks of {groups} groups')


def to_groups(dense: np.ndarray, groups: int, name: str) -> np.ndarray:
    """Cut (outputs, inputs / groups) out of (outputs, inputs), which must be zero elsewhere."""
    if not _lies_in_blocks(dense, groups):
        raise ValueError(f'{name} has weights between the blocks of {groups} groups')
    return np.concatenate([np.split(rows, groups, axis=1)[group]
                           for group, rows in enumerate(np.split(dense, groups))])


def _lies_in_blocks(dense: np.ndarray, groups: int) -> bool:
    outside = dense.reshape(groups, len(dense) // groups, groups, -1).copy()
    outside[np.arange(groups), :, np.arange(groups)] = 0
    return not outside.any()
