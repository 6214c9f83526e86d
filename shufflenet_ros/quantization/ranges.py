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
What values each tensor takes on the calibration images, and the uint8 grid that fits them best.

The grid minimizes the squared error over a sample: rare large values are clipped where the many
small ones gain more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from shufflenet_ros.quantization.folded_network import FoldedNetwork
from shufflenet_ros.quantization.forward import run
import torch
from torch import Tensor

LEVELS = 255
SAMPLES = 120_000
"""Values of each tensor that the search is done on."""
SHARES: list[float] = np.arange(1.0, 0.15, -0.05).tolist()
BATCH = 25


@dataclass(frozen=True, slots=True)
class Grid:
    """uint8 values of a tensor: ``real = (stored - zero_point) * scale``."""

    scale: float
    zero_point: int

    def apply(self, x: Tensor) -> Tensor:
        """Round a float tensor to the grid, as int8 arithmetic does, half to even."""
        stored = torch.clamp(torch.round(x / self.scale) + self.zero_point, 0, LEVELS)
        return (stored - self.zero_point) * self.scale


@dataclass(slots=True)
class Statistics:
    """Lowest and highest value of each channel, and a sample of all values, by tensor name."""

    low: dict[str, np.ndarray] = field(default_factory=dict)
    high: dict[str, np.ndarray] = field(default_factory=dict)
    sample: dict[str, np.ndarray] = field(default_factory=dict)


def measure(network: FoldedNetwork, pixels: Tensor, seed: int = 0) -> Statistics:
    """Statistics of every tensor of a network on pixels (N, 3, H, W)."""
    found = Statistics()
    parts: dict[str, list[np.ndarray]] = {}
    generator = torch.Generator().manual_seed(seed)
    share = -(-SAMPLES // len(pixels))

    def visit(name: str, x: Tensor) -> Tensor:
        low, high = (limit.numpy().astype(np.float64)
                     for limit in (x.amin((0, 2, 3)), x.amax((0, 2, 3))))
        found.low[name] = np.minimum(found.low.get(name, low), low)
        found.high[name] = np.maximum(found.high.get(name, high), high)
        values = x.flatten()
        chosen = torch.randint(len(values), (share * len(x),), generator=generator)
        parts.setdefault(name, []).append(values[chosen].numpy())
        return x

    for batch in pixels.split(BATCH):
        run(network, batch, visit)
    found.sample = {name: np.concatenate(values) for name, values in parts.items()}
    return found


def grid_of(low: float, high: float) -> Grid:
    """Make the grid from ``low`` (at most 0) to ``high`` (at least 0)."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = float(np.float32(max((high - low) / LEVELS, 1e-8)))
    return Grid(scale, int(np.clip(round(-low / scale), 0, LEVELS)))


def best_grid(low: float, high: float, sample: np.ndarray) -> Grid:
    """Find the grid within ``low`` and ``high`` with the least squared error on ``sample``."""
    values = torch.from_numpy(sample)

    def error(limits: tuple[float, float]) -> float:
        return float(((grid_of(*limits).apply(values) - values) ** 2).mean())

    best = (min(low, 0.0), max(high, 0.0))
    widest = best
    for _ in range(2):
        best = min(((best[0], widest[1] * share) for share in SHARES), key=error)
        if widest[0] < 0:
            best = min(((widest[0] * share, best[1]) for share in SHARES), key=error)
    return grid_of(*best)


def best_grids(statistics: Statistics) -> dict[str, Grid]:
    """Find the best grid of every tensor; that of the pixels is what the camera gives."""
    grids = {name: best_grid(float(statistics.low[name].min()),
                             float(statistics.high[name].max()), sample)
             for name, sample in statistics.sample.items()}
    return grids | {'pixels': Grid(1.0, 0)}
