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
One frame to one classification: decode, preprocess, inference, postprocess.

Offline tools and tests call the classifier directly; the node runs it on worker threads
(:mod:`shufflenet_ros.core.pipeline`).
"""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
from shufflenet_ros.core.encoding.decode import decode
from shufflenet_ros.core.frame import AnyFrame, Classification
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.postprocess import classify
from shufflenet_ros.core.preprocess import preprocess


class Engine(Protocol):
    """What the classifier needs of an inference engine."""

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """Logits, float32 (classes,), of a uint8 tensor (1, height, width, 3) in RGB."""


class Classifier:
    """An engine with the geometry of its input and the rule for its hypotheses."""

    def __init__(self, engine: Engine, geometry: Geometry, top_k: int = 5,
                 threshold: float = 0.0) -> None:
        """Keep at most ``top_k`` hypotheses whose score (0 to 1) reaches ``threshold``."""
        self._engine = engine
        self._geometry = geometry
        self._top_k = top_k
        self._threshold = threshold

    def classify(self, frame: AnyFrame) -> tuple[Classification, tuple[int, int, int, int]]:
        """
        Give the frame's classification, and four durations in ns.

        The durations are those of decode, preprocess, inference and postprocess. Raises
        FrameError for a frame that cannot be used.
        """
        start = time.monotonic_ns()
        pixels = decode(frame, self._geometry)
        decoded = time.monotonic_ns()
        tensor = preprocess(pixels, self._geometry)
        preprocessed = time.monotonic_ns()
        logits = self._engine.run(tensor)
        inferred = time.monotonic_ns()
        classification = classify(logits, self._top_k, self._threshold)
        end = time.monotonic_ns()
        return classification, (
            decoded - start, preprocessed - decoded, inferred - preprocessed, end - inferred)
