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

"""Whether the node's clock jumped: found by comparing it with a steady one, or told by ROS."""

from __future__ import annotations

from shufflenet_ros.monitoring.facts import ClockFacts

JUMP_S = 0.5
"""Largest difference between node clock and steady clock from one comparison to the next."""
REPORTED_NS = 10_000_000_000
"""A jump is reported for so long."""


class ClockMonitor:
    """The node's clock beside a steady one."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self._jumped_at_ns = 0
        self._jump_s = 0.0
        self._told_s = 0.0

    def record_jump(self, jump_s: float) -> None:
        """Record how far simulated time jumped back (below 0); the next comparison reports it."""
        self._told_s = min(self._told_s, jump_s)

    def compare(self, steady_ns: int, node_ns: int, is_simulated: bool) -> ClockFacts:
        """
        Compare both clocks (ns) with their last readings, and report a jump for ten seconds.

        Simulated time may stand still or run at any pace, but not back: see :meth:`record_jump`.
        It has not begun while it is 0.
        """
        is_waiting = is_simulated and node_ns == 0
        told_s, self._told_s = self._told_s, 0.0
        jump_s = (0.0 if is_waiting else told_s if is_simulated
                  else self._jump_since_last(steady_ns, node_ns))
        self._last = None if is_waiting else (steady_ns, node_ns)
        if jump_s:
            self._jumped_at_ns, self._jump_s = steady_ns, jump_s
        elif steady_ns - self._jumped_at_ns > REPORTED_NS:
            self._jump_s = 0.0
        return ClockFacts(self._jump_s, is_waiting, bool(jump_s))

    def _jump_since_last(self, steady_ns: int, node_ns: int) -> float:
        """Seconds; 0.0 without a jump."""
        if self._last is None:
            return 0.0
        last_steady_ns, last_node_ns = self._last
        difference_s = (node_ns - last_node_ns - steady_ns + last_steady_ns) / 1e9
        return difference_s if abs(difference_s) > JUMP_S else 0.0
