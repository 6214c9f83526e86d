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
int8 weights of one layer, chosen by what they do to its outputs on calibration inputs.

Rounding each weight to the nearest step ignores that errors of weights on correlated inputs can
cancel. Here the squared error of the outputs decides: the weights are first fitted to give the
float outputs on the inputs as earlier layers left them, then rounded one after another while the
later ones make up for it (Frantar et al., "GPTQ", ICLR 2023), then improved one at a time.
All arrays are float64 and hold several independent layers at once (the groups of a pointwise
convolution, the channels of a depthwise one): weights (layers, outputs, inputs), and moments, the
means of products of centred inputs, (layers, inputs, inputs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LARGEST = 127
STEP_SHARES = (1.0, 0.97, 0.94, 0.9, 0.85, 0.8)
"""Steps to try: these shares of the one that just reaches the largest weight."""
POLISH_ROUNDS = 3
DAMPING = 1e-4


@dataclass(frozen=True, slots=True)
class Rounded:
    """``weight`` (layers, outputs, inputs), whole multiples of ``step`` (layers, outputs)."""

    weight: np.ndarray
    step: np.ndarray


def fit(weight: np.ndarray, moments: np.ndarray, cross: np.ndarray, ridge: float) -> np.ndarray:
    """
    Find float weights that on disturbed inputs come closest to the outputs on clean ones.

    ``cross`` are the means of products of clean (rows) and disturbed (columns) inputs; ``ridge``,
    as a share of the mean input power, holds the weights near the old ones.
    """
    hold = _ridge(moments, ridge)
    wanted = weight @ (cross + hold)
    return np.linalg.solve(moments + hold, wanted.swapaxes(1, 2)).swapaxes(1, 2)


def round_weights(weight: np.ndarray, moments: np.ndarray, ridge: float) -> Rounded:
    """Round to int8 with a step for each output, at the least squared error of the outputs."""
    moments = moments + _ridge(moments, ridge)
    largest = np.maximum(np.abs(weight).max(2), 1e-9)
    best = Rounded(np.zeros_like(weight), np.ones_like(largest))
    best_error = np.full_like(largest, np.inf)
    for share in STEP_SHARES:
        # float32: the graph stores steps so, and weights must be whole multiples of those.
        step = (largest * share / LARGEST).astype(np.float32).astype(np.float64)
        rounded = _polish(_gptq(weight, moments, step), weight, moments, step)
        difference = rounded - weight
        error = ((difference @ moments) * difference).sum(2)
        better = error < best_error
        best_error[better] = error[better]
        best.weight[better], best.step[better] = rounded[better], step[better]
    return best


def _ridge(moments: np.ndarray, share: float) -> np.ndarray:
    power = np.einsum('lii->l', moments) / moments.shape[1]
    return (share * power + 1e-9)[:, np.newaxis, np.newaxis] * np.eye(moments.shape[1])


def _to_grid(values: np.ndarray, step: np.ndarray) -> np.ndarray:
    return np.clip(np.round(values / step), -LARGEST, LARGEST) * step


def _gptq(weight: np.ndarray, moments: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Round column after column, strongest input first, spreading each error over the rest."""
    order = np.argsort(-np.einsum('lii->li', moments), axis=1)
    columns, rows = order[:, np.newaxis], order[:, :, np.newaxis]
    ordered = np.take_along_axis(np.take_along_axis(moments, rows, 1), columns, 2)
    factor = np.linalg.cholesky(np.linalg.inv(ordered + _ridge(ordered, DAMPING)))
    factor = factor.swapaxes(1, 2)  # upper triangular
    left = np.take_along_axis(weight, columns, 2)
    rounded = np.empty_like(left)
    for column in range(left.shape[2]):
        rounded[:, :, column] = _to_grid(left[:, :, column], step)
        error = left[:, :, column] - rounded[:, :, column]
        spread = factor[:, column, column + 1:] / factor[:, column, column, np.newaxis]
        left[:, :, column + 1:] -= error[:, :, np.newaxis] * spread[:, np.newaxis]
    result = np.empty_like(rounded)
    np.put_along_axis(result, np.broadcast_to(columns, result.shape), rounded, 2)
    return result


def _polish(rounded: np.ndarray, weight: np.ndarray, moments: np.ndarray,
            step: np.ndarray) -> np.ndarray:
    """Move single weights to better steps until none gains, at most a few rounds."""
    rounded = rounded.copy()
    gradient = (rounded - weight) @ moments
    power = np.maximum(np.einsum('lii->li', moments), 1e-20)
    for _ in range(POLISH_ROUNDS):
        moved = False
        for column in range(rounded.shape[2]):
            old = rounded[:, :, column]
            best = old - gradient[:, :, column] / power[:, column, np.newaxis]
            change = _to_grid(best, step) - old
            if np.abs(change).max() > 1e-12:
                moved = True
                rounded[:, :, column] += change
                gradient += change[:, :, np.newaxis] * moments[:, np.newaxis, column]
        if not moved:
            break
    return rounded
