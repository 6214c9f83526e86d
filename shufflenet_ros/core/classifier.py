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

from collections.abc import Callable, Sequence
from dataclasses import replace
import time
from typing import Protocol

import numpy as np
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.encoding.decode import decode_with_size
from shufflenet_ros.core.encoding.layouts import LumaChroma, Mosaic, Pixels
from shufflenet_ros.core.frame import AnyFrame, Classification, PartResult
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.parts import Box, Part, View
from shufflenet_ros.core.postprocess import classify
from shufflenet_ros.core.preprocess import preprocess, size_of


class Engine(Protocol):
    """What the classifier needs of an inference engine."""

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """Logits, float32 (classes,), of a uint8 tensor (1, height, width, 3) in RGB."""


Durations = tuple[int, int, int, int]
"""Of decode, preprocess, inference and postprocess (ns), of all parts of a frame together."""


class Classifier:
    """An engine with the geometry of its input and the rule for its hypotheses."""

    def __init__(self, engine: Engine, geometry: Geometry, top_k: int = 5,
                 threshold: float = 0.0, keeps_scores: bool = False) -> None:
        """
        Keep at most ``top_k`` hypotheses whose score (0 to 1) reaches ``threshold``.

        ``keeps_scores`` keeps those of all classes with each result.
        """
        self._engine = engine
        self._geometry = geometry
        self._top_k = top_k
        self._threshold = threshold
        self._keeps_scores = keeps_scores

    def classify(self, frame: AnyFrame, view: View = EVERYTHING, budget_ns: int | None = None,
                 first_cell: int = 0) -> tuple[Classification, Durations]:
        """
        Give the classification of what is looked at: a region, its cells, or both.

        Without the region as a whole, that part of the result is empty; with a view that has
        nothing to classify the frame is not decoded. After ``budget_ns`` from the start no further
        cell is begun, but one always is: the whole comes first, then the cells from ``first_cell``
        on, with the first after the last. Raises FrameError for a frame that cannot be used.
        """
        times = _Times()
        if view.is_empty:
            return Classification(()), times.durations()
        pixels, (height, width) = decode_with_size(frame, self._geometry, view)
        times.add(DECODE)
        seen = size_of(pixels)  # smaller than the image where a huge jpeg was reduced
        # All inferences first: what comes after them then finds itself in the caches.
        of_whole = self._infer(pixels, view.whole(*seen), times) if view.has_whole else None
        of_cells = self._infer_cells(pixels, view.cells(*seen), times, budget_ns, first_cell)
        whole = Classification(()) if of_whole is None else self._chosen(of_whole)
        if view.grid is not None:
            cells = view.cells(height, width)
            whole = replace(whole, left_out=len(cells) - len(of_cells), parts=tuple(
                PartResult(cells[number], self._chosen(logits))
                for number, logits in sorted(of_cells.items())))
        times.add(POSTPROCESS)
        return whole, times.durations()

    def classify_boxes(self, frame: AnyFrame,
                       boxes: Sequence[Part] | Callable[[int, int], Sequence[Part]],
                       budget_ns: int | None = None,
                       at_least: int = 0) -> tuple[tuple[PartResult, ...], Durations]:
        """
        Classify boxes (pixels) that lie inside the image, in this order.

        The image is decoded at its own size, so that what a box is taken for does not depend on
        the others; where ``boxes`` is a function, it gives them for that height and width. After
        ``budget_ns`` from the start no further box is begun, but for ``at_least`` so many: fewer
        results than boxes come back. Raises FrameError for a frame that cannot be used.
        """
        times = _Times()
        results: list[PartResult] = []
        pixels, size = decode_with_size(frame)
        chosen = boxes(*size) if callable(boxes) else boxes
        times.add(DECODE)
        for part in chosen:
            if budget_ns is not None and len(results) >= at_least and (
                    times.passed_ns() > budget_ns):
                break
            results.append(PartResult(part, self._classify(pixels, part.box, times)))
        return tuple(results), times.durations()

    def _infer_cells(self, pixels: Pixels | LumaChroma | Mosaic, cells: Sequence[Part],
                     times: _Times, budget_ns: int | None, first: int) -> dict[int, np.ndarray]:
        """Give the number of each cell that there was time for, and its logits."""
        found: dict[int, np.ndarray] = {}
        for step in range(len(cells)):
            if budget_ns is not None and found and times.passed_ns() > budget_ns:
                break
            number = (first + step) % len(cells)
            found[number] = self._infer(pixels, cells[number].box, times)
        return found

    def _classify(self, pixels: Pixels | LumaChroma | Mosaic, box: Box,
                  times: _Times) -> Classification:
        found = self._chosen(self._infer(pixels, box, times))
        times.add(POSTPROCESS)
        return found

    def _chosen(self, logits: np.ndarray) -> Classification:
        return classify(logits, self._top_k, self._threshold, self._keeps_scores)

    def _infer(self, pixels: Pixels | LumaChroma | Mosaic, box: Box, times: _Times) -> np.ndarray:
        tensor = preprocess(pixels, self._geometry, box)
        times.add(PREPROCESS)
        logits = self._engine.run(tensor)
        times.add(INFERENCE)
        return logits


DECODE, PREPROCESS, INFERENCE, POSTPROCESS = range(4)


class _Times:
    """Adds up how long each stage took; what lies between two readings belongs to the second."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic_ns()
        self._ns = [0, 0, 0, 0]

    def add(self, stage: int) -> None:
        now = time.monotonic_ns()
        self._ns[stage] += now - self._last
        self._last = now

    def passed_ns(self) -> int:
        return self._last - self._start

    def durations(self) -> Durations:
        decode, preprocess, inference, postprocess = self._ns
        return decode, preprocess, inference, postprocess
