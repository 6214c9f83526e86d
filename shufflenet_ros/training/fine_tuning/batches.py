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
What the network sees at each step: which images, how large, how changed, how mixed.

Every draw depends on the seed and the number of the epoch, step and image alone. Nothing random is
carried on, so a run that was cut off continues as if nothing had happened, and threads may share
the work in any way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace

import numpy as np
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.labelled_images import Dataset
from shufflenet_ros.training.fine_tuning.augmentation import augment
from shufflenet_ros.training.recipe import Settings
import torch
from torch import Tensor
from torch.nn import functional

EPOCH, STEP, IMAGE = 0, 1, 2
"""Kinds of numbers, so that epoch 3 and step 3 draw different things."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step: ``pixels`` (N, 3, H, W) float 0-255, ``targets`` (N, classes), sum 1 a row."""

    pixels: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> Batch:
        """Give the same batch in the memory of a device."""
        return Batch(self.pixels.to(device), self.targets.to(device))


class Batches:
    """All steps of a training, each drawn when it is asked for."""

    def __init__(self, data: Dataset, geometry: Geometry, settings: Settings) -> None:
        """``geometry`` is what the model will see; its input is square."""
        self._data, self._geometry, self._settings = data, geometry, settings
        # No image may be alone in a batch: its own mean would normalise it away.
        self.per_epoch = max(1, min(-(-len(data) // settings.batch), len(data) // 2))
        self.steps = self.per_epoch * settings.epochs

    def __getitem__(self, step: int) -> Batch:
        pending = self._pending(step)
        for part in pending.parts():
            pending.fill(part)
        return pending.batch()

    def queue(self, start: int, executor: Executor, depth: int = 1) -> BatchQueue:
        """Batches from ``start`` on, of which ``depth`` are made or being made at any time."""
        return BatchQueue(self._pending, executor, iter(range(start, self.steps)), depth)

    def _pending(self, step: int) -> PendingBatch:
        rng = np.random.default_rng((self._settings.seed, STEP, step))
        side, chosen = self._side(step, rng), self._chosen(step)
        geometry = replace(self._geometry, height=side, width=side)
        return PendingBatch(self._data, self._settings, step, geometry, chosen, rng)

    def _side(self, step: int, rng: np.random.Generator) -> int:
        size = self._geometry.height
        side = int(rng.choice(self._settings.sides(size)))
        at_the_end = step >= self.steps * (1 - self._settings.end_share)
        return size if at_the_end else side

    def _chosen(self, step: int) -> np.ndarray:
        epoch, place = divmod(step, self.per_epoch)
        rng = np.random.default_rng((self._settings.seed, EPOCH, epoch))
        order = balanced_order(self._data.labels, self._settings.balance, rng)
        return np.array_split(order, self.per_epoch)[place]


class PendingBatch:
    """A batch whose images are still to be made, in parts that threads may share."""

    def __init__(self, data: Dataset, settings: Settings, step: int, geometry: Geometry,
                 chosen: np.ndarray, rng: np.random.Generator) -> None:
        self._data, self._settings, self._step = data, settings, step
        self._geometry, self._chosen, self._rng = geometry, chosen, rng
        self._images = np.empty((len(chosen), geometry.height, geometry.width, 3), np.float32)

    def parts(self) -> list[range]:
        """Places of the images, in parts of about the same size."""
        middle = len(self._chosen) // 2
        return [range(middle), range(middle, len(self._chosen))]

    def fill(self, part: range) -> None:
        """Make the images of a part; which part an image is in changes nothing about it."""
        for place in part:
            rng = np.random.default_rng((self._settings.seed, IMAGE, self._step, place))
            self._images[place] = augment(
                self._data.images[self._chosen[place]], self._geometry,
                self._settings.augmentation, rng)

    def batch(self) -> Batch:
        """Give the batch, once all parts are filled."""
        # (N, 3, H, W), channels last in memory
        pixels = torch.from_numpy(self._images).permute(0, 3, 1, 2)
        settings, labels = self._settings, self._data.labels[self._chosen]
        targets = _targets(labels, len(self._data.classes), settings.label_smoothing)
        return mix(Batch(pixels, targets), settings.mixup, settings.cutmix, self._rng)


class BatchQueue:
    """Batches in a row, made by an executor before they are asked for."""

    def __init__(self, pending: Callable[[int], PendingBatch], executor: Executor,
                 steps: Iterator[int], depth: int) -> None:
        self._pending, self._executor, self._steps, self._depth = pending, executor, steps, depth
        self._waiting: deque[tuple[PendingBatch, list[Future[None]]]] = deque()
        self.refill()

    def refill(self) -> None:
        """Have the next ones made, behind everything that the executor was given before."""
        while len(self._waiting) < self._depth and (step := next(self._steps, None)) is not None:
            batch = self._pending(step)
            self._waiting.append(
                (batch, [self._executor.submit(batch.fill, part) for part in batch.parts()]))

    def take(self) -> Batch:
        """Wait for the next one. Raises IndexError after the last one."""
        pending, parts = self._waiting.popleft()
        for part in parts:
            part.result()
        return pending.batch()


def balanced_order(labels: np.ndarray, balance: float, rng: np.random.Generator) -> np.ndarray:
    """
    Draw the images of an epoch, as many as there are; indices (images,) in random order.

    A class of ``n`` images comes in proportion to ``n ** (1 - balance)``: 0 shows each image once,
    1 shows all classes equally often. No image comes twice before all of its class came once.
    """
    counts = np.bincount(labels)
    weights = np.where(counts > 0, counts.astype(np.float64) ** (1 - balance), 0)
    ends = np.rint(np.cumsum(weights) / weights.sum() * len(labels)).astype(int)
    parts = []
    for label, wanted in enumerate(np.diff(ends, prepend=0)):
        own = np.flatnonzero(labels == label)
        rounds = -(-wanted // max(1, len(own)))
        drawn = [rng.permutation(own) for _ in range(rounds)] or [own[:0]]
        parts.append(np.concatenate(drawn)[:wanted])
    return rng.permutation(np.concatenate(parts))


def mix(batch: Batch, mixup: float, cutmix: float, rng: np.random.Generator) -> Batch:
    """
    Blend images with others of the batch (mixup), or paste a square of others (cutmix).

    Where both are on, each has half of the batches; alone, mixup or cutmix has that half too.
    Zhang et al., "mixup", ICLR 2018; Yun et al., "CutMix", ICCV 2019.
    """
    first_half = rng.random() < 0.5
    other = torch.from_numpy(rng.permutation(len(batch.pixels)))
    if first_half and mixup:
        return _blend(batch, other, float(rng.beta(mixup, mixup)))
    if not first_half and cutmix:
        return _paste(batch, other, float(rng.beta(cutmix, cutmix)), rng)
    return batch


def _blend(batch: Batch, other: Tensor, share: float) -> Batch:
    return Batch(torch.lerp(batch.pixels[other], batch.pixels, share).contiguous(
        memory_format=torch.channels_last), torch.lerp(batch.targets[other], batch.targets, share))


def _paste(batch: Batch, other: Tensor, share: float, rng: np.random.Generator) -> Batch:
    size = batch.pixels.shape[-1]
    side = int(size * (1 - share) ** 0.5)
    top, left = rng.integers(0, size - side + 1, 2)
    place = (slice(None), slice(None), slice(top, top + side), slice(left, left + side))
    pixels = batch.pixels.clone()
    pixels[place] = batch.pixels[other][place]
    kept = 1 - side * side / size / size
    return Batch(pixels, torch.lerp(batch.targets[other], batch.targets, kept))


def _targets(labels: np.ndarray, classes: int, smoothing: float) -> Tensor:
    sure = functional.one_hot(torch.from_numpy(labels), classes).float()
    return sure * (1 - smoothing) + smoothing / classes
