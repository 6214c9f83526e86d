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
Results averaged over time, as the node averages them, from the scores that parts keep.

It is done when all parts of a recording are there, in its order: slices are classified in any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shufflenet_ros.core.frame import Classification, PartResult
from shufflenet_ros.core.parts import Box, Part
from shufflenet_ros.core.smoothing import Smoother, Smoothing
from shufflenet_ros.core.stamp_order import StampOrder
from shufflenet_ros.replay.frames import answer_of
from shufflenet_ros.replay.results import Classified, FrameResult, KeptScores


class Averages:
    """The averages of one recording: each topic has its own, like a camera of the node."""

    def __init__(self, smoothing: Smoothing, top_k: int, threshold: float,
                 labels: Sequence[str]) -> None:
        """Choose hypotheses of the averages as those of single images were chosen."""
        self._rule = smoothing, top_k, threshold
        self._labels = labels
        self._topics: dict[str, tuple[StampOrder, Smoother]] = {}

    def of(self, one: Classified) -> FrameResult:
        """
        Give the result of the averages up to this image, with that of the image alone in ``raw``.

        An image that the node would drop, because its stamp is older than that of the last
        result, stands for itself and changes no average; so does one without a stamp.
        """
        result = one.result
        if one.scores is None:  # the message holds no image
            return result
        if result.topic not in self._topics:
            self._topics[result.topic] = StampOrder(), Smoother(*self._rule)
        order, smoother = self._topics[result.topic]
        is_in_order = order.accepts(result.stamp_ns)
        if result.problem:
            return result
        result = _with_raw(result)
        if not is_in_order:
            return result
        order.record(result.stamp_ns)
        bare = _unnamed(result, one.scores)
        smooth = smoother.smooth(bare, result.stamp_ns)
        return result if smooth is bare else self._named(result, smooth)

    def _named(self, result: FrameResult, smooth: Classification) -> FrameResult:
        best, score, label, hypotheses = answer_of(smooth, self._labels)
        return replace(
            result, best=best, score=score, label=label, hypotheses=hypotheses,
            regions=tuple(cell._replace(answer=answer_of(one.classification, self._labels))
                          for cell, one in zip(result.regions, smooth.parts)))


def _with_raw(result: FrameResult) -> FrameResult:
    return replace(result, raw=result.answer, regions=tuple(
        cell._replace(raw=cell.answer) for cell in result.regions))


def _unnamed(result: FrameResult, scores: KeptScores) -> Classification:
    """Give what the core gave, as far as averages need it."""
    return Classification((), scores=scores.whole, parts=tuple(
        PartResult(Part(cell.id, Box(cell.y, cell.x, cell.height, cell.width)),
                   Classification((), scores=of_cell))
        for cell, of_cell in zip(result.regions, scores.regions)))
