"""Who listens to a publisher, asked so seldom that a frame does not notice."""

from __future__ import annotations

from time import monotonic

from rclpy.publisher import Publisher

ASK_AGAIN_S = 1.0
"""A count takes some microseconds and the interpreter: for each topic of each frame too much."""


class Audience:
    """Whether anybody listens to a publisher, as of at most a second ago."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._asked_s = -ASK_AGAIN_S
        self._is_there = False

    def is_there(self) -> bool:
        """Whether there was a subscription when it was asked last, at most a second ago."""
        now_s = monotonic()
        if now_s - self._asked_s >= ASK_AGAIN_S:
            self._asked_s = now_s
            self._is_there = self._publisher.get_subscription_count() > 0
        return self._is_there
