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

"""Whether a publisher has subscribers, asked so seldom that a frame does not notice."""

from __future__ import annotations

from time import monotonic

from rclpy.publisher import Publisher

PERIOD_S = 1.0
"""A count takes some microseconds and the interpreter: too much for each topic of each frame."""


class SubscriberCheck:
    """Counts the subscribers of a publisher at most once a second."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._checked_s = -PERIOD_S
        self._has_subscribers = False

    def has_subscribers(self) -> bool:
        """Whether there was a subscriber at the last count, at most a second ago."""
        now_s = monotonic()
        if now_s - self._checked_s >= PERIOD_S:
            self._checked_s = now_s
            self._has_subscribers = self._publisher.get_subscription_count() > 0
        return self._has_subscribers
