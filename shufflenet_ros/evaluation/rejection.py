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
A threshold for the best score, below which a result is empty: such a frame is like no class.

It is found on validation images alone: as high as possible while losing no more than a given
share of the right answers. Out-of-distribution images only measure what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError

DECIMALS = 4
USEFUL_AUROC = 0.7
"""Below it a score tells little of out-of-distribution images: 0.5 is chance."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A threshold, what it costs on val, and what it is worth on images of other things."""

    threshold: float
    right_lost: float
    """Share of the right answers on val that become empty."""
    wrong_avoided: float
    """Share of the wrong answers on val that become empty."""
    out_of_distribution: int = 0
    """Images of other things that it was measured on; without any, what follows is 0."""
    out_of_distribution_rejected: float = 0.0
    """Share of them that get an empty result."""
    auroc: float = 0.0
    """Probability that a known image scores higher than one of other things."""

    @property
    def warning(self) -> str:
        """Say that the threshold does not help, where that was measured; empty elsewhere."""
        if not self.out_of_distribution or self.auroc >= USEFUL_AUROC:
            return ''
        return (f'the threshold does not help with these strangers: it rejects '
                f'{self.out_of_distribution_rejected:.0%} of them, and a known image scores '
                f'higher than one of them only {self.auroc:.0%} of the time (a coin: 50%); train '
                'with a class of images like them')


def find_threshold(scores: np.ndarray, right: np.ndarray, lost: float) -> float:
    """
    Find the highest threshold that loses at most the share ``lost`` of the right answers.

    ``scores`` (images,) are those of the best class, ``right`` says whether it was right. Raises
    ConfigurationError where no answer is right.
    """
    kept = np.sort(scores[right])
    if not len(kept):
        raise ConfigurationError(
            '--reject: no image of val is recognized, so no threshold can be found; train '
            'longer or look at the data')
    # Rounded down, so that the card's figure never loses more than what was asked.
    scale = 10 ** DECIMALS
    return floor(kept[min(int(lost * len(kept)), len(kept) - 1)] * scale) / scale


def measure_threshold(threshold: float, scores: np.ndarray, right: np.ndarray,
                      out_of_distribution: np.ndarray | None = None) -> Rejection:
    """Measure what a threshold costs, and is worth against best scores of other images."""
    below = scores < threshold
    costs = _share(below[right]), _share(below[~right])
    if out_of_distribution is None:
        return Rejection(threshold, *costs)
    return Rejection(threshold, *costs, len(out_of_distribution),
                     _share(out_of_distribution < threshold), auroc(scores, out_of_distribution))


def auroc(known: np.ndarray, others: np.ndarray) -> float:
    """Area under the curve of known images kept against others kept; ties count half."""
    order = np.sort(others)
    below = np.searchsorted(order, known, 'left')
    not_above = np.searchsorted(order, known, 'right')
    return float((below + not_above).mean() / 2 / len(others))


def _share(chosen: np.ndarray) -> float:
    return float(chosen.mean()) if len(chosen) else 0.0
