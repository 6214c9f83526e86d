"""Warnings of which the same one is said once in a while, however often it is due."""

from __future__ import annotations

import re
import time

from rclpy.impl.rcutils_logger import RcutilsLogger

REPEAT_AFTER_S = 5.0
ALIKE = 5
"""So many warnings that differ in numbers alone are said in that time: each jpeg has its size."""
REMEMBERED = 100
"""Warnings may hold names that never repeat: so many of them are remembered."""
NUMBER = re.compile(r'\d+')


class ThrottledLog:
    """Says each text at most every few seconds, and texts that are much alike not much oftener."""

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._said_s: dict[str, dict[str, float]] = {}

    def warn(self, text: str) -> None:
        """Log the text unless it, or enough of its kind, was logged just now."""
        now_s, kind = time.monotonic(), NUMBER.sub('#', text)
        recent = {said: when_s for said, when_s in self._said_s.get(kind, {}).items()
                  if now_s - when_s < REPEAT_AFTER_S}
        if text in recent or len(recent) >= ALIKE:
            return
        if len(self._said_s) >= REMEMBERED:
            self._said_s.clear()
        self._said_s[kind] = recent | {text: now_s}
        self._logger.warning(text)
