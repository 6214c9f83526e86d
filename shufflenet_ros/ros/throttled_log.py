"""Warnings of which the same one is said once in a while, however often it is due."""

from __future__ import annotations

import time

from rclpy.impl.rcutils_logger import RcutilsLogger

REPEAT_AFTER_S = 5.0
REMEMBERED = 100
"""Warnings may hold sizes that never repeat: so many of them are remembered."""


class ThrottledLog:
    """Says each text at most every few seconds."""

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._said_s: dict[str, float] = {}

    def warn(self, text: str) -> None:
        """Log the text unless it was logged just now."""
        now_s = time.monotonic()
        if now_s - self._said_s.get(text, -REPEAT_AFTER_S) < REPEAT_AFTER_S:
            return
        if len(self._said_s) >= REMEMBERED:
            self._said_s.clear()
        self._said_s[text] = now_s
        self._logger.warning(text)
