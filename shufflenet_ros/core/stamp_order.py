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
Whether the frames of one camera come in the order in which they were taken.

Stamps in ns go in, from whatever clock the camera has; this file reads none.
"""

from __future__ import annotations

RESTART_AFTER = 3
"""So many older frames in a row are a clock that was set back, not frames that were overtaken."""
LONGEST_DELAY_NS = 3600 * 10 ** 9
"""No frame takes an hour to arrive: what is older comes from another clock."""


class StampOrder:
    """
    Keeps results in the order of their stamps, yet never refuses a camera for good.

    A frame that was overtaken on its way is older than the last result and comes alone. When a
    clock jumps back, or a camera restarts, all frames are older from then on: the third of them
    in a row is accepted, or the first if it is older by more than an hour, and the order counts
    from there.
    """

    def __init__(self) -> None:
        self._last_ns = 0
        self._older_in_a_row = 0

    def accepts(self, stamp_ns: int) -> bool:
        """Whether a frame may be used; a stamp of 0 is unknown and always may."""
        if not stamp_ns or stamp_ns >= self._last_ns:
            self._older_in_a_row = 0
            return True
        self._older_in_a_row += 1
        if (self._older_in_a_row < RESTART_AFTER
                and self._last_ns - stamp_ns < LONGEST_DELAY_NS):
            return False
        self.restart()
        return True

    def record(self, stamp_ns: int) -> None:
        """Remember the stamp of a result."""
        self._last_ns = stamp_ns or self._last_ns

    def restart(self) -> None:
        """Forget the last result: the clock is known to have jumped."""
        self._last_ns = 0
        self._older_in_a_row = 0
