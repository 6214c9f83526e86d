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

"""How right logits are, and how near to those of a reference; all take (images, classes)."""

from __future__ import annotations

import numpy as np


def top_k_accuracy(logits: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Share of images whose class is among the ``k`` best."""
    best = np.argsort(-logits, axis=1, kind='stable')[:, :k]
    return float((best == labels[:, np.newaxis]).any(1).mean())


def closeness(int8: np.ndarray, fp32: np.ndarray) -> dict[str, float]:
    """Agreement and SQNR (dB) of int8 with fp32, rounded, by their names in a card."""
    return {'agreement': round(agreement(int8, fp32), 4), 'sqnr_db': round(sqnr_db(int8, fp32), 2)}


def agreement(logits: np.ndarray, reference: np.ndarray) -> float:
    """Share of images for which both name the same class."""
    return float((logits.argmax(1) == reference.argmax(1)).mean())


def sqnr_db(logits: np.ndarray, reference: np.ndarray) -> float:
    """
    Power of the reference to that of the error, in dB; infinite where both are equal.

    The reference is centred over the images: what all images share says nothing about any.
    """
    signal = ((reference - reference.mean(0)) ** 2).sum(dtype=np.float64)
    error = ((logits - reference) ** 2).sum(dtype=np.float64)
    with np.errstate(divide='ignore'):
        return float(10 * np.log10(signal / error))
