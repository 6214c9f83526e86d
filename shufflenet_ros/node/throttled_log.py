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

"""Warnings about images: each once in a while, and few in all, whatever their values are."""

from __future__ import annotations

from collections import deque
import re
import threading
import time

from rclpy.impl.rcutils_logger import RcutilsLogger
from shufflenet_ros.core.text import plain

REPEAT_AFTER_S = 5.0
MAX_ALIKE = 5
"""So many texts that differ in their values alone are logged in that time."""
MAX_OF_ONE, MAX_IN_ALL = 15, 25
"""So many texts of one source, and of all, are logged in that time, whatever values they hold."""
MAX_LENGTH = 400
"""Of one text (characters)."""
VALUE = re.compile(r"""'[^']*'|"[^"]*"|\d+""")


class ThrottledLog:
    """Logs each text at most every few seconds, and not many in all; from any thread."""

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self._logged: deque[tuple[float, str, str, str]] = deque()
        """When (s), the text, its kind (the text without its values), and its source."""

    def warn(self, text: str, source: str = '') -> None:
        """Log what a source (a camera) causes, unless it or enough was logged just now."""
        text = plain(text, MAX_LENGTH)
        if self._is_due(text, VALUE.sub('#', text), source):
            self._logger.warning(text)

    def _is_due(self, text: str, kind: str, source: str) -> bool:
        now_s = time.monotonic()
        with self._lock:
            while self._logged and now_s - self._logged[0][0] >= REPEAT_AFTER_S:
                self._logged.popleft()
            texts, kinds, sources = ([one[field] for one in self._logged] for field in (1, 2, 3))
            if len(texts) >= MAX_IN_ALL or sources.count(source) >= MAX_OF_ONE or (
                    kinds.count(kind) >= MAX_ALIKE or text in texts):
                return False
            self._logged.append((now_s, text, kind, source))
            return True
