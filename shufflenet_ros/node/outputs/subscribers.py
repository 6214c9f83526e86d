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

"""Which publishers have subscribers, asked so seldom that a frame does not notice."""

from __future__ import annotations

from time import monotonic

from rclpy.publisher import Publisher

PERIOD_S = 1.0
"""A count takes some microseconds and the interpreter: too much for each topic of each frame."""


class SubscriberCheck:
    """Counts the subscribers of some publishers at most once a second."""

    def __init__(self, *publishers: Publisher) -> None:
        self._publishers = publishers
        self._checked_s = -PERIOD_S
        self._wanted: list[Publisher] = []

    def wanted(self) -> list[Publisher]:
        """Give those that had a subscriber at the last count, at most a second ago."""
        now_s = monotonic()
        if now_s - self._checked_s >= PERIOD_S:
            self._checked_s = now_s
            self._wanted = [publisher for publisher in self._publishers
                            if publisher.get_subscription_count() > 0]
        return self._wanted

    def has_subscribers(self) -> bool:
        """Whether one of them had a subscriber then."""
        return bool(self.wanted())
