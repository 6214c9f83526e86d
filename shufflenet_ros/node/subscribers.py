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
