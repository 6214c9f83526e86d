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
What decoding, preprocessing and inference take in the offline core: the pieces of a budget.

It sees the images of the cameras at their rate, so that caches and clock of the core are as the
node finds them; the same calls without a pause are beside it, for comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
import time

import numpy as np
from shufflenet_ros.bench.nodes.views import JPEG, JPEG_FORMAT, jpeg_of, prepared_views
from shufflenet_ros.bench.runner.timing import SPREAD
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.frame import AnyFrame, CompressedFrame, Frame
from shufflenet_ros.core.parts import View
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import ModelSpec

CALLS_S = 1.0
"""How long the offline core is measured in each turn, at the rate of the cameras."""
CALLS = 8
"""Without a pause, in each turn."""
WARM_UP = 2


@dataclass(slots=True)
class Pieces:
    """Times of all calls (ns): of decoding, and of preprocess and inference of one part."""

    decode_ns: list[int] = field(default_factory=list)
    cell_ns: list[float] = field(default_factory=list)
    burst_ns: list[float] = field(default_factory=list)
    """As ``cell_ns``, without a pause between the calls."""

    def figures(self) -> dict[str, float]:
        """Give their medians (ms)."""
        return {name: float(np.median(values)) / 1e6 for name, values in (
            ('decode_ms', self.decode_ns), ('cell_ms', self.cell_ns),
            ('burst_cell_ms', self.burst_ns))}

    def why_unstable(self) -> str:
        """Give a reason not to trust a budget made of them, or an empty string."""
        ratio = float(np.median(self.cell_ns)) / min(self.cell_ns)
        return '' if ratio <= SPREAD else (
            f'the offline core took {ratio:.2f} times its minimum for a cell: something else used '
            'the core, and the budget is too large')

    def budgets(self, parts: int, beside_ms: float) -> dict[str, float]:
        """
        Give what an image of so many parts may take, with ``beside_ms`` for all the rest.

        ``burst_budget_ms`` is made of the calls without a pause: the caches are warm.
        """
        figures = self.figures()
        fixed_ms = figures['decode_ms'] + beside_ms
        return {**figures, 'budget_ms': fixed_ms + parts * figures['cell_ms'],
                'burst_budget_ms': fixed_ms + parts * figures['burst_cell_ms']}


class OfflineCore:
    """The classifier without a node, on the images that the cameras show."""

    def __init__(self, spec: ModelSpec, size: tuple[int, int]) -> None:
        """``size``: height and width of the images."""
        self._classifier = Classifier(Engine(spec), spec.geometry)
        height, width = size
        views = prepared_views(width, height)
        self._frames: dict[str, list[AnyFrame]] = {
            'bgr8': [Frame(view.tobytes(), height, width, 'bgr8', 3 * width) for view in views],
            JPEG: [CompressedFrame(jpeg_of(view), JPEG_FORMAT) for view in views]}

    def measure(self, view: View, encoding: str, period_s: float, pieces: Pieces) -> None:
        """Add calls to the pieces: one each ``period_s``, then some without a pause."""
        for number in range(WARM_UP):
            self._call(view, encoding, number)
        calls = round(CALLS_S / period_s) if period_s else CALLS
        due = time.monotonic()
        for number in range(calls):
            due += period_s
            time.sleep(max(0.0, due - time.monotonic()))
            decode_ns, cell_ns = self._call(view, encoding, number)
            pieces.decode_ns.append(decode_ns)
            pieces.cell_ns.append(cell_ns)
        pieces.burst_ns += [self._call(view, encoding, number)[1] for number in range(CALLS)]

    def _call(self, view: View, encoding: str, number: int) -> tuple[int, float]:
        """Time of decoding, and of a part (both ns)."""
        frames = self._frames[encoding]
        result, (decode, preprocess, inference, _) = self._classifier.classify(
            frames[number % len(frames)], view)
        parts = len(result.parts) + (result.best is not None)
        return decode, (preprocess + inference) / parts
