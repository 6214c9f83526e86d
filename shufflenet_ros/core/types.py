"""
The currency between rooms: frozen, slotted, validated on construction.

This file imports nothing of the package but its errors, and nobody outside passes anything else
from room to room.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from shufflenet_ros.core.errors import FrameError

STAGES = ('age_at_receipt', 'queue', 'decode', 'preprocess', 'inference', 'postprocess',
          'publish')
"""The stages of one frame in order; together they span from acquisition to the result sent."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    An image as it arrived: its bytes are borrowed, never copied.

    The geometry has the meaning of ``sensor_msgs/msg/Image``: ``step`` is the length of a row in
    bytes and may exceed ``width`` times the bytes of a pixel (padding on the right).
    """

    data: Any
    """Buffer of at least ``step * (height - 1)`` bytes and one unpadded row."""
    height: int
    width: int
    encoding: str
    step: int
    stamp_ns: int = 0
    """Acquisition time in ns of the source's clock; 0 means unknown."""
    received_ns: int = 0
    """Monotonic clock (ns) at the moment the frame reached this process."""
    age_at_receipt_ns: int = 0
    """Node clock minus ``stamp_ns`` at receipt; negative for a stamp in the future."""
    header: Any = None
    """The source's own header, carried through untouched and never read here."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise FrameError(
                f'image of {self.width}x{self.height} pixels: width and height must both be at '
                'least 1; check the camera driver')


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One class with its softmax score in [0, 1]."""

    index: int
    score: float


@dataclass(frozen=True, slots=True)
class Classification:
    """The hypotheses of one frame, best first; empty when none reached the threshold."""

    hypotheses: tuple[Hypothesis, ...]


@dataclass(frozen=True, slots=True)
class StageTimings:
    """
    How long each stage of one frame took, in ns; the stages follow one another without a gap.

    ``age_at_receipt`` compares two clocks (the node's and the stamp's) and may be negative; the
    others are differences of this process's monotonic clock.
    """

    age_at_receipt_ns: int
    queue_ns: int
    decode_ns: int
    preprocess_ns: int
    inference_ns: int
    postprocess_ns: int
    publish_ns: int

    @property
    def total_ns(self) -> int:
        """Message age when the result had been published: the sum of all stages."""
        return sum(getattr(self, field.name) for field in fields(self))

    def milliseconds(self) -> dict[str, float]:
        """Stage name to milliseconds, in order, then ``total``."""
        times = {stage: getattr(self, f'{stage}_ns') / 1e6 for stage in STAGES}
        return {**times, 'total': self.total_ns / 1e6}
