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
How many messages of a topic were published and never taken, by their sequence numbers.

Each publisher counts its messages from 1. Where the middleware says who published a message
(Kilted), the numbers of each publisher are followed on their own. Where it does not, they are
followed while the graph knows one publisher, the same as before; with several nothing is known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
import time

from shufflenet_ros.node.rclpy_versions import Taken

MAX_PUBLISHERS = 16
"""So many are remembered; a camera that is started again and again is a new one each time."""
CHECK_PERIOD_S = 0.1
"""A look at the graph takes 0.1 ms: no more often than that, however often messages are missed."""


class SequenceNumbers:
    """The publishers of one topic, and the last number of each."""

    def __init__(self, publishers: Callable[[], frozenset[bytes]]) -> None:
        """Begin without any; ``publishers`` gives the GIDs of those that the graph knows."""
        self._publishers = publishers
        self._last: OrderedDict[bytes, int] = OrderedDict()
        self._only: bytes | None = None
        self._checked_s = -CHECK_PERIOD_S
        self.are_missing = False
        """Whether the middleware gives none."""
        self.has_begun = False
        """Whether the last message was the first of its publisher."""

    def missed_before(self, taken: Taken) -> int | None:
        """Count those between the last message of its publisher and this one; None if unknown."""
        self.has_begun = False
        if taken.sequence is None:
            self.has_begun, self.are_missing = not self.are_missing, True
            return None
        if taken.publisher is not None:
            return self._follow(taken.publisher, taken.sequence)
        last = next(iter(self._last.values()), None)
        if self._only is None or last is None or taken.sequence != last + 1:
            self._check_publisher()
        return None if self._only is None else self._follow(self._only, taken.sequence)

    def _follow(self, publisher: bytes, sequence: int) -> int | None:
        last = self._last.pop(publisher, None)
        self._last[publisher] = sequence
        if len(self._last) > MAX_PUBLISHERS:
            self._last.popitem(last=False)
        self.has_begun = last is None or sequence <= last
        return 0 if last is None else max(0, sequence - last - 1)

    def _check_publisher(self) -> None:
        """Find the only publisher; another one, or several, begin without a last number."""
        now_s = time.monotonic()
        if now_s - self._checked_s < CHECK_PERIOD_S:
            return
        self._checked_s = now_s
        found = self._publishers()
        only = next(iter(found)) if len(found) == 1 else None
        if only != self._only or only is None:
            self._only = only
            self._last.clear()
