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
The types that pass between rooms: frames go in, classifications, timings and counters come out.

They cannot be changed, and check themselves where they are made. Only the package's errors are
imported here, so that no user of these types loads OpenCV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import nan
from operator import attrgetter
from typing import Any, TypeAlias

from shufflenet_ros.core.errors import FrameError
from shufflenet_ros.core.parts import Part

STAGES = ('age_at_receipt', 'queue', 'decode', 'preprocess', 'inference', 'postprocess',
          'publish')
"""The stages of one frame in order; together they span from acquisition to the result sent."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    An image as it arrived: its bytes are borrowed, never copied.

    The geometry has the meaning of ``sensor_msgs/msg/Image``: ``step`` is the length of a row in
    bytes and may exceed ``width`` times the bytes of a pixel (padding on the right). Raises
    FrameError for an image without pixels.
    """

    data: Any
    """Buffer of at least ``step * (height - 1)`` bytes and one unpadded row."""
    height: int
    width: int
    encoding: str
    step: int
    received_ns: int = 0
    """Monotonic clock (ns) at the moment the frame reached this process."""
    age_at_receipt_ns: int | None = None
    """Node clock minus stamp at receipt; negative for a future stamp, None without a stamp."""
    header: Any = None
    """The source's own header, carried through untouched and never read here."""
    is_bigendian: bool = False
    """Byte order of 16-bit samples; without meaning for others."""
    stamp_ns: int = 0
    """When the image was taken, on its source's clock; 0 where that is unknown."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise FrameError(
                f'image of {self.width}x{self.height} pixels: width and height must both be at '
                'least 1; check the camera driver')


@dataclass(frozen=True, slots=True)
class CompressedFrame:
    """
    A jpeg or png as it arrived: its bytes are borrowed, never copied.

    ``format`` has the meaning of ``sensor_msgs/msg/CompressedImage``: ``jpeg``, or ``rgb8; jpeg
    compressed bgr8`` with the encoding that the image had before. Raises FrameError without data.
    """

    data: Any
    """Buffer with the jpeg or png."""
    format: str
    received_ns: int = 0
    """As in :class:`Frame`, like the three that follow."""
    age_at_receipt_ns: int | None = None
    header: Any = None
    stamp_ns: int = 0

    def __post_init__(self) -> None:
        if not len(self.data):
            raise FrameError(f'compressed image of format {self.format!r} without data: expected '
                             'a jpeg or png; check the camera driver and the link it is on')


AnyFrame: TypeAlias = Frame | CompressedFrame


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame as a source handed it over, with what is known of those before it."""

    frame: AnyFrame | FrameError
    """Or why its message cannot be one."""
    received_ns: int = 0
    """Monotonic clock (ns) at the moment its message reached this process."""
    published_ns: int = 0
    """When its message was published, on its publisher's clock; 0 where that is unknown."""
    missed: int = 0
    """Published since the last delivery by the same publisher, and not handed over."""
    lost: int = 0
    """Of those missed, how many got lost on their way."""
    skipped: int = 0
    """Handed over with it, older than it, and dropped."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One class with its softmax score in [0, 1]."""

    index: int
    score: float


@dataclass(frozen=True, slots=True)
class Classification:
    """The hypotheses of one frame, best first; empty when none reached the threshold."""

    hypotheses: tuple[Hypothesis, ...]
    best: Hypothesis | None = None
    """The best of all, whether it reached the threshold or not; None where nobody asked."""
    parts: tuple[PartResult, ...] = ()
    """Of the cells of a grid that were classified, row by row; empty without a grid."""
    scores: Sequence[float] = ()
    """Of all classes by their index, where they are kept to be averaged over time."""
    left_out: int = 0
    """Cells of the grid that are not in ``parts``: the time for the frame was over."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """The classification of one part of a frame: a cell, or a box of a detector."""

    part: Part
    """In pixels of the image as it was sent."""
    classification: Classification


@dataclass(frozen=True, slots=True)
class StageTimings:
    """
    How long each stage of one frame took, in ns; the stages follow one another without a gap.

    ``age_at_receipt`` compares two clocks (the node's and the stamp's): negative for a stamp in
    the future, None without a stamp. The others are differences of the monotonic clock.
    """

    age_at_receipt_ns: int | None
    queue_ns: int
    decode_ns: int
    preprocess_ns: int
    inference_ns: int
    postprocess_ns: int
    publish_ns: int

    @property
    def total_ns(self) -> int | None:
        """Age of the image when its result had been published: the sum of all stages."""
        stages = self.values()
        return None if None in stages else sum(stages)

    def values(self) -> tuple[Any, ...]:
        """Give the stages in order (ns, int); only the first may be None."""
        return _STAGES_NS(self)

    def milliseconds(self) -> dict[str, float]:
        """Stage name to milliseconds, in order, then ``total``; NaN where unknown."""
        return {stage: nan if ns is None else ns / 1e6
                for stage, ns in zip((*STAGES, 'total'), (*self.values(), self.total_ns))}


@dataclass(frozen=True, slots=True)
class Counters:
    """
    What became of the frames of one camera.

    At rest ``classified``, ``limited``, ``expired``, ``out_of_order`` and ``failed`` add up to
    ``received``; ``replaced`` and ``lost`` to ``missed``; ``received`` and ``missed`` to what was
    published since the first frame.
    """

    received: int = 0
    classified: int = 0
    replaced: int = 0
    """Replaced in the middleware by a newer frame while the workers were busy."""
    limited: int = 0
    """Left out because the highest rate allowed was reached."""
    expired: int = 0
    """Older than allowed when a worker was free."""
    out_of_order: int = 0
    """Taken before the frame of the camera's last result."""
    failed: int = 0
    """Refused with an error of their own."""
    missed: int = 0
    """Published and never received: ``replaced`` and ``lost``."""
    lost: int = 0
    """Missed because the middleware lost them: they never reached this process."""


    def values(self) -> tuple[int, ...]:
        """Give them in order."""
        return _COUNTS(self)


@dataclass(frozen=True, slots=True)
class RoiCounters:
    """
    What became of the boxes that a detector sent for the images of one camera.

    Messages: ``received`` are ``matched``, ``unmatched``, and those that wait for their image;
    ``matched`` are ``answered``, ``expired``, ``failed``, and those that wait for a worker.
    ``unmatched`` are ``late``, ``duplicate`` and ``no_image``. Boxes: those of the messages that
    were answered are ``classified``, ``left_out`` or ``refused``.
    """

    received: int = 0
    """Messages of boxes."""
    matched: int = 0
    """Whose image was found."""
    answered: int = 0
    """Whose boxes were classified and published, be it none of them."""
    unmatched: int = 0
    """Whose image was not found."""
    late: int = 0
    """Unmatched: they came after their image had been let go."""
    duplicate: int = 0
    """Unmatched: their image had got boxes before."""
    no_image: int = 0
    """Unmatched: no image of their stamp was taken here, or they have none."""
    expired: int = 0
    """Matched, and no worker was free for them in time."""
    failed: int = 0
    """Matched, and their image or its boxes could not be classified or published."""
    missing: int = 0
    """Images that got no boxes."""
    boxes: int = 0
    """Of the messages that were answered."""
    classified: int = 0
    """Boxes with a result."""
    left_out: int = 0
    """Boxes beyond the highest number, or the highest time."""
    refused: int = 0
    """Boxes that are nothing to classify: without an area, outside the image, too small."""

    def values(self) -> tuple[int, ...]:
        """Give them in order."""
        return _ROI_COUNTS(self)


_STAGES_NS = attrgetter(*(f'{stage}_ns' for stage in STAGES))
_COUNTS = attrgetter(*(field.name for field in fields(Counters)))
COUNTERS = tuple(field.name for field in fields(Counters))
_ROI_COUNTS = attrgetter(*(field.name for field in fields(RoiCounters)))
ROI_COUNTERS = tuple(field.name for field in fields(RoiCounters))
