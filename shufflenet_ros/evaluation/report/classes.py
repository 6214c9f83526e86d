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

"""Precision and recall of each class, with intervals that say how much the images can tell."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

Z = 1.96
"""95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of images with its 95 % interval; nan where there is no image."""

    value: float
    low: float
    high: float


def wilson(hits: int, images: int) -> Share:
    """
    Interval of a share after Wilson, which holds for few images and for shares near 0 and 1.

    Brown, Cai, DasGupta, "Interval Estimation for a Binomial Proportion", 2001.
    """
    if not images:
        return Share(float('nan'), 0.0, 1.0)
    share, square = hits / images, Z * Z / images
    centre = share + square / 2
    spread = Z * sqrt(share * (1 - share) / images + square / images / 4)
    return Share(share, max(0.0, (centre - spread) / (1 + square)),
                 min(1.0, (centre + spread) / (1 + square)))


def confusion(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Count images (class, class that the model says)."""
    classes = logits.shape[1]
    return np.bincount(labels * classes + logits.argmax(1), minlength=classes ** 2).reshape(
        classes, classes)


def precision_recall(counts: np.ndarray) -> list[tuple[Share, Share]]:
    """For each class of a confusion matrix: how often it is right when named, and found."""
    return [(wilson(counts[one, one], counts[:, one].sum()),
             wilson(counts[one, one], counts[one].sum())) for one in range(len(counts))]
