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

"""Standard error kept away from a screen that it would spoil, and shown at the end."""

from __future__ import annotations

from contextlib import suppress
import os
import sys
import tempfile

STDERR = 2
SHOWN_BYTES = 8000


class KeptErrors:
    """
    While it is entered, what libraries and rclpy's log say on a terminal goes to a file.

    The last of it comes on the terminal at the end. Where standard error is no terminal, it stays
    as it is.
    """

    def __enter__(self) -> KeptErrors:
        """Begin to keep."""
        self._outside: int | None = None
        if os.isatty(STDERR):
            sys.stderr.flush()
            self._file = tempfile.TemporaryFile()
            self._outside = os.dup(STDERR)
            os.dup2(self._file.fileno(), STDERR)
        return self

    def __exit__(self, *error: object) -> None:
        """Show what was kept."""
        if self._outside is None:
            return
        sys.stderr.flush()
        os.dup2(self._outside, STDERR)
        os.close(self._outside)
        size = os.fstat(self._file.fileno()).st_size
        kept = os.pread(self._file.fileno(), SHOWN_BYTES, max(0, size - SHOWN_BYTES))
        self._file.close()
        with suppress(OSError):  # the terminal is gone
            while kept:
                kept = kept[os.write(STDERR, kept):]
