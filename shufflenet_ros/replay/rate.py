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

"""How far a replay is: seconds of recording that are done, and images a second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic

from shufflenet_ros.process.progress import Progress
from shufflenet_ros.recordings.image_messages import SECOND_NS
from shufflenet_ros.replay.plan import Planned
from shufflenet_ros.replay.slices import Slice
from shufflenet_ros.replay.work import Done


class ReplayProgress:
    """Tells progress while slices are being done."""

    def __init__(self, stages: Progress, planned: Sequence[Planned]) -> None:
        self._seconds = {piece.name: _seconds_of(piece, one)
                         for one in planned for piece in one.slices}
        self._spans = {piece.name: one.span_ns for one in planned for piece in one.slices}
        self._total = max(1, round(sum(self._seconds.values())))
        self._update = stages.start('seconds', self._total)
        self._done_s, self._frames = 0.0, 0
        self._begun_s = monotonic()
        self._shown = -1

    def skip(self, pieces: Iterable[Slice]) -> None:
        """Count slices that were done before."""
        self._done_s += sum(self._seconds[piece.name] for piece in pieces)

    def at(self, piece: Slice, at_ns: int, frames: int) -> None:
        """Tell how far a slice is: the time of recording (ns), and the frames before it."""
        from_ns = max(piece.start_ns, self._spans[piece.name][0])
        inside_s = max(0.0, min((at_ns - from_ns) / SECOND_NS, self._seconds[piece.name]))
        self._show(self._done_s + inside_s, self._frames + frames)

    def done(self, what: Done) -> None:
        """Tell that a slice is done."""
        self._done_s += self._seconds[what.name]
        self._frames += what.frames
        self._show(self._done_s, self._frames)

    def close(self) -> None:
        """Tell that all is done, once."""
        self._update(self._total, self._note(self._frames))

    def _show(self, done_s: float, frames: int) -> None:
        # The last second is told by close().
        done = min(int(done_s), self._total - 1)
        if done != self._shown:
            self._shown = done
            self._update(done, self._note(frames))

    def _note(self, frames: int) -> str:
        spent_s = monotonic() - self._begun_s
        return f'{frames} images, {frames / spent_s:.0f}/s' if frames else ''


def _seconds_of(piece: Slice, planned: Planned) -> float:
    """How much of the recording a slice is."""
    first_ns, behind_ns = planned.span_ns
    return max(0, min(piece.stop_ns, behind_ns) - max(piece.start_ns, first_ns)) / SECOND_NS
