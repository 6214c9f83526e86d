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

"""Warnings that are logged once in a while, however often they are due."""

from __future__ import annotations

import re
import time

from rclpy.impl.rcutils_logger import RcutilsLogger

REPEAT_AFTER_S = 5.0
MAX_ALIKE = 5
"""So many texts that differ in numbers alone are logged in that time: each jpeg has its size."""
MAX_KINDS = 100
"""Texts may hold names that never repeat: so many kinds of them are remembered."""
NUMBER = re.compile(r'\d+')


class ThrottledLog:
    """Logs each text at most every few seconds, and not many that are much alike."""

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._logged_s: dict[str, dict[str, float]] = {}

    def warn(self, text: str) -> None:
        """Log the text unless it, or enough of its kind, was logged just now."""
        now_s, kind = time.monotonic(), NUMBER.sub('#', text)
        recent = {logged: when_s for logged, when_s in self._logged_s.get(kind, {}).items()
                  if now_s - when_s < REPEAT_AFTER_S}
        if text in recent or len(recent) >= MAX_ALIKE:
            return
        if len(self._logged_s) >= MAX_KINDS:
            self._logged_s.clear()
        self._logged_s[kind] = recent | {text: now_s}
        self._logger.warning(text)
