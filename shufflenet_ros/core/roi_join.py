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
Join the boxes of a detector with the image of the same stamp, whichever of the two comes first.

A detector is slower than its camera, so that images wait for boxes; boxes may be early all the
same. Times are values that the caller gives: nothing here reads a clock or knows what it joins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

REMEMBERED = 2000
"""So many stamps of images that are gone tell boxes that are late from boxes of no image."""


class Pair(NamedTuple):
    """An image and the boxes that belong to it."""

    frame: Any
    rois: Any
    frame_since_ns: int
    """When the image came."""
    rois_since_ns: int
    """When the boxes came."""


@dataclass(slots=True)
class Joined:
    """What has been joined since it was asked for last, and how many found no partner."""

    pairs: list[Pair]
    late: int = 0
    """Boxes whose image had been there and was gone."""
    duplicate: int = 0
    """Boxes whose image had got boxes before."""
    no_image: int = 0
    """Boxes that waited for an image which never came, or that have no stamp."""
    missing: int = 0
    """Images that got no boxes."""

    @property
    def unmatched(self) -> int:
        """Boxes without an image, whatever the reason."""
        return self.late + self.duplicate + self.no_image


class _Frame(NamedTuple):
    frame: Any
    size: int
    since_ns: int


class _Rois(NamedTuple):
    stamp_ns: int
    rois: Any
    since_ns: int


class RoiJoin:
    """
    The images and the boxes of one camera that wait for each other.

    An image takes one message of boxes. The stamps must be equal, or differ by at most the
    tolerance: then the nearest image is taken, as soon as a later one says that none is nearer.
    """

    def __init__(self, tolerance_ns: int = 0, wait_ns: int = 1_000_000_000,
                 most_bytes: float = inf) -> None:
        """Let each wait for ``wait_ns``, and images of at most so many bytes in all."""
        self._frames: dict[int, _Frame] = {}
        self._rois: list[_Rois] = []
        self._gone: dict[int, bool] = {}  # stamp of an image to whether it got boxes
        self._newest_ns = 0
        self._bytes = 0
        self._missing = 0
        self._is_new = False  # whether there may be pairs that were not looked for
        self.limit(tolerance_ns, wait_ns, most_bytes)

    def limit(self, tolerance_ns: int, wait_ns: int, most_bytes: float) -> None:
        """Change the limits; what waits is held to the new ones."""
        self._tolerance_ns, self._wait_ns, self._most_bytes = tolerance_ns, wait_ns, most_bytes
        self._is_new = self._is_new or bool(self._rois)

    @property
    def frames(self) -> int:
        """How many images wait."""
        return len(self._frames)

    @property
    def kept_bytes(self) -> int:
        """How much memory they take."""
        return self._bytes

    def add_frame(self, stamp_ns: int, frame: Any, now_ns: int, size: int = 0) -> None:
        """Keep an image of so many bytes; one without a stamp (0) finds no boxes."""
        if not stamp_ns or size > self._most_bytes:
            self._missing += 1
            return
        self._let_go(stamp_ns)  # a camera whose clock stands still
        self._gone.pop(stamp_ns, None)
        self._frames[stamp_ns] = _Frame(frame, size, now_ns)
        self._bytes += size
        self._newest_ns = max(self._newest_ns, stamp_ns)
        while self._bytes > self._most_bytes:
            self._let_go(next(iter(self._frames)))
        self._is_new = self._is_new or bool(self._rois)

    def add_rois(self, stamp_ns: int, rois: Any, now_ns: int) -> None:
        """Keep the boxes of the image of that stamp."""
        self._rois.append(_Rois(stamp_ns, rois, now_ns))
        self._is_new = True

    def next_ns(self) -> float:
        """Give the time at which something is due: 0 for now, infinity for nothing."""
        if self._is_new:
            return 0
        since_ns = [frame.since_ns for frame in self._frames.values()]
        since_ns += [rois.since_ns for rois in self._rois]
        return min(since_ns, default=inf) + self._wait_ns

    def due(self, now_ns: int) -> Joined:
        """Give what belongs together, and let go of what has waited for long enough."""
        self._is_new = False
        joined, waiting = Joined([]), []
        for rois in self._rois:
            if not self._settle(rois, now_ns, joined):
                waiting.append(rois)
        self._rois = waiting
        for stamp_ns in [stamp_ns for stamp_ns, frame in self._frames.items()
                         if self._is_over(frame, now_ns)]:
            self._let_go(stamp_ns)
        joined.missing, self._missing = self._missing, 0
        return joined

    def restart(self) -> Joined:
        """Let go of everything: the clock has jumped, or no more images come."""
        for stamp_ns in list(self._frames):
            self._let_go(stamp_ns)
        joined = Joined([], no_image=len(self._rois), missing=self._missing)
        self._rois, self._missing, self._newest_ns, self._is_new = [], 0, 0, False
        self._gone.clear()
        return joined

    def _settle(self, rois: _Rois, now_ns: int, joined: Joined) -> bool:
        """Find the image of some boxes, or why there is none; False where they wait for it."""
        stamp_ns = rois.stamp_ns
        if stamp_ns not in self._frames and stamp_ns in self._gone:
            return self._count_gone(stamp_ns, joined)
        found_ns = _nearest(stamp_ns, self._frames, self._tolerance_ns)
        if found_ns is not None:
            return self._try(found_ns, rois, now_ns, joined)
        gone_ns = _nearest(stamp_ns, self._gone, self._tolerance_ns)
        if gone_ns is not None and self._newest_ns >= stamp_ns:
            return self._count_gone(gone_ns, joined)
        if stamp_ns and not self._is_over(rois, now_ns):
            return False
        joined.no_image += 1
        return True

    def _try(self, found_ns: int, rois: _Rois, now_ns: int, joined: Joined) -> bool:
        """Join boxes with the nearest image, unless one of them came too late for the other."""
        frame = self._frames[found_ns]
        may_wait = not (self._newest_ns >= rois.stamp_ns or self._is_over(frame, now_ns)
                        or self._is_over(rois, now_ns))
        if found_ns != rois.stamp_ns and may_wait:
            return False  # the next image may be nearer
        if self._is_over(frame, rois.since_ns):
            joined.late += 1
        elif self._is_over(rois, frame.since_ns):
            joined.no_image += 1
        else:
            self._forget(found_ns, True)
            joined.pairs.append(Pair(frame.frame, rois.rois, frame.since_ns, rois.since_ns))
        return True

    def _count_gone(self, stamp_ns: int, joined: Joined) -> bool:
        if self._gone[stamp_ns]:
            joined.duplicate += 1
        else:
            joined.late += 1
        return True

    def _is_over(self, one: _Frame | _Rois, now_ns: int) -> bool:
        return now_ns - one.since_ns >= self._wait_ns

    def _let_go(self, stamp_ns: int) -> None:
        """Count an image that got no boxes, if there is one of that stamp."""
        if stamp_ns in self._frames:
            self._forget(stamp_ns, False)
            self._missing += 1

    def _forget(self, stamp_ns: int, got_boxes: bool) -> None:
        self._bytes -= self._frames.pop(stamp_ns).size
        self._gone[stamp_ns] = got_boxes
        while len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]


def _nearest(stamp_ns: int, stamps: Iterable[int], tolerance_ns: int) -> int | None:
    """Give the nearest of some stamps within a tolerance, the later of two; None for none."""
    if not stamp_ns:
        return None
    if not tolerance_ns:
        return stamp_ns if stamp_ns in stamps else None
    near = [one for one in stamps if abs(one - stamp_ns) <= tolerance_ns]
    return min(near, key=lambda one: (abs(one - stamp_ns), -one), default=None)
