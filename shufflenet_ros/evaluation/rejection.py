"""
A threshold for the best score under which the node says nothing: such a frame is like no class.

It is learned from validation images alone: as high as possible while losing no more than a given
share of the right answers. Strangers (images of other things) only measure what it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np

from shufflenet_ros.core.errors import ConfigurationError

LOST = 0.05
"""Share of right answers given up by default."""
DECIMALS = 4
USEFUL_AUROC = 0.7
"""Below it a score tells little of strangers: 0.5 is a coin."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A threshold, what it costs on val, and what it is worth against strangers if there are."""

    threshold: float
    right_lost: float
    """Share of the right answers on val that become empty."""
    wrong_avoided: float
    """Share of the wrong answers on val that become empty."""
    strangers: int = 0
    strangers_rejected: float = 0.0
    auroc: float = 0.0
    """Probability that a known image scores higher than a stranger."""

    @property
    def warning(self) -> str:
        """Say that the threshold does not help where strangers were measured and it does not."""
        if not self.strangers or self.auroc >= USEFUL_AUROC:
            return ''
        return (f'the threshold does not help with these strangers: it rejects '
                f'{self.strangers_rejected:.0%} of them, and a known image scores higher than '
                f'one of them only {self.auroc:.0%} of the time (a coin: 50%); train with a class '
                'of images like them')


def learn_threshold(scores: np.ndarray, right: np.ndarray, lost: float = LOST) -> float:
    """
    Choose the highest threshold that loses at most the share ``lost`` of the right answers.

    ``scores`` (images,) are those of the best class, ``right`` says whether it was right. Raises
    ConfigurationError where no answer is right.
    """
    kept = np.sort(scores[right])
    if not len(kept):
        raise ConfigurationError(
            '--reject: no image of val is recognized, so there is nothing to learn from; train '
            'longer or look at the data')
    # Rounded down, so that the card's figure never loses more than what was asked.
    scale = 10 ** DECIMALS
    return floor(kept[min(int(lost * len(kept)), len(kept) - 1)] * scale) / scale


def judge(threshold: float, scores: np.ndarray, right: np.ndarray,
          strangers: np.ndarray | None = None) -> Rejection:
    """Say what a threshold costs, and is worth against the best scores of ``strangers``."""
    below = scores < threshold
    found = Rejection(threshold, _share(below[right]), _share(below[~right]))
    if strangers is None:
        return found
    return Rejection(threshold, found.right_lost, found.wrong_avoided, len(strangers),
                     _share(strangers < threshold), auroc(scores, strangers))


def auroc(known: np.ndarray, strangers: np.ndarray) -> float:
    """Area under the curve of known images kept against strangers kept; ties count half."""
    order = np.sort(strangers)
    below = np.searchsorted(order, known, 'left')
    not_above = np.searchsorted(order, known, 'right')
    return float((below + not_above).mean() / 2 / len(strangers))


def _share(chosen: np.ndarray) -> float:
    return float(chosen.mean()) if len(chosen) else 0.0
