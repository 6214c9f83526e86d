"""Accuracy of a model folder on labelled images, through the engine and the preprocess."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from shufflenet_ros.core.encodings.decode import Pixels
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.evaluation.metrics import top_k_accuracy
from shufflenet_ros.inference.engine import Engine


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one engine says of a data set."""

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
    """Run RGB images of any size through the one preprocess and the engine."""
    geometry = engine.spec.geometry
    return Evaluation(np.stack([
        engine.run(preprocess(Pixels(image, None), geometry)) for image in images]), labels)


def in_grey(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Show the images, one after the other, as a mono camera would see them."""
    for image in images:
        yield cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
