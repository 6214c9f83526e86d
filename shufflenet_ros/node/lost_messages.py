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
Which of the messages that were missed the middleware lost: it counts those itself.

A message that reached the subscription and was replaced there by a newer one is no loss. What is
not known is not guessed: without sequence numbers the losses are all that was missed.
"""

from __future__ import annotations

from rclpy.subscription import Subscription
from shufflenet_ros.node.rclpy_versions import lost_event


class LostMessages:
    """The losses of one subscription (RMW_EVENT_MESSAGE_LOST) that are not told yet."""

    def __init__(self, subscription: Subscription) -> None:
        self._event = lost_event(subscription)
        self._untold = 0

    @property
    def is_supported(self) -> bool:
        """Whether the middleware counts its losses; otherwise none are known."""
        return self._event is not None

    def among(self, missed: int | None) -> int:
        """Count the losses among so many missed messages; all since the last call for None."""
        if self._event is not None:
            self._untold += self._event.take_event().total_count_change
        lost = self._untold if missed is None else min(missed, self._untold)
        self._untold -= lost
        return lost

    def forget(self) -> None:
        """Drop those so far: they came before the first message of a publisher."""
        self.among(None)

    def close(self) -> None:
        """Destroy the event."""
        if self._event is not None:
            self._event.destroy_when_not_in_use()
            self._event = None
