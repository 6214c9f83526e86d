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

"""Logits and accuracy of a model on images, through the engine and the one preprocess."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.evaluation.metrics import top_k_accuracy
from shufflenet_ros.inference.engine import Engine


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Logits of one engine on labelled images."""

    logits: np.ndarray
    """float32 (images, classes)."""
    labels: np.ndarray

    def top(self, k: int) -> float:
        """Share of images whose class is among the ``k`` best."""
        return top_k_accuracy(self.logits, self.labels, k)

    def recall(self, index: int) -> float | None:
        """Share of the images of one class that are recognized; None where there are none."""
        chosen = self.labels == index
        return float((self.logits[chosen].argmax(1) == index).mean()) if chosen.any() else None


def evaluate(engine: Engine, images: Iterable[np.ndarray], labels: np.ndarray) -> Evaluation:
    """Run labelled RGB images of any size."""
    return Evaluation(logits_of_images(engine, images), labels)


def logits_of_images(engine: Engine, images: Iterable[np.ndarray],
                     update: Callable[[int], None] = lambda done: None) -> np.ndarray:
    """Logits, float32 (images, classes), of RGB images; ``update`` is called after each."""
    logits = []
    for tensor in preprocessed(images, engine.spec.geometry):
        logits.append(engine.run(tensor))
        update(len(logits))
    return np.stack(logits)
